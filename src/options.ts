/**
 * Checks of what callers pass in. Every message says what was expected and what came;
 * wrong type is a `TypeError`, right type out of range a `RangeError`.
 */

/** Throws unless `options` is a plain options object with known keys only. `undefined` stands for no options. */
export function checkOptions(options: unknown, known: readonly string[], where: string): void {
  if (options === undefined) {
    return;
  }
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(`${where}: expected an options object, got ${describe(options)}`);
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      throw new TypeError(
        `${where}: unknown option \`${key}\`${nearestHint(key, known)} Known options: ${known.join(", ")}.`,
      );
    }
  }
}

/** How a number must be. */
export interface NumberRule {
  readonly min?: number;
  readonly max?: number;
  readonly integer?: boolean;
  /** The range excludes `min` itself. */
  readonly above?: boolean;
}

/** Returns `value` if it is a finite number within the rule. */
export function checkNumber(value: unknown, name: string, rule: NumberRule = {}): number {
  const kind = rule.integer === true ? "an integer" : "a number";
  const range = rangeText(rule);
  if (typeof value !== "number") {
    throw new TypeError(`Expected \`${name}\` to be ${kind}${range}, got ${describe(value)}`);
  }
  const inside =
    Number.isFinite(value) &&
    (rule.integer !== true || Number.isInteger(value)) &&
    (rule.min === undefined || (rule.above === true ? value > rule.min : value >= rule.min)) &&
    (rule.max === undefined || value <= rule.max);
  if (!inside) {
    throw new RangeError(`Expected \`${name}\` to be ${kind}${range}, got ${describe(value)}`);
  }
  return value;
}

/** Returns `value` if it is one of the words. */
export function checkWord<const Word extends string>(
  value: unknown,
  name: string,
  words: readonly Word[],
): Word {
  const found = words.find((word) => word === value);
  if (found !== undefined) {
    return found;
  }
  const expected = words.map((word) => `"${word}"`).join(", ");
  if (typeof value !== "string") {
    throw new TypeError(`Expected \`${name}\` to be one of ${expected}, got ${describe(value)}`);
  }
  throw new RangeError(
    `Expected \`${name}\` to be one of ${expected}, got ${describe(value)}${nearestHint(value, words)}`,
  );
}

/** Returns `value` if it is true or false. */
export function checkBoolean(value: unknown, name: string): boolean {
  if (typeof value !== "boolean") {
    throw new TypeError(`Expected \`${name}\` to be true or false, got ${describe(value)}`);
  }
  return value;
}

/** Returns `value` if it is a string that is not empty and has no zero character, which ends a text in files and for the system. */
export function checkText(value: unknown, name: string): string {
  if (typeof value !== "string") {
    throw new TypeError(`Expected \`${name}\` to be a string, got ${describe(value)}`);
  }
  if (value === "") {
    throw new RangeError(`Expected \`${name}\` not to be empty`);
  }
  if (value.includes("\0")) {
    throw new RangeError(`Expected \`${name}\` to have no zero character`);
  }
  return value;
}

/** Returns `value` if it is an `AbortSignal`. */
export function checkSignal(value: unknown, name: string): AbortSignal {
  if (!(value instanceof AbortSignal)) {
    throw new TypeError(`Expected \`${name}\` to be an AbortSignal, got ${describe(value)}`);
  }
  return value;
}

/** A value as an error message shows it: short, with its type. */
export function describe(value: unknown): string {
  if (typeof value === "string") {
    return value.length > 60 ? `"${value.slice(0, 60)}…" (string)` : `"${value}" (string)`;
  }
  if (typeof value === "number" || typeof value === "boolean") {
    return `${value} (${typeof value})`;
  }
  if (typeof value === "bigint") {
    return `${value}n (bigint)`;
  }
  if (value === null || value === undefined) {
    return String(value);
  }
  if (Array.isArray(value)) {
    return `an array of ${value.length}`;
  }
  if (typeof value === "function") {
    return "a function";
  }
  if (typeof value === "symbol") {
    return "a symbol";
  }
  const maker: unknown = Object.getPrototypeOf(value)?.constructor;
  return typeof maker === "function" && maker.name !== "Object"
    ? `an object (${maker.name})`
    : "an object";
}

function rangeText(rule: NumberRule): string {
  const { min, max } = rule;
  if (min !== undefined && max !== undefined) {
    return rule.above === true ? ` above ${min} and up to ${max}` : ` from ${min} to ${max}`;
  }
  if (min !== undefined) {
    return rule.above === true ? ` above ${min}` : ` from ${min} up`;
  }
  return max === undefined ? "" : ` up to ${max}`;
}

function nearestHint(word: string, known: readonly string[]): string {
  let nearest: string | undefined;
  let least = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest === undefined ? "." : `; did you mean \`${nearest}\`?`;
}

/** Levenshtein distance: single-character edits between two words. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
