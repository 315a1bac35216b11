import type { Frames } from "../format.js";
import { checkNumber, checkWord, describe } from "../options.js";

/** Windows by their names in scipy. */
export type WindowName =
  | "boxcar"
  | "triang"
  | "bartlett"
  | "hann"
  | "hamming"
  | "blackman"
  | "blackmanharris"
  | "nuttall"
  | "flattop"
  | "cosine"
  | "tukey"
  | "kaiser"
  | "gaussian";

/**
 * A window: its name, its name with its parameter (tukey's alpha, default 0.5; kaiser's beta and gaussian's standard
 * deviation in frames, which have no default), or its values, as many as `size`. Named windows are periodic, as
 * `scipy.signal.get_window` makes them.
 */
export type Window =
  | Exclude<WindowName, "kaiser" | "gaussian">
  | readonly ["tukey" | "kaiser" | "gaussian", number]
  | Float32Array
  | Float64Array
  | readonly number[];

/** Sums of cosines: the first coefficient is that of the constant. Those of scipy. */
const COSINES = {
  hann: [0.5, 0.5],
  hamming: [0.54, 0.46],
  blackman: [0.42, 0.5, 0.08],
  nuttall: [0.3635819, 0.4891775, 0.1365995, 0.0106411],
  blackmanharris: [0.35875, 0.48829, 0.14128, 0.01168],
  flattop: [0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368],
} as const;

const WITH_PARAMETER = ["tukey", "kaiser", "gaussian"] as const;
const NAMES = [
  "boxcar",
  "triang",
  "bartlett",
  "hann",
  "hamming",
  "blackman",
  "blackmanharris",
  "nuttall",
  "flattop",
  "cosine",
  ...WITH_PARAMETER,
] as const;
const TUKEY_ALPHA = 0.5;

/** Throws TypeError or RangeError for what is no window, whatever the size. */
export function checkWindow(window: unknown): asserts window is Window {
  if (typeof window === "string") {
    const name = checkWord(window, "window", NAMES);
    if (name === "kaiser" || name === "gaussian") {
      throw new RangeError(
        `Expected \`window\` to be ["${name}", number], because it has a parameter without a default, got "${name}"`,
      );
    }
    return;
  }
  if (Array.isArray(window) && typeof window[0] === "string") {
    const name = checkWord(window[0], "window[0]", WITH_PARAMETER);
    if (window.length !== 2) {
      throw new RangeError(
        `Expected \`window\` to be a name and a number, got ${describe(window)}`,
      );
    }
    checkNumber(window[1], "window[1]", { min: 0, max: 1000, above: name === "gaussian" });
    return;
  }
  if (
    !(window instanceof Float32Array || window instanceof Float64Array || Array.isArray(window))
  ) {
    throw new TypeError(
      `Expected \`window\` to be a name, a name with its parameter, or an array of values, got ${describe(window)}`,
    );
  }
  let squares = 0;
  for (const [index, value] of window.entries()) {
    squares += checkNumber(value, `window[${index}]`) ** 2;
  }
  if (squares === 0) {
    throw new RangeError("Expected `window` to have a value other than 0");
  }
}

/** The values of a checked window. Throws RangeError when it has values of its own, and not `size` of them. */
export function makeWindow(window: Window, size: Frames): Float64Array {
  if (typeof window === "string") {
    return named(window, undefined, size);
  }
  if (isNamed(window)) {
    return named(window[0], window[1], size);
  }
  const values = Float64Array.from(window);
  if (values.length !== size) {
    throw new RangeError(
      `Expected \`window\` to have as many values as \`size\`, ${size}, got ${values.length}`,
    );
  }
  return values;
}

/** Whether a window is a name with a parameter, and not values. */
function isNamed(
  window: Exclude<Window, string>,
): window is readonly ["tukey" | "kaiser" | "gaussian", number] {
  return typeof window[0] === "string";
}

/** A periodic window is a symmetric one of one more frame, without its last. */
function named(name: WindowName, parameter: number | undefined, size: Frames): Float64Array {
  if (size === 1) {
    return Float64Array.of(1);
  }
  return Float64Array.from({ length: size }, (_, frame) => valueAt(name, parameter, frame, size));
}

/** The value at `frame` of a symmetric window that ends at frame `last`. */
function valueAt(
  name: WindowName,
  parameter: number | undefined,
  frame: Frames,
  last: Frames,
): number {
  const fromMiddle = frame - last / 2;
  switch (name) {
    case "boxcar":
      return 1;
    case "triang":
      // The ends are one step above 0: half a step for an even number of frames.
      return last % 2 === 0
        ? 1 - Math.abs(fromMiddle) / (last / 2 + 1)
        : 1 - Math.abs(2 * fromMiddle) / (last + 1);
    case "bartlett":
      return 1 - Math.abs(2 * fromMiddle) / last;
    case "cosine":
      return Math.sin((Math.PI / (last + 1)) * (frame + 0.5));
    case "tukey":
      return tukey(frame, last, parameter ?? TUKEY_ALPHA);
    case "kaiser": {
      const beta = parameter ?? 0;
      return bessel(beta * Math.sqrt(1 - ((2 * fromMiddle) / last) ** 2)) / bessel(beta);
    }
    case "gaussian":
      return Math.exp(-0.5 * (fromMiddle / (parameter ?? 1)) ** 2);
    default: {
      const angle = (2 * Math.PI * fromMiddle) / last;
      return COSINES[name].reduce(
        (sum, coefficient, index) => sum + coefficient * Math.cos(index * angle),
        0,
      );
    }
  }
}

/** A flat middle between two halves of a window of Hann, which have the part `alpha` of it. */
function tukey(frame: Frames, last: Frames, alpha: number): number {
  if (alpha <= 0) {
    return 1;
  }
  const fromEnd = Math.min(frame, last - frame);
  const slope = (Math.min(1, alpha) * last) / 2;
  return fromEnd >= slope ? 1 : 0.5 * (1 - Math.cos((Math.PI * fromEnd) / slope));
}

/** The modified Bessel function of order 0, by its power series. */
function bessel(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
