import { setTimeout as sleep } from "node:timers/promises";
import { startParec } from "../test/rig/listener.js";
import type { Pulse } from "../test/rig/pulse.js";

const SAMPLE_BYTES = 2;

/**
 * Listens to a private microphone of one channel of s16le all the time, so that the frames of any program's recording can
 * be put on the clock: a sound that is in both was heard at the same moment. It also makes the null sink give its
 * frames every 10 ms, as a real device does; alone it sleeps for up to two seconds.
 */
export interface ReferenceEar {
  /** Listens for the first frame that is no silence, from now on. */
  listen(): void;
  /** When that frame was heard, in seconds of the system's monotonic clock; undefined when there was none. */
  readonly heardAt: number | undefined;
  stop(): Promise<void>;
}

/** Starts to listen, and waits until frames have come for two seconds. */
export async function startReferenceEar(pulse: Pulse, rate: number): Promise<ReferenceEar> {
  const parec = await startParec(pulse, rate, 10);
  let frames = 0;
  /** When frame 0 was heard: chunks come late, never early. */
  let origin = Number.POSITIVE_INFINITY;
  let sound: number | undefined;
  let listening = false;
  // The rest of a chunk that ended within a frame.
  let odd = Buffer.alloc(0);
  parec.process.stdout?.on("data", (chunk: Buffer) => {
    const bytes = Buffer.concat([odd, chunk]);
    const count = Math.floor(bytes.byteLength / SAMPLE_BYTES);
    odd = bytes.subarray(count * SAMPLE_BYTES);
    if (listening) {
      const at = bytes.subarray(0, count * SAMPLE_BYTES).findIndex((byte) => byte !== 0);
      if (at !== -1) {
        sound = frames + Math.floor(at / SAMPLE_BYTES);
        listening = false;
      }
    }
    frames += count;
    origin = Math.min(origin, monotonicSeconds() - frames / rate);
  });
  await sleep(2000);
  return {
    listen() {
      listening = true;
      sound = undefined;
      // The clock of a busy server falls behind; what counts is how it goes now.
      origin = Number.POSITIVE_INFINITY;
    },
    get heardAt() {
      return sound === undefined ? undefined : origin + sound / rate;
    },
    stop: () => parec.stop(),
  };
}

/** The clock of Python's `time.monotonic()`. */
function monotonicSeconds(): number {
  return Number(process.hrtime.bigint()) / 1e9;
}
