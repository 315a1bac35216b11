import type { DeviceQuery } from "./device-query.js";
import type { Frames, Hertz, SampleFormat, Seconds } from "./format.js";

/** Defaults of a script: what `configure()` takes. Each is the option of the same name of the streams that know it. */
export interface Configuration {
  /** Default device of each direction that has no device of its own here. */
  readonly device?: DeviceQuery;
  readonly inputDevice?: DeviceQuery;
  readonly outputDevice?: DeviceQuery;
  readonly sampleRate?: Hertz;
  readonly channels?: number | readonly number[];
  readonly format?: SampleFormat;
  readonly latency?: "low" | "high" | Seconds;
  readonly blockFrames?: Frames;
  readonly bufferSeconds?: Seconds;
  readonly resample?: "auto" | "always" | "never";
  readonly dither?: boolean;
  readonly onDeviceLost?: "fail" | "wait" | "default-device";
  readonly waitSeconds?: Seconds;
  readonly realTime?: boolean;
}

let current: Configuration = Object.freeze({});

/** The defaults of this thread's script. */
export function configured(): Configuration {
  return current;
}

/** Takes checked defaults in place of all earlier ones. */
export function setConfiguration(configuration: Configuration): void {
  current = Object.freeze({ ...configuration });
}
