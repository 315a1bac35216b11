import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { startBoundChild } from "./bound-child.js";
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
  const parec = await startBoundChild(
    "parec",
    [
      "--raw",
      "--device=mic.monitor",
      "--format=s16le",
      `--rate=${rate}`,
      "--channels=1",
      // By default the sink renders two seconds at once, and no underflow of a player would be heard.
      "--latency-msec=20",
    ],
    { env: pulse.env, readStdout: true },
  );
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
