// Opens and closes streams and counts what is left behind in the process.
import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { devices, InputStream } from "../../../src/index.js";
import { PyAudio, paInt16 } from "../../../src/portaudio.js";
import { report, task } from "./task.js";

export interface ManyStreamsTask {
  readonly way: keyof typeof WAYS;
  readonly streams: number;
}

export interface Leftovers {
  readonly threads: number;
  readonly files: number;
}

export interface ManyStreamsReport {
  readonly before: Leftovers;
  readonly after: Leftovers;
}

const OPTIONS = { format: "int16", sampleRate: 44_100, blockFrames: 441 } as const;

const WAYS = {
  "one after another": async (streams: number) => {
    for (let i = 0; i < streams; i++) {
      await openAndClose();
    }
  },
  "all at once": async (streams: number) => {
    await Promise.all([
      ...Array.from({ length: streams }, openAndClose),
      // The list is taken by a thread of its own, at the same time.
      devices(),
    ]);
  },
  "by PyAudio": (streams: number) => {
    for (let i = 0; i < streams; i++) {
      const p = new PyAudio();
      const stream = p.open({ format: paInt16, channels: 1, rate: 44_100, input: true });
      stream.read(441);
      p.terminate();
    }
    return Promise.resolve();
  },
} satisfies Record<string, (streams: number) => Promise<void>>;

const { way, streams } = task<ManyStreamsTask>();
// What is taken once and kept is not left behind: libraries, the thread pool, /dev/null.
await WAYS[way](2);
const before = await settled();
await WAYS[way](streams);
report({ before, after: await settled() } satisfies ManyStreamsReport);

async function openAndClose(): Promise<void> {
  for await (const _block of await InputStream.open(OPTIONS)) {
    break;
  }
}

/** The counts when they have not changed for a while: threads take a moment to be gone. */
async function settled(): Promise<Leftovers> {
  let counts = count();
  for (let same = 0, looks = 0; same < 10 && looks < 150; looks++) {
    await sleep(20);
    const now = count();
    same = now.threads === counts.threads && now.files === counts.files ? same + 1 : 0;
    counts = now;
  }
  return counts;
}

function count(): Leftovers {
  return {
    threads: readdirSync("/proc/self/task").length,
    files: readdirSync("/proc/self/fd").length,
  };
}
