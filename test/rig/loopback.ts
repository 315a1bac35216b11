import { bytesPerFrame, type Frames, type SampleFormat, silenceByte } from "../../src/format.js";
import { InputStream } from "../../src/index.js";

let made = 0;

/** A loopback with a clock that no other test of this process plays to, at 8,000 Hz. */
export function newLoopback(options = ""): string {
  made += 1;
  return `virtual:loopback?rate=8000&latency=${(0.01 + made / 1000).toFixed(3)}${options}`;
}

/** What is heard of a loopback while something is played to it. */
export interface Ear {
  /**
   * The frames from the first one on that is not silent, `frames` of them. Waits until they have come; what never comes
   * is for the time limit of the test.
   */
  hear(frames: Frames): Promise<Uint8Array>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Listens to a loopback from now on. */
export async function listenTo(device: string, format: SampleFormat, channels = 1): Promise<Ear> {
  const stream = await InputStream.open({ device, format, channels, blockFrames: 80 });
  const frameBytes = bytesPerFrame(format, channels);
  const silence = silenceByte(format);
  await stream.start();
  let heard = Buffer.alloc(0);
  const isLoud = (byte: number): boolean => byte !== silence;
  return {
    async hear(frames) {
      for (;;) {
        const loud = heard.findIndex(isLoud);
        const start = loud === -1 ? heard.byteLength : loud - (loud % frameBytes);
        if (heard.byteLength - start >= frames * frameBytes) {
          const wanted = Uint8Array.from(heard.subarray(start, start + frames * frameBytes));
          heard = heard.subarray(start + frames * frameBytes);
          return wanted;
        }
        const target = new Uint8Array(80 * frameBytes);
        const count = await stream.readInto(target);
        heard = Buffer.concat([heard.subarray(start), target.subarray(0, count * frameBytes)]);
      }
    },
    async [Symbol.asyncDispose]() {
      await stream.close();
    },
  };
}

/** Counters from `first` on, as int16: 1 and up, so that none is silence. */
export function counters(first: number, frames: Frames): Int16Array {
  return Int16Array.from({ length: frames }, (_, index) => first + index);
}

/** Heard bytes of int16 as numbers. */
export function int16s(bytes: Uint8Array): number[] {
  return [...new Int16Array(bytes.slice().buffer)];
}
