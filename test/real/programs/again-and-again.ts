// Opens and closes streams, hundreds of them, and counts what is left behind. Needs --expose-gc.
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { InputStream, OutputStream } from "../../../src/index.js";
import { report, task } from "./task.js";

export interface AgainTask {
  readonly way: keyof typeof WAYS;
  readonly warmUp: number;
  readonly streams: number;
}

export interface Footprint {
  readonly threads: number;
  readonly files: number;
  readonly megabytes: number;
}

export interface AgainReport {
  readonly before: Footprint;
  readonly after: Footprint;
  /** Whether the process still has PortAudio, though no stream is open. */
  readonly staysLoaded: boolean;
}

const WAYS = {
  /** The default microphone; every tenth stream records. */
  input: async (time: number) => {
    await using stream = await InputStream.open({ format: "int16", sampleRate: 44_100 });
    if (time % 10 === 0) {
      for await (const _block of stream) {
        break;
      }
    }
  },
  "virtual output": async () => {
    await using stream = await OutputStream.open({ device: "virtual:sink", channels: 1 });
    await stream.write(new Float32Array(441));
  },
};

const { way, warmUp, streams } = task<AgainTask>();
for (let time = 0; time < warmUp; time++) {
  await WAYS[way](time);
}
const before = await footprint();
for (let time = 0; time < streams; time++) {
  await WAYS[way](time);
}
report({
  before,
  after: await footprint(),
  staysLoaded: readFileSync("/proc/self/maps", "utf8").includes("libportaudio"),
} satisfies AgainReport);

/** What the process holds when its threads are gone: they take a moment. */
async function footprint(): Promise<Footprint> {
  let least: Footprint | undefined;
  for (let look = 0; look < 20; look++) {
    await sleep(50);
    globalThis.gc?.();
    const now = {
      threads: readdirSync("/proc/self/task").length,
      files: readdirSync("/proc/self/fd").length,
      megabytes: process.memoryUsage.rss() / 2 ** 20,
    };
    least = {
      threads: Math.min(least?.threads ?? now.threads, now.threads),
      files: Math.min(least?.files ?? now.files, now.files),
      megabytes: Math.min(least?.megabytes ?? now.megabytes, now.megabytes),
    };
  }
  return least ?? { threads: 0, files: 0, megabytes: 0 };
}
