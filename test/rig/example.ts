import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import type { Hertz } from "../../src/format.js";
import { runScript, type ScriptOptions, type ScriptResult } from "./child.js";

const EXAMPLES = path.join(import.meta.dirname, "../../examples");
const LISTENER = pathToFileURL(path.join(import.meta.dirname, "listen.preload.js")).href;

/** An empty folder of the test's own, as a user's would be. */
export function newFolder(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), "roomtone-example-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs an example, such as `pyaudio/record`, in a folder. It must end well and say nothing on stderr. */
export async function runExample(
  name: string,
  cwd: string,
  args: readonly string[],
  options: ScriptOptions = {},
): Promise<ScriptResult> {
  const script = path.join(EXAMPLES, `${name}.js`);
  const result = await runScript(script, { cwd, args, timeoutMs: 60_000, ...options });
  assert.equal(result.stderr, "");
  assert.deepEqual([result.code, result.timedOut], [0, false], `${name}\n${result.stdout}`);
  return result;
}

/** What is heard on a loopback. */
export interface Hearing {
  /** A loopback of this example alone. */
  readonly device: string;
  readonly rate: Hertz;
  readonly channels?: number;
}

/** Runs an example that plays on a loopback, and returns the int16 samples that are heard there from the first sound on. */
export async function hearExample(
  name: string,
  cwd: string,
  args: readonly string[],
  { device, rate, channels = 1 }: Hearing,
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
