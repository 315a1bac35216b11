import { checkText, checkWord } from "../../options.js";

/** What a template is filled with. */
export interface NameFields {
  /** When the first frame of the file was heard. */
  readonly startedAt: Date;
  /** Number of the file, from 1. */
  readonly index: number;
  /** Name of the device. */
  readonly device: string;
  /** A word of the caller's; without it `{label}` is empty. */
  readonly label?: string;
}

const FIELDS = ["date", "time", "utc", "index", "device", "label"] as const;
type Field = (typeof FIELDS)[number];

/** A field in braces, with a width behind a colon. */
const BRACED = /\{([^{}]*)\}/g;
const INDEX_DIGITS = 4;
const MOST_DIGITS = 9;
/** Characters of a device's name or a label that are kept: a file's name has at most 255 bytes. */
const MOST_CHARACTERS = 60;

/**
 * A file's path with fields in braces, such as `takes/{date}/{time}_{index}_{device}.wav`:
 *
 * | field | for instance | |
 * | --- | --- | --- |
 * | `{date}` | `2026-11-23` | local time |
 * | `{time}` | `14-05-09` | local time; an hour comes twice when summer time ends |
 * | `{utc}` | `20261123T130509Z` | never comes twice |
 * | `{index}` | `0001` | number of the file; `{index:6}` has six digits at least |
 * | `{device}` | `HDA-Intel-PCH` | what no file name can hold is a `-` |
 * | `{label}` | | the caller's word |
 *
 * @throws TypeError, RangeError for what is no template: an unknown field, a brace without its other.
 */
export function checkTemplate(text: unknown, name = "file"): string {
  const template = checkText(text, name);
  for (const [, inner = ""] of template.matchAll(BRACED)) {
    parseField(inner, name);
  }
  if (/[{}]/.test(template.replaceAll(BRACED, ""))) {
    throw new RangeError(
      `Expected \`${name}\` to have a closing brace for each opening one, got "${template}"`,
    );
  }
  return template;
}

/**
 * As {@link checkTemplate}, for a template that names many files: it must have `{index}`, the one field that differs
 * between any two of them.
 */
export function checkTemplateOfMany(text: unknown, name = "file"): string {
  const template = checkTemplate(text, name);
  if (!/\{index[:}]/.test(template)) {
    throw new RangeError(
      `Expected \`${name}\` to have {index} in it, because it names many files, got "${template}"`,
    );
  }
  return template;
}

/** The path that a checked template stands for. */
export function fillTemplate(template: string, fields: NameFields): string {
  return template.replaceAll(BRACED, (_, inner: string) => {
    const { field, digits } = parseField(inner, "file");
    return textOf(field, digits, fields);
  });
}

function parseField(inner: string, name: string): { field: Field; digits: number } {
  const [word = "", width, ...rest] = inner.split(":");
  const field = checkWord(word, `${name}: {field}`, FIELDS);
  if (width === undefined) {
    return { field, digits: INDEX_DIGITS };
  }
  const digits = Number(width);
  const isWidth = rest.length === 0 && /^\d$/.test(width) && digits >= 1 && digits <= MOST_DIGITS;
  if (field !== "index" || !isWidth) {
    throw new RangeError(
      `Expected \`${name}\` to have a width from 1 to ${MOST_DIGITS}, and that in {index} alone, got "{${inner}}"`,
    );
  }
  return { field, digits };
}

function textOf(field: Field, digits: number, fields: NameFields): string {
  const { startedAt } = fields;
  switch (field) {
    case "date":
      return [startedAt.getFullYear(), startedAt.getMonth() + 1, startedAt.getDate()]
        .map(twoDigits)
        .join("-");
    case "time":
      return [startedAt.getHours(), startedAt.getMinutes(), startedAt.getSeconds()]
        .map(twoDigits)
        .join("-");
    case "utc":
      return startedAt
        .toISOString()
        .replace(/\.\d+Z$/, "Z")
        .replaceAll(/[-:]/g, "");
    case "index":
      return String(fields.index).padStart(digits, "0");
    case "device":
      return safeName(fields.device) || "device";
    case "label":
      return safeName(fields.label ?? "");
  }
}

function twoDigits(part: number): string {
  return String(part).padStart(2, "0");
}

/** A word as part of a file's name on any system: no separators, no characters that Windows refuses, no dots at its ends. */
function safeName(word: string): string {
  const safe = word
    .normalize("NFC")
    .replaceAll(/[\s"*/:<>?\\|{}\p{Cc}\p{Cs}]+/gu, "-")
    .replaceAll(/-{2,}/g, "-");
  return Array.from(safe)
    .slice(0, MOST_CHARACTERS)
    .join("")
    .replaceAll(/^[.-]+|[.-]+$/g, "");
}
