import { asError } from "../errors.js";
import type { Seconds } from "../format.js";
import { checkNumber, checkOptions } from "../options.js";
import { checkTrigger } from "./conditions/check.js";
import { openRecorder } from "./recorder.js";
import {
  checkRecorderOptions,
  RECORDER_OPTIONS,
  type RecorderChoice,
  type RecorderExtras,
  type RecorderOptions,
} from "./recorder-options.js";
import type { EndReason, RecorderResult } from "./recorder-result.js";

/**
 * What can be chosen of {@link takes}. `trigger` or `voice` must be given: what begins a take. With `voice` it ends when nobody
 * speaks any more, or behind a `silence`; with `trigger` alone behind a silence.
 */
export interface TakesOptions
  extends Omit<
    RecorderOptions,
    "seconds" | "frames" | "until" | "maxBytes" | "split" | "levelSeconds"
  > {
  /** How much from behind the place where the silence was found is in the take, up to 3,600 s. Default 0. */
  readonly postRoll?: Seconds;
  /**
   * A take is never longer, from 0.01 s up to a year: what is cut goes on in the next one with the next frame. Default: it
   * is as long as the sound.
   */
  readonly maxTakeSeconds?: Seconds;
}

/** A take of {@link takes}. */
export interface Take extends Omit<RecorderResult, "reason"> {
  /** The first take is 1. */
  readonly number: number;
  /** What ended it; `"maxTakeSeconds"`: it goes on in the next one. */
  readonly reason: Exclude<EndReason, "seconds" | "frames"> | "maxTakeSeconds";
  /** Whether it is what `maxTakeSeconds` cut off the one before. */
  readonly continues: boolean;
}

const DEFAULT_PRE_ROLL: Seconds = 0.5;
/** Without a rule of its own, silence is so far below the trigger. */
const BELOW_TRIGGER = 6;
const LEAST_LEVEL = -150;
const MAX_SECONDS: Seconds = 366 * 24 * 3600;

const NOT_OURS: readonly string[] = [
  "seconds",
  "frames",
  "until",
  "maxBytes",
  "split",
  "levelSeconds",
];
const TAKES_OPTIONS: readonly string[] = [
  ...RECORDER_OPTIONS.filter((name) => !NOT_OURS.includes(name)),
  "postRoll",
  "maxTakeSeconds",
];

/**
 * Listens to a device and gives a take for each sound. The device stays open in between: each frame of its one stream is
 * in a take, or was listened to and found quiet; none is in two. See docs/takes.md.
 *
 * ```ts
 * for await (const take of takes({ trigger: { above: -35 }, silence: { below: -45 }, preRoll: 0.5 })) {
 *   await take.recording?.save(`${take.number}.wav`);
 * }
 * ```
 *
 * A take begins `preRoll` (default 0.5 s) before the trigger came true, but not before the end of the last one, and ends
 * `postRoll` behind the place where the silence was found (default: 6 dB below the trigger, for 1.5 s) or the voice ended. What
 * `maxTakeSeconds` cuts goes on in the next take. With `file`, a template with `{index}` in it, takes are in files.
 * Leaving the loop ends the take that is recorded and gives the device back; an abort of the `signal` hands it over first.
 *
 * @throws TypeError, RangeError for wrong options, at once.
 * @throws AudioError as `Recorder.open()`, and the fault that ended it, after the take that was recorded then.
 */
export function takes(options: TakesOptions): AsyncGenerator<Take, void, undefined> {
  return follow(checkTakes(options));
}

/** Options after the checks that need no device, but for who gets the takes. */
type TakesChoice = (onTake: RecorderExtras["onTake"]) => RecorderChoice;

function checkTakes(options: TakesOptions): TakesChoice {
  checkOptions(options, TAKES_OPTIONS, "takes()");
  const { postRoll = 0, maxTakeSeconds, ...given } = options ?? {};
  const { trigger, voice } = given;
  if (trigger === undefined && (voice === undefined || voice === false)) {
    throw new TypeError("takes(): say with `trigger` or `voice` what begins a take");
  }
  checkNumber(postRoll, "postRoll", { min: 0, max: 3600 });
  if (maxTakeSeconds !== undefined) {
    checkNumber(maxTakeSeconds, "maxTakeSeconds", { min: 0.01, max: MAX_SECONDS });
  }
  const extras = { repeat: true, postRoll };
  const choice = checkRecorderOptions(
    {
      ...given,
      preRoll: given.preRoll === undefined ? DEFAULT_PRE_ROLL : given.preRoll,
      ...silenceOf(given),
      ...(maxTakeSeconds !== undefined && { seconds: maxTakeSeconds }),
    },
    "takes()",
    extras,
  );
  return (onTake) => ({ ...choice, extras: { ...extras, ...(onTake && { onTake }) } });
}

/** The rule of silence: the caller's, or one that suits the trigger where nothing else ends a take. */
function silenceOf({ silence, trigger, voice }: TakesOptions): Pick<RecorderOptions, "silence"> {
  if (silence !== undefined) {
    return { silence };
  }
  if (trigger === undefined || (voice !== undefined && voice !== false)) {
    return {};
  }
  const { above } = checkTrigger(trigger);
  return { silence: { below: Math.max(LEAST_LEVEL, above - BELOW_TRIGGER) } };
}

/** A complete take that nobody has asked for yet. */
interface Waiting {
  readonly result: RecorderResult;
  readonly claim: () => void;
}

async function* follow(choiceFor: TakesChoice): AsyncGenerator<Take, void, undefined> {
  const waiting: Waiting[] = [];
  let tell: (() => void) | undefined;
  const choice = choiceFor((result, claim) => {
    waiting.push({ result, claim });
    tell?.();
  });
  const recorder = await openRecorder(choice);
  let isOver = false;
  const fault = recorder.finished
    .then(() => undefined, asError)
    .finally(() => {
      isOver = true;
      tell?.();
    });
  try {
    await recorder.start();
    let continues = false;
    for (let number = 1; ; number++) {
      while (waiting.length === 0 && !isOver) {
        await new Promise<void>((resolve) => {
          tell = resolve;
        });
      }
      const next = waiting.shift();
      if (next === undefined) {
        break;
      }
      next.claim();
      // A device that is lost looks like a source that has ended, until the recorder knows.
      const { result } = next;
      const hasFailed = result.reason === "source-ended" && (await fault) !== undefined;
      const take = takeOf(result, number, continues, hasFailed);
      continues = take.reason === "maxTakeSeconds";
      yield take;
    }
    const error = await fault;
    if (error !== undefined) {
      throw error;
    }
  } finally {
    await recorder.stop().catch(() => {
      // It was told by the loop, or nobody listens any more.
    });
  }
}

function takeOf(
  result: RecorderResult,
  number: number,
  continues: boolean,
  hasFailed: boolean,
): Take {
  const { reason } = result;
  return {
    ...result,
    number,
    continues,
    reason: hasFailed
      ? "failed"
      : reason === "seconds" || reason === "frames"
        ? "maxTakeSeconds"
        : reason,
  };
}
