import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import type { Frames, Hertz } from "../../src/format.js";
import { WavWriter } from "../../src/index.js";
import { runScript, type ScriptOptions, type ScriptResult } from "./child.js";
import { assertCounters } from "./counter.js";

const EXAMPLES = path.join(import.meta.dirname, "../../examples");
const LISTENER = pathToFileURL(path.join(import.meta.dirname, "listen.preload.js")).href;

/** An empty folder of the test's own, as a user's would be. */
export function newFolder(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), "roomtone-example-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** How an example is run, and the exit code with which it should end. */
export interface ExampleOptions extends ScriptOptions {
  readonly code?: number;
}

/** Runs an example, such as `pyaudio/record`, in a folder. It must end well and say nothing on stderr. */
export async function runExample(
  name: string,
  cwd: string,
  args: readonly string[],
  { code = 0, ...options }: ExampleOptions = {},
): Promise<ScriptResult> {
  const script = path.join(EXAMPLES, `${name}.js`);
  const result = await runScript(script, { cwd, args, timeoutMs: 60_000, ...options });
  assert.equal(result.stderr, "");
  assert.deepEqual([result.code, result.timedOut], [code, false], `${name}\n${result.stdout}`);
  return result;
}

/** What is heard on a loopback. */
export interface Hearing {
  /** A loopback of this example alone. */
  readonly device: string;
  readonly rate: Hertz;
  readonly channels: number;
}

/** Runs an example that plays on a loopback, and returns the int16 samples that are heard there from the first sound on. */
export async function hearExample(
  name: string,
  cwd: string,
  args: readonly string[],
  { device, rate, channels }: Hearing,
): Promise<{ readonly heard: Int16Array; readonly result: ScriptResult }> {
  const file = path.join(cwd, "heard.raw");
  const result = await runExample(name, cwd, args, {
    nodeOptions: ["--import", LISTENER],
    env: {
      LISTEN_DEVICE: device,
      LISTEN_RATE: String(rate),
      LISTEN_CHANNELS: String(channels),
      LISTEN_FILE: file,
    },
  });
  const bytes = readFileSync(file);
  const aligned = new Uint8Array(bytes);
  return { heard: new Int16Array(aligned.buffer), result };
}

/** A file of counters from 1 on, in each next channel 10,000 more: no frame is silent, and each loss is seen. */
export async function counterFile(
  folder: string,
  sampleRate: Hertz,
  frames: Frames,
  channels = 1,
): Promise<string> {
  const file = path.join(folder, "counters.wav");
  await using writer = await WavWriter.create(file, { sampleRate, channels, format: "int16" });
  const sample = (index: number): number =>
    Math.floor(index / channels) + 1 + (index % channels) * 10_000;
  await writer.write(Int16Array.from({ length: frames * channels }, (_, index) => sample(index)));
  return file;
}

/** Fails unless every counter was heard once, in order; on a busy machine there may be silence in between. */
export function assertHeard(heard: Int16Array, frames: Frames, first = 1): void {
  const sound = heard.filter((sample) => sample !== 0);
  assert.equal(sound.length, frames);
  assertCounters(sound, first);
}
