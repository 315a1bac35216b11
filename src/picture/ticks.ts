import type { Hertz, Seconds } from "../format.js";

/** One mark of an axis. */
export interface Tick {
  readonly value: number;
  readonly label: string;
}

/** The marks of an axis, and what they are marks of. */
export interface Axis {
  readonly ticks: readonly Tick[];
  /** Quantity and unit, for instance `Time (s)`. */
  readonly title: string;
}

const MINUTE: Seconds = 60;
const HOUR: Seconds = 3600;
/** Steps of a clock above one second: whole parts of the minute, the hour and the day. */
const CLOCK_STEPS: readonly Seconds[] = [
  [1, 2, 5, 10, 15, 30],
  [1, 2, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  [1, 2, 3, 6, 12, 24].map((hours) => hours * HOUR),
].flat();

/** The least of 1, 2, 5 times a power of ten that is not less than `least`. */
export function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  // A step that is meant as it stands shall not become the next one because of the last bit of a float32.
  const factor = [1, 2, 5].find((one) => one * power >= least * (1 - 1e-6)) ?? 10;
  return factor * power;
}

/** Multiples of 1, 2 or 5 times a power of ten from `min` to `max`, about `count` of them and at most that many + 1. */
export function linearTicks(min: number, max: number, count: number): Tick[] {
  if (!(max > min)) {
    return [{ value: min, label: numberLabel(min, 0) }];
  }
  const step = niceStep((max - min) / Math.max(1, count));
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return multiples(step, min, max).map((value) => ({ value, label: numberLabel(value, decimals) }));
}

/**
 * Times from 0 to `duration`, at most about `count`: in µs, ms or s up to a minute, then as `m:ss`, `h:mm` or
 * `h:mm:ss`.
 */
export function timeAxis(duration: Seconds, count: number): Axis {
  if (duration < MINUTE) {
    const [unit, scale] = secondsUnit(duration);
    const ticks = linearTicks(0, duration * scale, count);
    return {
      title: `Time (${unit})`,
      ticks: ticks.map(({ value, label }) => ({ value: value / scale, label })),
    };
  }
  const least = duration / Math.max(1, count);
  const step = CLOCK_STEPS.find((one) => one >= least) ?? niceStep(least / (24 * HOUR)) * 24 * HOUR;
  const hours = duration >= HOUR;
  const seconds = step % MINUTE !== 0 || !hours;
  return {
    title: `Time (${[...(hours ? ["h"] : []), "min", ...(seconds ? ["s"] : [])].join(":")})`,
    ticks: multiples(step, 0, duration).map((value) => ({
      value,
      label: clockLabel(value, hours, seconds),
    })),
  };
}

/** Frequencies from 0 or `min` to `max`, evenly spaced: in Hz, from 2 kHz on in kHz. */
export function linearFrequencyAxis(min: Hertz, max: Hertz, count: number): Axis {
  const scale = max >= 2000 ? 1000 : 1;
  return {
    title: scale === 1 ? "Hz" : "kHz",
    ticks: linearTicks(min / scale, max / scale, count).map(({ value, label }) => ({
      value: value * scale,
      label,
    })),
  };
}

/**
 * Frequencies from `min` (above 0) to `max` at 1, 2 and 5 times powers of ten, those first that may least be left out
 * where there is not room for all.
 */
export function decadeTicks(min: Hertz, max: Hertz): Tick[] {
  const ticks: Tick[] = [];
  for (const factor of [1, 5, 2]) {
    const first = Math.ceil(Math.log10(min / factor) - 1e-9);
    for (let value = factor * 10 ** first; value <= max * (1 + 1e-9); value *= 10) {
      const label = value >= 1000 ? `${Number((value / 1000).toPrecision(3))}k` : String(value);
      ticks.push({ value, label });
    }
  }
  return ticks;
}

/** A number with a real minus sign and that many decimals. */
export function numberLabel(value: number, decimals: number): string {
  const text = Math.abs(value).toFixed(decimals);
  return value < 0 && Number(text) !== 0 ? `\u2212${text}` : text;
}

/** A length of time as a person says it: `3.20 s`, `2:05.0`, `1:00:00`. */
export function durationText(seconds: Seconds): string {
  if (seconds < MINUTE) {
    const [unit, scale] = secondsUnit(seconds);
    return `${Number((seconds * scale).toPrecision(4))} ${unit}`;
  }
  if (seconds < HOUR) {
    const tenths = Math.round(seconds * 10);
    const rest = (tenths % 600) / 10;
    return `${Math.floor(tenths / 600)}:${rest.toFixed(1).padStart(4, "0")} min`;
  }
  return `${clockLabel(Math.round(seconds), true, true)} h`;
}

function secondsUnit(duration: Seconds): readonly [unit: string, scale: number] {
  if (duration >= 1 || duration === 0) {
    return ["s", 1];
  }
  return duration >= 1e-3 ? ["ms", 1e3] : ["µs", 1e6];
}

/** Whole multiples, so that no rounding adds up. */
function multiples(step: number, min: number, max: number): number[] {
  const first = Math.ceil(min / step - 1e-9);
  const last = Math.floor(max / step + 1e-9);
  return Array.from(
    { length: Math.max(0, last - first + 1) },
    (_, index) => (first + index) * step,
  );
}

function clockLabel(value: Seconds, hours: boolean, seconds: boolean): string {
  const two = (part: number): string => String(part).padStart(2, "0");
  const h = Math.floor(value / HOUR);
  const m = Math.floor((value % HOUR) / MINUTE);
  const parts = hours ? [String(h), two(m)] : [String(m)];
  return [...parts, ...(seconds ? [two(value % MINUTE)] : [])].join(":");
}
