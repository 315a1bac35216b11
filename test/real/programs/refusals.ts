// Gives wrong options, one at a time, and prints which of them were not refused as they must be.
import { devices, findDevice, InputStream, record, refreshDevices } from "../../../src/index.js";
import { PyAudio } from "../../../src/portaudio.js";
import { report } from "./task.js";

export interface RefusalsReport {
  readonly tried: number;
  readonly wrong: readonly string[];
}

const abort = new AbortController();
// What no compiler lets through is what this is about.
const loose = (value: unknown): never => value as never;

const STREAM: readonly (readonly [options: unknown, error: "TypeError" | "RangeError"])[] = [
  [null, "TypeError"],
  ["default", "TypeError"],
  [[], "TypeError"],
  [{ samplerate: 44_100 }, "TypeError"],
  [{ device: -1 }, "RangeError"],
  [{ device: 1.5 }, "RangeError"],
  [{ device: Number.NaN }, "RangeError"],
  [{ device: "" }, "RangeError"],
  [{ device: null }, "TypeError"],
  [{ device: {} }, "TypeError"],
  [{ device: true }, "TypeError"],
  [{ sampleRate: "44100" }, "TypeError"],
  [{ sampleRate: 0 }, "RangeError"],
  [{ sampleRate: -44_100 }, "RangeError"],
  [{ sampleRate: Number.POSITIVE_INFINITY }, "RangeError"],
  [{ sampleRate: Number.NaN }, "RangeError"],
  [{ sampleRate: 1e9 }, "RangeError"],
  [{ channels: 0 }, "RangeError"],
  [{ channels: -1 }, "RangeError"],
  [{ channels: 1.5 }, "RangeError"],
  [{ channels: "1" }, "TypeError"],
  [{ channels: [] }, "RangeError"],
  [{ channels: [0, 0] }, "RangeError"],
  [{ channels: [-1] }, "RangeError"],
  [{ channels: ["0"] }, "TypeError"],
  [{ channels: 1e6 }, "RangeError"],
  [{ format: "int17" }, "RangeError"],
  [{ format: 16 }, "TypeError"],
  [{ latency: "medium" }, "RangeError"],
  [{ latency: 0 }, "RangeError"],
  [{ latency: 11 }, "RangeError"],
  [{ blockFrames: 0 }, "RangeError"],
  [{ blockFrames: 2 ** 21 }, "RangeError"],
  [{ bufferSeconds: 0 }, "RangeError"],
  [{ bufferSeconds: 601 }, "RangeError"],
  [{ signal: {} }, "TypeError"],
];

const RECORD: typeof STREAM = [
  [undefined, "TypeError"],
  [{}, "TypeError"],
  [{ seconds: 1, frames: 44_100 }, "TypeError"],
  [{ seconds: 0 }, "RangeError"],
  [{ seconds: -1 }, "RangeError"],
  [{ seconds: "5" }, "TypeError"],
  [{ seconds: Number.NaN }, "RangeError"],
  [{ seconds: 1e12 }, "RangeError"],
  [{ frames: 0 }, "RangeError"],
  [{ frames: 1.5 }, "RangeError"],
  [{ seconds: 1, second: 1 }, "TypeError"],
  [{ seconds: 1, progress: "yes" }, "TypeError"],
  [{ seconds: 1, fillGaps: 1 }, "TypeError"],
];

const OTHERS: readonly (readonly [name: string, () => unknown, error: string])[] = [
  ["findDevice(undefined)", () => findDevice(loose(undefined)), "TypeError"],
  ["findDevice('a', both ways)", () => findDevice("a", loose({ direction: "both" })), "RangeError"],
  ["devices(unknown host)", () => devices(loose({ host: "alsa" })), "RangeError"],
  ["refreshDevices(unknown option)", () => refreshDevices(loose({ hosts: 1 })), "TypeError"],
  // Here the library itself is the first thing that is missed: nothing native was tried before.
  ["devices()", () => devices(), "AudioError"],
  ["new PyAudio()", () => new PyAudio(), "AudioError"],
  ["record() with an aborted signal", recordAborted, "AbortError"],
];

const wrong: string[] = [];
for (const [options, expected] of STREAM) {
  const text = JSON.stringify(options);
  await expectError(`open(${text})`, expected, () => InputStream.open(loose(options)));
  if (typeof options === "object" && options !== null && !Array.isArray(options)) {
    await expectError(`record(${text})`, expected, () => record(loose({ seconds: 1, ...options })));
  }
}
for (const [options, expected] of RECORD) {
  await expectError(`record(${JSON.stringify(options)})`, expected, () => record(loose(options)));
}
for (const [name, action, expected] of OTHERS) {
  await expectError(name, expected, action);
}
report({
  tried: STREAM.length * 2 + RECORD.length + OTHERS.length,
  wrong,
} satisfies RefusalsReport);

function recordAborted(): Promise<unknown> {
  abort.abort();
  return record({ signal: abort.signal });
}

async function expectError(what: string, expected: string, action: () => unknown): Promise<void> {
  let got = "no error";
  try {
    await action();
  } catch (error) {
    got = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
  if (!got.startsWith(`${expected}: `)) {
    wrong.push(`${what}: expected ${expected}, got ${got}`);
  }
}
