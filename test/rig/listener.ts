import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { type BoundChild, startBoundChild } from "./bound-child.js";
import type { Pulse } from "./pulse.js";

/** Hears what the private PulseAudio plays. */
export interface Listener {
  /** Frames heard so far. */
  readonly frames: number;
  /** Waits until so many more were heard. */
  more(frames: number): Promise<void>;
  /** Ends the listening and gives all that was heard. */
  stop(): Promise<Int16Array>;
}

/** Starts to listen to the sink of a private PulseAudio of one channel of s16le, and waits until it hears. */
export async function startListener(pulse: Pulse, rate: number): Promise<Listener> {
  // By default the sink renders two seconds at once, and no underflow of a player would be heard.
  const parec = await startParec(pulse, rate, 20);
  const chunks: Buffer[] = [];
  parec.process.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
  const listener: Listener = {
    get frames() {
      return Math.floor(chunks.reduce((sum, chunk) => sum + chunk.length, 0) / 2);
    },
    async more(frames) {
      for (const enough = listener.frames + frames; listener.frames < enough; ) {
        assert.ok(parec.running(), parec.stderrText());
        await sleep(20);
      }
    },
    async stop() {
      await parec.stop();
      const bytes = Buffer.concat(chunks);
      const heard = new Int16Array(Math.floor(bytes.length / 2));
      new Uint8Array(heard.buffer).set(bytes.subarray(0, heard.byteLength));
      return heard;
    },
  };
  try {
    await listener.more(1);
  } catch (error) {
    await parec.stop();
    throw error;
  }
  return listener;
}

/** Starts what listens to that sink: raw frames on stdout, at least each so many milliseconds. */
export function startParec(pulse: Pulse, rate: number, latencyMs: number): Promise<BoundChild> {
  return startBoundChild(
    "parec",
    [
      "--raw",
      "--device=mic.monitor",
      "--format=s16le",
      `--rate=${rate}`,
      "--channels=1",
      `--latency-msec=${latencyMs}`,
    ],
    { env: pulse.env, readStdout: true },
  );
}
