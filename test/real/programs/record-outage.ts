// Records a ramp that counts frames from 1 on while something happens to the device or to this process.
import {
  AudioError,
  findDevice,
  type GapCause,
  InputStream,
  type InputStreamOptions,
} from "../../../src/index.js";
import { ready, report, task } from "./task.js";

export interface RecordOutageTask {
  readonly options: InputStreamOptions;
  /** The recording ends after so many seconds of the stream's own time, gaps included. */
  readonly seconds: number;
  /** Records from the JACK client whose name begins so, instead of the default device. */
  readonly jackClient?: string;
  /** What a sample is multiplied with to give the count. Default 1. */
  readonly scale?: number;
  /** A second and a half after the start the audio thread itself is held for so long, once. */
  readonly holdAudioThreadMs?: number;
}

/** A place where the ramp did not go on by one, or where the stream says that frames are missing. */
export interface Outage {
  /** Of the first frame behind it. */
  readonly position: number;
  /** What the stream says is missing, and why. */
  readonly dropped: number;
  readonly cause?: GapCause;
  /** What the ramp says is missing; below 0 when frames came twice. */
  readonly missing: number;
}

export interface RecordOutageReport {
  /** The first ones. */
  readonly outages: readonly Outage[];
  /** Frames of silence since the ramp began, which has none. */
  readonly silent: number;
  readonly stalls: number;
  readonly droppedFrames: number;
  /** Frames that came, and where the stream was at the end of the last of them. */
  readonly frames: number;
  readonly position: number;
  /** With the time since this program said "ready". */
  readonly error?: { readonly code: string; readonly message: string; readonly afterMs: number };
}

const { options, seconds, jackClient, scale = 1, holdAudioThreadMs } = task<RecordOutageTask>();
const stream = await InputStream.open({
  ...(jackClient !== undefined && {
    device: await findDevice(
      (device) => device.hostApi.name.startsWith("JACK") && device.name.startsWith(jackClient),
    ),
  }),
  ...(holdAudioThreadMs !== undefined && { processor: holdingProcessor(holdAudioThreadMs) }),
  // Whatever goes wrong, this process ends.
  signal: AbortSignal.timeout(50_000),
  ...options,
});
const outages: Outage[] = [];
let frames = 0;
let silent = 0;
let position = 0;
let told = false;
/** The count that comes next, once the ramp has begun. */
let expected: number | undefined;
let toldAt = 0;
let error: RecordOutageReport["error"];
try {
  for await (const block of stream) {
    take(block.samples, block.position, block.droppedBefore, block.dropCause);
    position = block.position + block.length;
    if (!told && expected !== undefined && position > stream.sampleRate) {
      told = true;
      toldAt = performance.now();
      ready();
    }
    if (position >= seconds * stream.sampleRate) {
      break;
    }
  }
} catch (fault) {
  if (!(fault instanceof AudioError)) {
    throw fault;
  }
  const afterMs = Math.round(performance.now() - toldAt);
  error = { code: fault.code, message: fault.message, afterMs };
}
report({
  outages: outages.slice(0, 10),
  silent,
  stalls: stream.stats.input?.stalls ?? 0,
  droppedFrames: stream.droppedFrames,
  frames,
  position,
  ...(error && { error }),
} satisfies RecordOutageReport);

/** A processor that takes long for one block. */
function holdingProcessor(ms: number): URL {
  const module = `
    let held = false;
    export function process(input, output, { position, sampleRate }) {
      if (!held && position > 1.5 * sampleRate) {
        held = true;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${ms});
      }
    }`;
  return new URL(`data:text/javascript,${encodeURIComponent(module)}`);
}

function take(
  samples: ArrayLike<number>,
  start: number,
  droppedBefore: number,
  cause: GapCause | undefined,
): void {
  frames += samples.length;
  let dropped = droppedBefore;
  for (let index = 0; index < samples.length; index++) {
    const frame = Math.round((samples[index] ?? 0) * scale);
    if (frame === 0) {
      silent += expected === undefined ? 0 : 1;
      continue;
    }
    const missing = frame - (expected ?? frame);
    if (missing !== 0 || dropped > 0) {
      outages.push({
        position: start + index,
        dropped,
        missing,
        ...(cause !== undefined && dropped > 0 && { cause }),
      });
      dropped = 0;
    }
    expected = frame + 1;
  }
}
