import FFT from "fft.js";

/**
 * A complex Fourier transform of any size. `input` is filled by the caller, real and imaginary parts in turn;
 * `transform()` leaves it as it may and fills `output` likewise: X[k] is the sum of x[n] exp(-2 pi i k n / size).
 */
export interface ComplexFft {
  readonly size: number;
  readonly input: Float64Array;
  readonly output: Float64Array;
  transform(): void;
}

/** Makes the transform that fits the size, a whole number from 1 up. */
export function complexFft(size: number): ComplexFft {
  return size > 1 && (size & (size - 1)) === 0 ? new Radix4(size) : new ChirpZ(size);
}

/** Powers of two, by the library. */
class Radix4 implements ComplexFft {
  readonly size: number;
  readonly input: Float64Array;
  readonly output: Float64Array;
  readonly #fft: FFT;

  constructor(size: number) {
    this.size = size;
    this.input = new Float64Array(2 * size);
    this.output = new Float64Array(2 * size);
    this.#fft = new FFT(size);
  }

  transform(): void {
    this.#fft.transform(this.output, this.input);
  }
}

/**
 * All other sizes, as a convolution with a chirp that a transform of a larger power of two computes (Bluestein 1970).
 * It takes some six times as long.
 */
class ChirpZ implements ComplexFft {
  readonly size: number;
  readonly input: Float64Array;
  readonly output: Float64Array;
  readonly #fft: Radix4;
  readonly #inverse: Radix4;
  /** exp(-pi i n^2 / size). */
  readonly #chirp: Float64Array;
  /** The transform of its conjugate, over the larger size. */
  readonly #kernel: Float64Array;

  constructor(size: number) {
    this.size = size;
    this.input = new Float64Array(2 * size);
    this.output = new Float64Array(2 * size);
    const large = Math.max(2, 2 ** Math.ceil(Math.log2(2 * size - 1)));
    this.#fft = new Radix4(large);
    this.#inverse = new Radix4(large);
    this.#chirp = new Float64Array(2 * size);
    const { input, output } = this.#fft;
    for (let n = 0; n < size; n++) {
      // Only the rest counts for the angle; without it large n would lose digits.
      const angle = (Math.PI * ((n * n) % (2 * size))) / size;
      const [re, im] = [Math.cos(angle), Math.sin(angle)];
      this.#chirp.set([re, -im], 2 * n);
      input.set([re, im], 2 * n);
      if (n > 0) {
        input.set([re, im], 2 * (large - n));
      }
    }
    this.#fft.transform();
    this.#kernel = output.slice();
    input.fill(0);
  }

  transform(): void {
    const { size, input, output } = this;
    multiply(input, this.#chirp, this.#fft.input, size);
    this.#fft.transform();
    const large = this.#fft.size;
    multiply(this.#fft.output, this.#kernel, this.#inverse.input, large);
    // The inverse transform is that of the conjugate, conjugated.
    conjugate(this.#inverse.input, 1);
    this.#inverse.transform();
    conjugate(this.#inverse.output, 1 / large);
    multiply(this.#inverse.output, this.#chirp, output, size);
  }
}

/** Products of complex numbers. */
function multiply(a: Float64Array, b: Float64Array, target: Float64Array, count: number): void {
  for (let at = 0; at < 2 * count; at += 2) {
    const [ar, ai] = [a[at] ?? 0, a[at + 1] ?? 0];
    const [br, bi] = [b[at] ?? 0, b[at + 1] ?? 0];
    target[at] = ar * br - ai * bi;
    target[at + 1] = ar * bi + ai * br;
  }
}

function conjugate(values: Float64Array, scale: number): void {
  for (let at = 0; at < values.length; at += 2) {
    values[at] = (values[at] ?? 0) * scale;
    values[at + 1] = -(values[at + 1] ?? 0) * scale;
  }
}
