import { AudioError } from "../errors.js";
import type { Frames, Hertz } from "../format.js";
import type { GapCause } from "../hosts/host.js";
import { checkNumber, checkText, describe } from "../options.js";
import type { Gap } from "../recording/recording.js";
import type { CuePoint } from "../wav/metadata/cues.js";
import { encodeMetadata, type WavMetadata } from "../wav/metadata/metadata.js";
import { type FlacComment, isCommentName } from "./comments.js";

/**
 * What a WAV file says in its chunks, as the comments of a FLAC file, under the names that other programs use:
 * docs/flac.md lists them.
 */

/** LIST INFO: the common names of Vorbis comments. Other ids become `INFO_` and the id. */
const INFO_NAMES: Readonly<Record<string, string>> = {
  INAM: "TITLE",
  IART: "ARTIST",
  ICRD: "DATE",
  ICMT: "COMMENT",
  ISFT: "ENCODER",
  ICOP: "COPYRIGHT",
  IGNR: "GENRE",
  IPRD: "ALBUM",
  ITRK: "TRACKNUMBER",
  IENG: "ENGINEER",
  IKEY: "KEYWORDS",
};

/** `bext`: the names that FFmpeg gives its fields. */
const BEXT_NAMES = [
  ["description", "DESCRIPTION"],
  ["originator", "ORIGINATOR"],
  ["originatorReference", "ORIGINATOR_REFERENCE"],
  ["originationDate", "ORIGINATION_DATE"],
  ["originationTime", "ORIGINATION_TIME"],
  ["timeReference", "TIME_REFERENCE"],
  ["codingHistory", "CODING_HISTORY"],
] as const;

const LOUDNESS_NAMES = [
  ["integrated", "LOUDNESS_VALUE"],
  ["range", "LOUDNESS_RANGE"],
  ["maxTruePeak", "MAX_TRUE_PEAK_LEVEL"],
  ["maxMomentary", "MAX_MOMENTARY_LOUDNESS"],
  ["maxShortTerm", "MAX_SHORT_TERM_LOUDNESS"],
] as const;

const GAP_CAUSES: readonly GapCause[] = ["overrun", "stall", "buffer-full", "device-lost"];

/** Comments without the marks, which may become more while the file grows. */
export function textComments(metadata: WavMetadata, sampleRate: Hertz): FlacComment[] {
  // What is wrong is told as for a WAV file.
  encodeMetadata(metadata, sampleRate);
  const comments: FlacComment[] = [];
  for (const [id, value] of Object.entries(metadata.info ?? {})) {
    const name = INFO_NAMES[id] ?? `INFO_${id}`;
    if (!isCommentName(name)) {
      throw new RangeError(
        `Expected the keys of \`info\` to have no "=" and no "~" in a FLAC file, got ${describe(id)}`,
      );
    }
    comments.push({ name, value });
  }
  const { bext, ixml, axml } = metadata;
  for (const [field, name] of BEXT_NAMES) {
    const value = bext?.[field];
    if (value !== undefined && value !== "") {
      comments.push({ name, value: `${value}` });
    }
  }
  if (bext?.umid !== undefined) {
    comments.push({ name: "UMID", value: `0x${Buffer.from(bext.umid).toString("hex")}` });
  }
  for (const [field, name] of LOUDNESS_NAMES) {
    const value = bext?.loudness?.[field];
    if (value !== undefined) {
      comments.push({ name, value: `${value}` });
    }
  }
  for (const [name, value] of [
    ["IXML", ixml],
    ["AXML", axml],
  ] as const) {
    if (value !== undefined) {
      comments.push({ name, value });
    }
  }
  checkPlaces(metadata);
  return comments;
}

/** A cue point: where it is and how long, its label; then its note and text, in comments of their own. */
export function cueComments(cue: CuePoint): FlacComment[] {
  const { position, lengthFrames = 0, label = "", note, text } = cue;
  return [
    { name: "CUE", value: `${position};${lengthFrames};${label}` },
    ...(note === undefined ? [] : [{ name: "CUE_NOTE", value: note }]),
    ...(text === undefined ? [] : [{ name: "CUE_TEXT", value: text }]),
  ];
}

/** Lost frames: where, how many, why. */
export function gapComment({ position, frames, cause }: Gap): FlacComment {
  return { name: "GAP", value: `${position};${frames};${cause}` };
}

/** Throws TypeError or RangeError for a gap that cannot be. */
export function checkGap(gap: Gap): Gap {
  if (typeof gap !== "object" || gap === null) {
    throw new TypeError(`Expected \`gap\` to be an object, got ${describe(gap)}`);
  }
  checkNumber(gap.position, "gap.position", { min: 0, integer: true });
  checkNumber(gap.frames, "gap.frames", { min: 0, integer: true });
  checkText(gap.cause, "gap.cause");
  return gap;
}

/** The cue points among comments. */
export function parseCueComments(comments: readonly FlacComment[]): CuePoint[] {
  const cues: { -readonly [Name in keyof CuePoint]: CuePoint[Name] }[] = [];
  for (const { name, value } of comments) {
    const last = cues.at(-1);
    if (name === "CUE") {
      const [, position = "", frames = "", label = ""] = /^(\d+);(\d+);(.*)$/s.exec(value) ?? [];
      if (position !== "" && isFrames(Number(position)) && isFrames(Number(frames))) {
        cues.push({
          position: Number(position),
          ...(Number(frames) === 0 ? {} : { lengthFrames: Number(frames) }),
          ...(label === "" ? {} : { label }),
        });
      }
    } else if (name === "CUE_NOTE" && last !== undefined) {
      last.note = value;
    } else if (name === "CUE_TEXT" && last !== undefined) {
      last.text = value;
    }
  }
  return cues;
}

/** The gaps among comments, in order. */
export function parseGapComments(comments: readonly FlacComment[]): Gap[] {
  const gaps = comments.flatMap(({ name, value }): Gap[] => {
    const [, position, frames, word] = /^(\d+);(\d+);([a-z-]+)$/.exec(value) ?? [];
    const cause = GAP_CAUSES.find((known) => known === word);
    return name === "GAP" &&
      cause !== undefined &&
      isFrames(Number(position)) &&
      isFrames(Number(frames))
      ? [{ position: Number(position), frames: Number(frames), cause }]
      : [];
  });
  return gaps.sort((one, other) => one.position - other.position);
}

function isFrames(value: number): value is Frames {
  return Number.isSafeInteger(value);
}

/** Bytes and numbers of a WAV file that no comment can hold. */
function checkPlaces({ sampler, id3, peak }: WavMetadata): void {
  const lost = Object.entries({ sampler, id3, peak }).find(([, value]) => value !== undefined);
  if (lost !== undefined) {
    throw new AudioError(
      "format-not-supported",
      `A FLAC file has no place for \`${lost[0]}\` of the metadata: leave it out, or write a WAV file.`,
    );
  }
}
