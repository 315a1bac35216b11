import { asError } from "../errors.js";
import type { Milliseconds, Seconds } from "../format.js";
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
  const outcomes = await Promise.allSettled(opened.map(run));
  const first = firstOf(outcomes);
  return outcomes.map((one) =>
    one.status === "fulfilled"
      ? { status: "fulfilled", value: withOffset(one.value, first) }
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

async function run(opened: PromiseSettledResult<Recorder>): Promise<RecorderResult> {
  if (opened.status === "rejected") {
    throw asError(opened.reason);
  }
  await using recorder = opened.value;
  await recorder.start();
  return await recorder.finished;
}

/** The first frame of all, and by how much its time may be wrong. */
interface FirstFrame {
  readonly time: Milliseconds;
  readonly uncertainty: Milliseconds;
}

function firstOf(outcomes: readonly PromiseSettledResult<RecorderResult>[]): FirstFrame {
  let first: FirstFrame = { time: Number.POSITIVE_INFINITY, uncertainty: 0 };
  for (const one of outcomes) {
    const { startTime, startedAtUncertainty = 0 }: Partial<RecorderResult> =
      one.status === "fulfilled" ? one.value : {};
    if (startTime !== undefined && startTime < first.time) {
      first = { time: startTime, uncertainty: startedAtUncertainty };
    }
  }
  return first;
}

function withOffset(result: RecorderResult, first: FirstFrame): ManyResult {
  const { startTime, startedAtUncertainty = 0 } = result;
  if (startTime === undefined) {
    return result;
  }
  const isFirst = startTime === first.time;
  return {
    ...result,
    offset: (startTime - first.time) / 1000,
    offsetUncertainty: isFirst ? 0 : (startedAtUncertainty + first.uncertainty) / 1000,
  };
}
