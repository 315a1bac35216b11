import { bytesPerFrame, type Frames, type SampleFormat } from "../format.js";
import type { Device } from "../hosts/host.js";
import { convertFrames, deinterleaveFrames, interleaveFrames } from "../samples.js";

/** How the channels of a source go to those of a device. */
export interface Spread {
  /** The channels of the device, counted from 0. */
  readonly channels: readonly number[];
  /** The frames of a run as they are written: `channels.length` channels wide. */
  apply(run: Uint8Array): Uint8Array;
}

/**
 * What people expect: one channel is heard on both of the first two, more go to the first ones in order, and a device with
 * only one channel plays the mean of all. With `asked` the source's channels go to just those, in that order; a source of
 * one channel goes to all of them.
 *
 * Throws RangeError when the device has too few channels, or `asked` another number than the source.
 */
export function spreadOf(
  sourceChannels: number,
  format: SampleFormat,
  device: Device,
  asked: readonly number[] | undefined,
): Spread {
  const most = device.maxOutputChannels;
  if (asked !== undefined) {
    if (sourceChannels !== 1 && asked.length !== sourceChannels) {
      throw new RangeError(
        `Expected \`channels\` to name a channel for each of the source's ${sourceChannels}, got ${asked.length}`,
      );
    }
    return sourceChannels === asked.length ? straight(asked) : copies(asked, format);
  }
  const first = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
  if (sourceChannels === 1) {
    return most === 1 ? straight([0]) : copies([0, 1], format);
  }
  if (most === 1) {
    return mean(sourceChannels, format);
  }
  if (sourceChannels > most) {
    throw new RangeError(
      `The source has ${sourceChannels} channels, ${device.name} plays ${most}: mix it down, or choose another device`,
    );
  }
  return straight(first(sourceChannels));
}

function straight(channels: readonly number[]): Spread {
  return { channels, apply: (run) => run };
}

/** One channel on several. */
function copies(channels: readonly number[], format: SampleFormat): Spread {
  const picked = channels.map(() => 0);
  return {
    channels,
    apply(run) {
      const frames = run.byteLength / bytesPerFrame(format, 1);
      const target = new Uint8Array(run.byteLength * channels.length);
      convertFrames({ bytes: run, format, channels: 1 }, picked, frames, target, format);
      return target;
    },
  };
}

/** The mean of all channels on one. */
function mean(sourceChannels: number, format: SampleFormat): Spread {
  return {
    channels: [0],
    apply(run) {
      const frames: Frames = run.byteLength / bytesPerFrame(format, sourceChannels);
      const channels = Array.from({ length: sourceChannels }, () => new Float32Array(frames));
      deinterleaveFrames({ bytes: run, format, channels: sourceChannels }, frames, channels);
      const mixed = new Float32Array(frames);
      for (const channel of channels) {
        for (let frame = 0; frame < frames; frame++) {
          mixed[frame] = (mixed[frame] ?? 0) + (channel[frame] ?? 0) / sourceChannels;
        }
      }
      const target = new Uint8Array(frames * bytesPerFrame(format, 1));
      interleaveFrames([mixed], 0, frames, target, format);
      return target;
    },
  };
}
