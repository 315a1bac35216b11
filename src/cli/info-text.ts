import type { Frames, Hertz, Seconds } from "../format.js";

/** What is known of a file of any kind. */
export interface SoundFacts {
  readonly sampleRate: Hertz;
  readonly channels: number;
  readonly frames: Frames;
  readonly duration: Seconds;
}

/** One line of JSON. */
export function jsonLine(info: object): string {
  return `${JSON.stringify(info, forJson)}\n`;
}

/** Rate, channels and length. */
export function lengthLines({ sampleRate, channels, frames, duration }: SoundFacts): string[] {
  return [
    `  sound     ${sampleRate} Hz, ${channels} ${channels === 1 ? "channel" : "channels"}`,
    `  length    ${duration.toFixed(3)} s (${frames} frames)`,
  ];
}

/** A line for each field that is there. */
export function fieldLines(fields: object): string[] {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(
      ([name, value]: [string, unknown]) => `  ${name.padEnd(9)} ${JSON.stringify(value, forJson)}`,
    );
}

/** Bytes as hexadecimal text; JSON would make an object of them. */
function forJson(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value;
}
