import { asError } from "../errors.js";
import type { Seconds } from "../format.js";
import { describe } from "../options.js";
import { openRecorder, type Recorder } from "./recorder.js";
import {
  checkRecorderOptions,
  type RecorderChoice,
  type RecorderOptions,
} from "./recorder-options.js";
import type { RecorderResult } from "./recorder-result.js";

/** One of the recordings of {@link recordMany}. */
export interface ManyResult extends RecorderResult {
  /**
   * How much later its first frame was heard than the first frame of all, 0 for that one itself; undefined for a
   * recording without a frame.
   */
  readonly offset?: Seconds;
  /** By how much `offset` may be wrong, beyond what the devices' own hardware never tells. */
  readonly offsetUncertainty?: Seconds;
}

/** How one of the recordings went: as `Promise.allSettled` tells it. An `AudioError` has what is in memory as its `recording`. */
export type ManyOutcome =
  | { readonly status: "fulfilled"; readonly value: ManyResult }
  | { readonly status: "rejected"; readonly reason: Error };

/**
 * Records from several devices at once: opens all, starts them together, and waits until each has ended. One that fails, also
 * in opening, does not end the others. Each has its own options, those of a `Recorder`, and so its own end; give all the
 * same `signal` to end them together.
 *
 * ```ts
 * const [left, right] = await recordMany([
 *   { device: "USB", seconds: 60, file: "usb.wav" },
 *   { device: "Built-in", seconds: 60, file: "built-in.wav" },
 * ]);
 * if (right.status === "fulfilled") console.log(right.value.offset);
 * ```
 *
 * Devices begin some milliseconds apart, whatever is done: `offset` tells by how much, measured from the times at which
 * the first frames were heard. Their clocks part too, by some 10 ms in a quarter of an hour.
 *
 * @returns an outcome for each, in the order of the options.
 * @throws TypeError, RangeError for wrong options of any, before anything is started.
 */
export async function recordMany(options: readonly RecorderOptions[]): Promise<ManyOutcome[]> {
  const choices = checkMany(options);
  const opened = await Promise.allSettled(choices.map(openRecorder));
  const outcomes = await Promise.allSettled(
    opened.map((one) => (one.status === "fulfilled" ? run(one.value) : Promise.reject(one.reason))),
  );
  const first = Math.min(
    ...outcomes.map((one) =>
      one.status === "fulfilled" ? (one.value.startTime ?? Infinity) : Infinity,
    ),
  );
  const reference = outcomes.find(
    (one) => one.status === "fulfilled" && one.value.startTime === first,
  );
  const least = reference?.status === "fulfilled" ? (reference.value.startedAtUncertainty ?? 0) : 0;
  return outcomes.map((one) =>
    one.status === "fulfilled"
      ? { status: "fulfilled", value: withOffset(one.value, first, least) }
      : { status: "rejected", reason: asError(one.reason) },
  );
}

function checkMany(options: readonly RecorderOptions[]): RecorderChoice[] {
  if (!Array.isArray(options)) {
    throw new TypeError(
      `Expected \`options\` to be a list of options, one for each device, got ${describe(options)}`,
    );
  }
  if (options.length === 0) {
    throw new RangeError("Expected `options` to have the options of at least one device");
  }
  return Array.from(options, (one, index) => checkRecorderOptions(one, `recordMany()[${index}]`));
}

async function run(recorder: Recorder): Promise<RecorderResult> {
  await using started = recorder;
  await started.start();
  return await started.finished;
}

function withOffset(result: RecorderResult, first: number, firstUncertainty: number): ManyResult {
  const { startTime, startedAtUncertainty = 0 } = result;
  return startTime === undefined
    ? result
    : {
        ...result,
        offset: (startTime - first) / 1000,
        offsetUncertainty:
          startTime === first ? 0 : (startedAtUncertainty + firstUncertainty) / 1000,
      };
}
