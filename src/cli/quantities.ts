import type { Seconds } from "../format.js";

const UNIT_SECONDS: Readonly<Record<string, Seconds>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const UNIT_BYTES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};
/** Digits, with or without a fraction. */
const NUMBER = "\\d+(?:\\.\\d+)?|\\.\\d+";
const DURATION = new RegExp(`^(?:(?:${NUMBER})[smhd])+$`);
const SIZE = new RegExp(`^(${NUMBER})([kKMGT]?i?B)$`);
const CLOCK = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/;

/** `90`, `1.5s`, `10m`, `1h30m`, in seconds. */
export function durationOption(text: string, option: string): Seconds {
  const plain = Number(text);
  if (text.trim() !== "" && Number.isFinite(plain)) {
    return plain;
  }
  if (!DURATION.test(text)) {
    throw new TypeError(
      `Expected \`${option}\` to be a time such as 90, 10m or 1h30m, got "${text}"`,
    );
  }
  return [...text.matchAll(new RegExp(`(${NUMBER})([smhd])`, "g"))].reduce(
    (sum, [, number, unit = "s"]) => sum + Number(number) * (UNIT_SECONDS[unit] ?? 1),
    0,
  );
}

/** `500MB`, `1.5GiB`, in bytes. Undefined for a text without such a unit. */
export function sizeOf(text: string): number | undefined {
  const [, number, unit = ""] = SIZE.exec(text) ?? [];
  const bytes = UNIT_BYTES[unit.replace(/^K(?=B)/, "k").replace(/^k(?=i)/, "K")];
  return number === undefined || bytes === undefined
    ? undefined
    : Math.floor(Number(number) * bytes);
}

/** A size in bytes; throws TypeError for what is none. */
export function sizeOption(text: string, option: string): number {
  const bytes = sizeOf(text);
  if (bytes === undefined) {
    throw new TypeError(`Expected \`${option}\` to be a size such as 500MB or 2GiB, got "${text}"`);
  }
  return bytes;
}

/**
 * A time to come: `14:30` or `14:30:05` (the next one, local time), `+10m` (from now on), or a date that JavaScript reads,
 * such as `2026-11-24T06:00`. What is over is a RangeError.
 */
export function timeOption(text: string, option: string, now: Date = new Date()): Date {
  if (text.startsWith("+")) {
    return new Date(now.getTime() + durationOption(text.slice(1), option) * 1000);
  }
  const [clock, hours, minutes, seconds = "0"] = CLOCK.exec(text) ?? [];
  if (clock !== undefined) {
    const [hour, minute, second] = [Number(hours), Number(minutes), Number(seconds)];
    if (hour > 23 || minute > 59 || second > 59) {
      throw new RangeError(`Expected \`${option}\` to be a time of day, got "${text}"`);
    }
    const time = new Date(now);
    time.setHours(hour, minute, second, 0);
    if (time <= now) {
      time.setDate(time.getDate() + 1);
    }
    return time;
  }
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) {
    throw new TypeError(
      `Expected \`${option}\` to be a time such as 14:30, +10m or 2026-11-24T06:00, got "${text}"`,
    );
  }
  if (date < now) {
    throw new RangeError(`Expected \`${option}\` to be a time to come, got "${text}"`);
  }
  return date;
}
