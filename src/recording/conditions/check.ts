import type { Dbfs, Seconds } from "../../format.js";
import { checkNumber, checkOptions, describe } from "../../options.js";

/** What counts as sound: a level, and how long it lasts. */
export interface SoundTrigger {
  /** From -150 to 0 dBFS: the root mean square of the loudest channel, over 10 ms. */
  readonly above: Dbfs;
  /** How long on end it is that loud, from 0 to 60 s, in whole windows of 10 ms, at least one. Default 0.05. */
  readonly for?: Seconds;
}

/** What counts as silence: a level, and how long it lasts. */
export interface SilenceRule {
  /** From -150 to 0 dBFS: the root mean square over 10 ms, of every channel. */
  readonly below: Dbfs;
  /** How long on end it is silent, above 0 and up to 86,400 s, in whole windows of 10 ms. Default 1.5. */
  readonly for?: Seconds;
  /** Sound up to so much above `below` does not end a silence that has begun, from 0 to 60 dB. Default 3. */
  readonly hysteresis?: number;
}

/** What counts as voice. docs/voice.md tells how far this can be relied on. */
export interface VoiceOptions {
  /** How sure the detector must be that it is voice: 0 is the least, 3 the most. Default 2. */
  readonly aggressiveness?: 0 | 1 | 2 | 3;
  /** How long on end there is voice before it counts, from 0 to 60 s, in whole windows of 10 ms. Default 0.3. */
  readonly startSeconds?: Seconds;
  /** How long there is none before it has ended, above 0 and up to 86,400 s, in whole windows of 10 ms. Default 1. */
  readonly hangoverSeconds?: Seconds;
}

/** A trigger with all its values. Throws TypeError or RangeError. */
export function checkTrigger(value: unknown, name = "trigger"): Required<SoundTrigger> {
  const { above, for: seconds = 0.05 } = fieldsOf(value, ["above", "for"], name);
  return {
    above: checkLevel(above, `${name}.above`),
    for: checkNumber(seconds, `${name}.for`, { min: 0, max: 60 }),
  };
}

/** A rule of silence with all its values. Throws TypeError or RangeError. */
export function checkSilence(value: unknown, name = "silence"): Required<SilenceRule> {
  const fields = fieldsOf(value, ["below", "for", "hysteresis"], name);
  const { below, for: seconds = 1.5, hysteresis = 3 } = fields;
  return {
    below: checkLevel(below, `${name}.below`),
    for: checkNumber(seconds, `${name}.for`, { min: 0, above: true, max: 86_400 }),
    hysteresis: checkNumber(hysteresis, `${name}.hysteresis`, { min: 0, max: 60 }),
  };
}

/** What counts as voice, with all its values; `true` stands for the defaults. Throws TypeError or RangeError. */
export function checkVoice(value: unknown, name = "voice"): Required<VoiceOptions> {
  const names = ["aggressiveness", "startSeconds", "hangoverSeconds"] as const;
  const options = value === true ? {} : value;
  if (typeof options !== "object") {
    throw new TypeError(
      `Expected \`${name}\` to be true or an options object, got ${describe(value)}`,
    );
  }
  const {
    aggressiveness = 2,
    startSeconds = 0.3,
    hangoverSeconds = 1,
  } = fieldsOf(options, names, name);
  return {
    aggressiveness: checkAggressiveness(aggressiveness, `${name}.aggressiveness`),
    startSeconds: checkNumber(startSeconds, `${name}.startSeconds`, { min: 0, max: 60 }),
    hangoverSeconds: checkNumber(hangoverSeconds, `${name}.hangoverSeconds`, {
      min: 0,
      above: true,
      max: 86_400,
    }),
  };
}

function checkAggressiveness(value: unknown, name: string): 0 | 1 | 2 | 3 {
  const level = checkNumber(value, name, { min: 0, max: 3, integer: true });
  return ([0, 1, 2, 3] as const)[level] ?? 2;
}

function checkLevel(value: unknown, name: string): Dbfs {
  return checkNumber(value, name, { min: -150, max: 0 });
}

/** The fields of an options object that must be there. */
function fieldsOf<const Name extends string>(
  value: unknown,
  names: readonly Name[],
  where: string,
): Partial<Record<Name, unknown>> {
  // `undefined` stands for no options elsewhere; here it is a value that is missing.
  checkOptions(value ?? null, names, where);
  return value as Partial<Record<Name, unknown>>;
}
