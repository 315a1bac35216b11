// Plays a ramp on the default output, in one of several ways.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { AudioError, DuplexStream, OutputStream, type Underflow } from "../../../src/index.js";
import { PyAudio, paInt16 } from "../../../src/portaudio.js";
import { makeRamp } from "../../rig/ramp.js";
import { PassingRamp, type RampSeen } from "./passing-ramp.js";
import { holdThread, ready, report, task } from "./task.js";

export interface PlayRampTask {
  readonly way: keyof typeof WAYS;
  /** Frames of the ramp. */
  readonly frames: number;
  /** The writer pauses in the middle for so long. Default 0. */
  readonly pauseMs?: number;
}

export interface PlayRampReport {
  /** Each time that the stream says it ran dry; PyAudio's ways tell no more than that. */
  readonly underflows: readonly Partial<Underflow>[];
  /** Codes of what was thrown, with the time since "ready" in ms. */
  readonly thrown: readonly { readonly by: string; readonly code: string; readonly ms: number }[];
  /** What a duplex stream has recorded. */
  readonly recorded?: RampSeen;
  readonly droppedFrames?: number;
}

const RATE = 44_100;
const CHUNK = 1024;
const OPTIONS = { channels: 1, sampleRate: RATE, format: "int16" } as const;

const WAYS = { stream, pyaudio, killed, duplex };
const { way, frames, pauseMs = 0 } = task<PlayRampTask>();
const samples = makeRamp({ frames });
report((await WAYS[way]()) satisfies PlayRampReport);

async function stream(): Promise<PlayRampReport> {
  await using output = await OutputStream.open(OPTIONS);
  const half = samples.length / 2;
  await output.write(samples.subarray(0, half));
  if (pauseMs > 0) {
    // What was written is played before the pause begins.
    await sleep((half / RATE) * 1000 + pauseMs);
  }
  await output.write(samples.subarray(half));
  await output.drain();
  await output.stop();
  return { underflows: output.underflows, thrown: [] };
}

/** PyAudio's way: chunk after chunk, each write waits. */
function pyaudio(): Promise<PlayRampReport> {
  const p = new PyAudio();
  const output = p.open({
    format: paInt16,
    channels: 1,
    rate: RATE,
    output: true,
    framesPerBuffer: CHUNK,
  });
  const underflows: Partial<Underflow>[] = [];
  const middle = Math.floor(samples.length / CHUNK / 2) * CHUNK;
  for (let at = 0; at < samples.length; at += CHUNK) {
    if (at === middle && pauseMs > 0) {
      holdThread(pauseMs);
    }
    const chunk = samples.subarray(at, at + CHUNK);
    const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    try {
      output.write(bytes, chunk.length, true);
    } catch (error) {
      // It is told by the first write behind it, and what was to be written is queued all the same.
      assert.equal(codeOf(error), "output-underflowed");
      underflows.push({ position: at });
    }
  }
  output.stopStream();
  output.close();
  p.terminate();
  return Promise.resolve({ underflows, thrown: [] });
}

/** Plays on and on until somebody ends the server. */
async function killed(): Promise<PlayRampReport> {
  await using output = await OutputStream.open({ ...OPTIONS, waitSeconds: 3 });
  const thrown: { by: string; code: string; ms: number }[] = [];
  await output.write(samples);
  ready();
  const started = performance.now();
  const attempt = async (by: string, action: () => Promise<void>): Promise<void> => {
    try {
      await action();
    } catch (error) {
      thrown.push({ by, code: codeOf(error), ms: Math.round(performance.now() - started) });
    }
  };
  await Promise.all([
    attempt("write", async () => {
      for (;;) {
        await output.write(samples);
      }
    }),
    sleep(300).then(() => attempt("drain", () => output.drain())),
  ]);
  await attempt("write again", () => output.write(samples));
  await attempt("drain again", () => output.drain());
  return { underflows: [], thrown };
}

/** Records a ramp while it plays silence. */
async function duplex(): Promise<PlayRampReport> {
  const stream = await DuplexStream.open({ ...OPTIONS, signal: AbortSignal.timeout(40_000) });
  await stream.start();
  ready();
  const ramp = new PassingRamp(RATE);
  for await (const block of stream) {
    if (block.samples instanceof Int16Array) {
      ramp.add(block.samples);
    }
    await stream.write(new Int16Array(block.length));
    if (ramp.gone) {
      break;
    }
  }
  return {
    underflows: stream.underflows,
    thrown: [],
    recorded: ramp.seen(),
    droppedFrames: stream.stats.input?.droppedFrames ?? -1,
  };
}

function codeOf(error: unknown): string {
  if (!(error instanceof AudioError)) {
    throw error;
  }
  return error.code;
}
