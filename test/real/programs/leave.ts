// Leaves a recording in one of the ways in which scripts end.
import { devices, InputStream, record } from "../../../src/index.js";
import { PyAudio, paInt16 } from "../../../src/portaudio.js";
import { ready, report, task } from "./task.js";

export interface LeaveTask {
  readonly way: keyof typeof WAYS;
  /** For ways that end in the middle of something: how long after its begin. */
  readonly afterMs?: number;
}

const OPTIONS = { format: "int16", sampleRate: 44_100, blockFrames: 441 } as const;

const WAYS = {
  "break in the loop": () =>
    inLoop(() => {
      // The loop is left below.
    }),
  "throw in the loop": () =>
    inLoop(() => {
      throw new Error("thrown in the loop");
    }),
  "process.exit(3) in the loop": () => inLoop(() => process.exit(3)),
  "uncaught exception": () =>
    forever(() => {
      setImmediate(() => {
        throw new Error("thrown beside the loop");
      });
    }),
  "unhandled rejection": () =>
    forever(() => {
      void Promise.reject(new Error("rejected beside the loop"));
    }),
  "a signal": () => forever(ready),
  "process.exit(3) in the handler of a signal": () => {
    process.once("SIGINT", () => process.exit(3));
    return forever(ready);
  },
  "an AbortSignal on Ctrl-C": async () => {
    const stop = new AbortController();
    process.once("SIGINT", () => stop.abort());
    const take = await record({
      ...OPTIONS,
      signal: stop.signal,
      progress: ({ frames }) => {
        if (frames === OPTIONS.blockFrames) {
          ready();
        }
      },
    });
    report({ frames: take.length });
  },
  "process.exit(3) after opening": async () => {
    await InputStream.open(OPTIONS);
    process.exit(3);
  },
  "process.exit(3) while opening": async () => {
    later(() => process.exit(3));
    await InputStream.open(OPTIONS);
  },
  "process.exit(3) while listing": async () => {
    later(() => process.exit(3));
    await devices();
  },
  "process.exit(3) while closing": async () => {
    const stream = await InputStream.open(OPTIONS);
    await stream.start();
    later(() => process.exit(3));
    await stream.close();
  },
  "process.exit(3) between two reads of a PyAudio stream": () => {
    openedPyAudio().read(441);
    process.exit(3);
  },
  "the end of a PyAudio script that closes nothing": () => {
    openedPyAudio().read(441);
  },
  "throw between two reads of a PyAudio stream": () => {
    openedPyAudio().read(441);
    throw new Error("thrown between two reads");
  },
} satisfies Record<string, () => void | Promise<void>>;

const { way, afterMs = 0 } = task<LeaveTask>();
await WAYS[way]();

async function inLoop(leave: () => void): Promise<void> {
  for await (const block of await InputStream.open(OPTIONS)) {
    if (block.position > 0) {
      leave();
      break;
    }
  }
}

/** Calls back once, in the loop, and goes on. */
async function forever(then: () => void): Promise<void> {
  for await (const block of await InputStream.open(OPTIONS)) {
    if (block.position === OPTIONS.blockFrames) {
      then();
    }
  }
}

/** Does it after the time of the task, also when the event loop is busy then. */
function later(then: () => void): void {
  if (afterMs === 0) {
    setImmediate(then);
  } else {
    setTimeout(then, afterMs);
  }
}

function openedPyAudio(): ReturnType<PyAudio["open"]> {
  return new PyAudio().open({
    format: paInt16,
    channels: 1,
    rate: 44_100,
    input: true,
    framesPerBuffer: 441,
  });
}
