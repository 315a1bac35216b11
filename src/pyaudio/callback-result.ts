import type { Frames, Seconds } from "../format.js";
import { paAbort, paComplete, paContinue } from "../hosts/portaudio/header.js";
import { describe } from "../options.js";

/** When a block is heard, with PyAudio's keys, in seconds of the clock of `Stream.getTime()`. */
export interface TimeInfo {
  /** When the block's first frame was heard; 0 without input. */
  input_buffer_adc_time: Seconds;
  /** When the callback was called. */
  current_time: Seconds;
  /** When the first frame that the callback returns will be heard; 0 without output. */
  output_buffer_dac_time: Seconds;
}

/**
 * What a callback returns: the frames to play, `null` for none, and `paContinue`, `paComplete` or `paAbort`. Frames of
 * a stream without output are ignored.
 */
export type CallbackResult = readonly [outData: Uint8Array | null, flag: number];

/**
 * Called for each block of a stream in callback mode, on the thread that opened it. It must not be async.
 *
 * @param inData the block's frames, the callback's to keep; `null` without input.
 * @param frameCount frames of the block: `framesPerBuffer`; fewer only in the last block of a device that has ended.
 * @param statusFlags sum of `paInputOverflow` (frames were lost before or among these: `Stream.gaps`) and
 * `paOutputUnderflow` (the device has run dry since the last call).
 */
export type StreamCallback = (
  inData: Buffer | null,
  frameCount: Frames,
  timeInfo: TimeInfo,
  statusFlags: number,
) => CallbackResult;

/**
 * What a callback returned, if it is a {@link CallbackResult}, for which there is only the user's word; otherwise what
 * is wrong with it: a TypeError, or a RangeError for a flag that PortAudio does not have.
 *
 * @param where follows the name of a wrong value.
 */
export function checkCallbackResult(returned: unknown, where: string): CallbackResult | Error {
  if (isThenable(returned)) {
    return new TypeError(
      `Expected the result ${where} to be [outData, flag], got a promise: the callback must not be async`,
    );
  }
  if (!Array.isArray(returned) || returned.length !== 2) {
    return new TypeError(
      `Expected the result ${where} to be [outData, flag], got ${describe(returned)}`,
    );
  }
  const outData: unknown = returned[0];
  const flag: unknown = returned[1];
  if (outData !== null && !(outData instanceof Uint8Array)) {
    return new TypeError(
      `Expected outData ${where} to be a Uint8Array, a Buffer or null, got ${describe(outData)}`,
    );
  }
  if (flag !== paContinue && flag !== paComplete && flag !== paAbort) {
    const message = `Expected the flag ${where} to be paContinue, paComplete or paAbort, got ${describe(flag)}`;
    return typeof flag === "number" ? new RangeError(message) : new TypeError(message);
  }
  return [outData, flag];
}

function isThenable(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    "then" in value &&
    typeof value.then === "function"
  );
}
