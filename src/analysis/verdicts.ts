import type { Dbfs, Frames, Hertz } from "../format.js";
import type { ChannelLevels, Run, Runs, Verdict, VerdictCode } from "./level-results.js";

/** Below this peak a take is too quiet: 7 of 16 bits are not used. */
const QUIET_PEAK = -40;
/** An offset is told from 1 % of full scale on, and from 0.1 % where it is a good part of the sound. */
const OFFSET = 0.01;
const SMALL_OFFSET = 0.001;
const OFFSET_PART = 0.3;
/** A channel is dead when it is that many decibels below the loudest. */
const DEAD_BELOW = 60;
/** A true peak counts as over full scale from 0.2 dBTP on: EBU Tech 3341 lets meters read that much too high. */
const OVER: Dbfs = 0.2;

/** What verdicts are made of. */
export interface Measured {
  readonly sampleRate: Hertz;
  readonly length: Frames;
  readonly channels: readonly ChannelLevels[];
  /** Frames that are known to be lost. */
  readonly gaps: Runs;
}

/** Says in plain words what is wrong, the worst first. */
export function verdictsOn(measured: Measured): readonly Verdict[] {
  if (measured.length === 0) {
    return [{ code: "empty", text: "no frames at all", channels: [] }];
  }
  const all = measured.channels.map((_, channel) => channel);
  const silent = all.filter((channel) => measured.channels[channel]?.peak === null);
  const invalid = invalidSamples(measured);
  if (silent.length === all.length) {
    const text = "all zeros: check the microphone permission, the mute switch and the input device";
    return [...invalid, { code: "all-zeros", text, channels: all }, ...gaps(measured)];
  }
  return [
    ...invalid,
    ...gaps(measured),
    ...clipped(measured),
    ...deadChannels(measured),
    ...tooQuiet(measured),
    ...dropouts(measured),
    ...jumps(measured),
    ...overFullScale(measured),
    ...offsets(measured),
    ...hum(measured),
  ];
}

/** Makes the verdict on those channels for which `tell` has something to say; the text is that of the worst. */
function verdictFor(
  { channels }: Measured,
  code: VerdictCode,
  badness: (levels: ChannelLevels) => number,
  tell: (worst: ChannelLevels, bad: readonly ChannelLevels[]) => string,
): readonly Verdict[] {
  const bad = channels.flatMap((levels, channel) =>
    badness(levels) > 0 ? [{ levels, channel }] : [],
  );
  const [first, ...others] = bad;
  if (first === undefined) {
    return [];
  }
  const worst = others.reduce(
    (one, other) => (badness(other.levels) > badness(one.levels) ? other : one),
    first,
  );
  const text = tell(
    worst.levels,
    bad.map(({ levels }) => levels),
  );
  const numbers = bad.map(({ channel }) => channel);
  return [{ code, text: text + where(numbers, channels.length), channels: numbers }];
}

function where(numbers: readonly number[], count: number): string {
  if (numbers.length === count) {
    return "";
  }
  return ` (channel${numbers.length === 1 ? "" : "s"} ${numbers.join(", ")}, counted from 0)`;
}

function invalidSamples(measured: Measured): readonly Verdict[] {
  return verdictFor(
    measured,
    "invalid-samples",
    (levels) => levels.invalidSamples,
    (_, bad) => {
      const count = bad.reduce((sum, levels) => sum + levels.invalidSamples, 0);
      return `${counted(count, "sample")} NaN or infinite, taken for 0`;
    },
  );
}

function gaps({ gaps: lost, sampleRate, channels }: Measured): readonly Verdict[] {
  if (lost.count === 0) {
    return [];
  }
  const text = `${counted(lost.frames, "frame")} lost in ${counted(lost.count, "gap")}, the first at ${timeText(lost.list[0], sampleRate)}`;
  return [{ code: "gaps", text, channels: channels.map((_, channel) => channel) }];
}

function clipped(measured: Measured): readonly Verdict[] {
  return verdictFor(
    measured,
    "clipped",
    (levels) => levels.clipped.frames,
    ({ clipped: { count, frames, list } }) =>
      `clipped: ${counted(count, "time")}, ${counted(frames, "frame")} at full scale, first at ${timeText(list[0], measured.sampleRate)}`,
  );
}

function deadChannels(measured: Measured): readonly Verdict[] {
  const loudest = Math.max(...measured.channels.map(({ rms }) => rms ?? -Infinity));
  return verdictFor(
    measured,
    "dead-channel",
    ({ rms }) => (rms === null ? Infinity : loudest - rms - DEAD_BELOW),
    ({ rms }) =>
      rms === null
        ? "dead: all zeros beside sound in another channel"
        : `dead: ${(loudest - rms).toFixed(0)} dB below the loudest channel`,
  );
}

function tooQuiet(measured: Measured): readonly Verdict[] {
  const peak = Math.max(...measured.channels.map((levels) => levels.peak ?? -Infinity));
  if (peak >= QUIET_PEAK) {
    return [];
  }
  const text = `too quiet: the peak is at ${peak.toFixed(1)} dBFS; raise the gain or go closer`;
  return [{ code: "too-quiet", text, channels: measured.channels.map((_, channel) => channel) }];
}

/** Silence that stands in for frames that are known to be lost is told as a gap already. */
function dropouts(measured: Measured): readonly Verdict[] {
  const { sampleRate, gaps: known } = measured;
  const untold = (levels: ChannelLevels): readonly Run[] =>
    levels.dropouts.list.filter((run) => !known.list.some((gap) => overlap(run, gap)));
  return verdictFor(
    measured,
    "dropouts",
    (levels) => untold(levels).length,
    (levels) => {
      const runs = untold(levels);
      const longest = Math.max(...runs.map(({ frames }) => frames));
      return `dropouts: digital silence inside sound, ${counted(runs.length, "time")}, first at ${timeText(runs[0], sampleRate)}, up to ${((1000 * longest) / sampleRate).toFixed(0)} ms long; frames may be lost`;
    },
  );
}

function overlap(one: Run, other: Run): boolean {
  return one.position < other.position + other.frames && other.position < one.position + one.frames;
}

function jumps(measured: Measured): readonly Verdict[] {
  return verdictFor(
    measured,
    "jumps",
    (levels) => levels.jumps.count,
    ({ jumps: { count, list } }) =>
      `jumps: the signal breaks off, ${counted(count, "time")}, first at ${timeText(list[0], measured.sampleRate)}; clicks, or frames may be lost`,
  );
}

function overFullScale(measured: Measured): readonly Verdict[] {
  return verdictFor(
    measured,
    "over-full-scale",
    (levels) => (levels.clipped.count === 0 ? (levels.truePeak ?? 0) - OVER : 0),
    ({ truePeak }) =>
      `over full scale between the samples: true peak +${(truePeak ?? 0).toFixed(1)} dBTP; converters and codecs may clip`,
  );
}

function offsets(measured: Measured): readonly Verdict[] {
  return verdictFor(
    measured,
    "dc-offset",
    ({ dcOffset, peak }) => {
      const offset = Math.abs(dcOffset);
      const amplitude = 10 ** ((peak ?? 0) / 20);
      return offset >= OFFSET || (offset >= SMALL_OFFSET && offset >= OFFSET_PART * amplitude)
        ? offset
        : 0;
    },
    ({ dcOffset }) =>
      `DC offset: the mean is ${(100 * dcOffset).toFixed(1)} % of full scale; a high-pass filter removes it`,
  );
}

function hum(measured: Measured): readonly Verdict[] {
  return verdictFor(
    measured,
    "mains-hum",
    ({ mainsHum }) => (mainsHum === null ? 0 : 10 ** (mainsHum.level / 20)),
    ({ mainsHum }) =>
      `mains hum at ${mainsHum?.frequency ?? 0} Hz, ${(mainsHum?.level ?? 0).toFixed(1)} dBFS`,
  );
}

function timeText(run: Run | undefined, sampleRate: Hertz): string {
  return `${((run?.position ?? 0) / sampleRate).toFixed(3)} s`;
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
