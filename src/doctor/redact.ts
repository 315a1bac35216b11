import { homedir, hostname, userInfo } from "node:os";
import path from "node:path";

/** What is private about this machine. */
export interface Secrets {
  readonly home: string;
  readonly user: string;
  readonly host: string;
  /** Whole values that may hold private paths, such as those of environment variables. */
  readonly values: readonly string[];
}

/** Folders that are the same on every machine; the names in all others are private. */
const SYSTEM_FOLDERS =
  /^\/(?:usr|lib|lib64|etc|dev|proc|sys|run|var\/run|var\/lib|nix\/store|opt\/homebrew|opt\/local|System|Library|mnt\/wslg)(?:\/|$)/;
const WINDOWS_FOLDERS = /^[a-z]:\\(?:windows|program files(?: \(x86\))?)(?:\\|$)/i;
const PATHS = /(?<![\w.~:/\\>-])(?:\/[^\s"'`,;:()]+|[A-Za-z]:\\[^\s"'`,;()]+)/g;
/** The file of a virtual device, as its string has it: percent-encoded. */
const FILE_OF_DEVICE = /(?<=[?&]path=)[^&\s,"]+/g;
/** Names that say nothing about anybody, and short words that would be found everywhere. */
const COMMON_NAMES = new Set(["root", "user", "node", "runner", "admin", "ubuntu", "localhost"]);

/** What is private here. */
export function secretsHere(values: readonly string[]): Secrets {
  return { home: homedir(), user: userName(), host: hostname(), values };
}

/** A deep copy in which no text has a private path, the user's name or the host's. */
export function redacted<Value>(value: Value, secrets: Secrets): Value {
  const clean = (text: string): string => redactText(text, secrets);
  // Only texts are changed, so the copy has the shape of the value.
  return JSON.parse(JSON.stringify(value), (_key, part: unknown) =>
    typeof part === "string" ? clean(part) : part,
  ) as Value;
}

function redactText(text: string, { home, user, host, values }: Secrets): string {
  let clean = text.replace(FILE_OF_DEVICE, "<path>");
  // A path with a space in it can only be known as a whole.
  for (const value of values.filter((one) => isPrivatePath(one)).sort(byLength)) {
    clean = clean.replaceAll(value, shortPath(value, home));
  }
  clean = clean.replace(PATHS, (found) => (isPrivatePath(found) ? shortPath(found, home) : found));
  for (const [name, stand] of [
    [user, "<user>"],
    [host, "<host>"],
  ] as const) {
    if (name.length >= 3 && !COMMON_NAMES.has(name.toLowerCase())) {
      clean = clean.replace(new RegExp(`(?<![\\w])${escaped(name)}(?![\\w])`, "gi"), stand);
    }
  }
  return clean;
}

function isPrivatePath(text: string): boolean {
  const isPath = text.startsWith("/") || /^[A-Za-z]:\\/.test(text);
  return isPath && !SYSTEM_FOLDERS.test(text) && !WINDOWS_FOLDERS.test(text);
}

/** Where it begins and what it is called; the folders between are nobody's business. */
function shortPath(file: string, home: string): string {
  const system = file.startsWith("/") ? path.posix : path.win32;
  const inHome = file === home || file.startsWith(`${home}${system.sep}`);
  const name = file === home ? "" : `${system.sep}${system.basename(file)}`;
  return `${inHome ? "~" : "<path>"}${name}`;
}

function byLength(a: string, b: string): number {
  return b.length - a.length;
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run with a user number that has no name.
    return "";
  }
}
