import { AudioError } from "../../src/errors.js";
import type { SampleFormat } from "../../src/format.js";
import type { HostStream, SideRequest, StreamRequest } from "../../src/hosts/host.js";
import { VirtualHost } from "../../src/hosts/virtual/host.js";

/** A clock that a test sets, in milliseconds. */
export interface TestClock {
  now: number;
}

/** A virtual host whose devices live by the clock that comes with it. */
export function clockedHost(): { readonly host: VirtualHost; readonly clock: TestClock } {
  const clock = { now: 0 };
  return { host: new VirtualHost(() => clock.now), clock };
}

/** What the tests choose of a request. */
export interface Wanted {
  readonly device: string;
  readonly sampleRate?: number;
  readonly framesPerBuffer?: number;
  /** Input channels; no input without them. */
  readonly input?: number;
  /** Output channels; no output without them. */
  readonly output?: number;
  readonly format?: SampleFormat;
  readonly outputFormat?: SampleFormat;
  readonly outputLatency?: number;
  readonly shared?: SharedArrayBuffer | undefined;
}

/** A request for one device, at 1,000 Hz and in int16 unless told otherwise. */
export function request(wanted: Wanted): StreamRequest {
  const { device, format = "int16", sampleRate = 1000, framesPerBuffer = 0 } = wanted;
  const side = (channels: number, own: SampleFormat, latency: number): SideRequest => ({
    deviceId: device,
    channels,
    format: own,
    latency,
  });
  const { input, output, shared, outputFormat = format, outputLatency = 0.05 } = wanted;
  return {
    sampleRate,
    framesPerBuffer,
    ...(input === undefined ? {} : { input: side(input, format, 0.05) }),
    ...(output === undefined ? {} : { output: side(output, outputFormat, outputLatency) }),
    ...(shared === undefined ? {} : { shared }),
  };
}

/** Writes mono int16 frames that count up from `first`; returns the silence that was played before them. */
export function writeCount(stream: HostStream, first: number, frames: number): number {
  const samples = Int16Array.from({ length: frames }, (_, index) => first + index);
  return stream.write(new Uint8Array(samples.buffer), frames);
}

/** Reads mono int16 frames as numbers. */
export function readCount(
  stream: HostStream,
  frames: number,
): { readonly samples: number[]; readonly lost: number } {
  const samples = new Int16Array(frames);
  const lost = stream.read(new Uint8Array(samples.buffer), frames);
  return { samples: [...samples], lost };
}

/** The numbers from `first` on. */
export function count(first: number, frames: number): number[] {
  return Array.from({ length: frames }, (_, index) => first + index);
}

/** So many zeros. */
export function silence(frames: number): number[] {
  return Array.from({ length: frames }, () => 0);
}

/** Whether what was thrown is an AudioError of this code, and its message fits. */
export function isError(code: string, message = /./): (error: unknown) => boolean {
  return (error) =>
    error instanceof AudioError && error.code === code && message.test(error.message);
}
