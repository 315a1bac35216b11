// Records while the sound server is killed, and tries again after that.
import { AudioError, InputStream, record } from "../../../src/index.js";
import { ready, report } from "./task.js";

export interface FaultSeen {
  readonly name: string;
  readonly code?: string;
  readonly message: string;
  /** Whether the host's own words are there. */
  readonly hostText?: string | undefined;
  readonly recordedFrames?: number | undefined;
  readonly ms: number;
}

export interface LostDaemonReport {
  readonly record: FaultSeen;
  readonly stream: FaultSeen;
  readonly framesOfStream: number;
  readonly recordAgain: FaultSeen;
}

const OPTIONS = { format: "int16", sampleRate: 44_100, blockFrames: 4410 } as const;
let told = false;
let framesOfStream = 0;
const [first, second] = await Promise.all([
  faultOf(() =>
    record({
      ...OPTIONS,
      seconds: 60,
      progress: ({ seconds }) => {
        if (seconds >= 1 && !told) {
          told = true;
          ready();
        }
      },
    }),
  ),
  faultOf(async () => {
    for await (const block of await InputStream.open(OPTIONS)) {
      framesOfStream += block.length;
    }
  }),
]);
report({
  record: first,
  stream: second,
  framesOfStream,
  recordAgain: await faultOf(() => record({ ...OPTIONS, seconds: 1 })),
} satisfies LostDaemonReport);

async function faultOf(action: () => Promise<unknown>): Promise<FaultSeen> {
  const started = performance.now();
  try {
    await action();
    return { name: "no error", message: "", ms: performance.now() - started };
  } catch (error) {
    if (!(error instanceof Error)) {
      throw error;
    }
    const { name, message } = error;
    const ms = Math.round(performance.now() - started);
    return error instanceof AudioError
      ? {
          name,
          message,
          ms,
          code: error.code,
          hostText: error.host?.hostApiText ?? error.host?.text,
          recordedFrames: error.recording?.length,
        }
      : { name, message, ms };
  }
}
