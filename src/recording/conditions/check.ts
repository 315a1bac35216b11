import type { Dbfs, Seconds } from "../../format.js";
import { checkNumber, checkOptions } from "../../options.js";

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
