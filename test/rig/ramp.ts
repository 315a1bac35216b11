/**
 * A ramp is a sound that counts its own frames: each frame is the one before plus one, from 1 to
 * 65,535 and round again, as 16-bit words. It is never 0, so that silence cannot be taken for it,
 * and whoever looks at a recording of it sees each frame that was lost or came twice.
 */
const PERIOD = 65_535;

export interface RampOptions {
  /** Frames of the ramp itself. */
  readonly frames: number;
  /**
   * Frames of silence before it, so that its start is not lost while recorder and player find each
   * other.
   */
  readonly leadFrames?: number;
  /** Frames of silence after it. */
  readonly tailFrames?: number;
  /** Each channel carries the same counter. */
  readonly channels?: number;
}

/**
 * Interleaved frames in the order of bytes of this machine, which is s16le on every platform that
 * Node runs on.
 */
export function makeRamp(options: RampOptions): Int16Array {
  const { frames, leadFrames = 0, tailFrames = 0, channels = 1 } = options;
  const ramp = new Int16Array((leadFrames + frames + tailFrames) * channels);
  for (let frame = 0; frame < frames; frame++) {
    const start = (leadFrames + frame) * channels;
    ramp.fill(counterAt(frame), start, start + channels);
  }
  return ramp;
}

/** The bytes of a ramp, for a file or a player. */
export function rampBytes(ramp: Int16Array): Uint8Array {
  return new Uint8Array(ramp.buffer, ramp.byteOffset, ramp.byteLength);
}

export interface RampBreak {
  /** The frame where the counter was not the expected one, from the start of the samples. */
  readonly position: number;
  /** Counters as unsigned 16-bit numbers; `got` is 0 where silence stands inside the ramp. */
  readonly expected: number;
  readonly got: number;
}

export interface RampReport {
  /** The first frame that is not silence; -1 when all of it is. */
  readonly start: number;
  /** Frames of the ramp that are there, silence inside it not counted. */
  readonly frames: number;
  readonly lost: number;
  readonly repeated: number;
  /**
   * Frames of silence inside the ramp: after lost frames they may fill the gap, without them they
   * were put in.
   */
  readonly silent: number;
  readonly breaks: readonly RampBreak[];
}

/**
 * Looks at one channel of a recorded ramp, which may begin anywhere in it; silence at both ends is
 * not part of it. A jump ahead by less than half a period is a loss, any other a repetition. Lost
 * frames at the very end cannot be seen here: compare `frames` with what was played.
 */
export function verifyRamp(samples: Int16Array): RampReport {
  const start = samples.findIndex((sample) => sample !== 0);
  const end = samples.findLastIndex((sample) => sample !== 0) + 1;
  const breaks: RampBreak[] = [];
  let frames = 0;
  let lost = 0;
  let repeated = 0;
  let silent = 0;
  let expected = start === -1 ? 0 : unsigned(samples[start]);
  let inSilence = false;
  for (let position = Math.max(start, 0); position < end; position++) {
    const got = unsigned(samples[position]);
    if (got === 0) {
      if (!inSilence) {
        breaks.push({ position, expected, got });
      }
      inSilence = true;
      silent++;
      continue;
    }
    if (got !== expected) {
      const ahead = (got - expected + PERIOD) % PERIOD;
      if (ahead < PERIOD / 2) {
        lost += ahead;
      } else {
        repeated += PERIOD - ahead;
      }
      if (!inSilence) {
        breaks.push({ position, expected, got });
      }
    }
    inSilence = false;
    frames++;
    expected = (got % PERIOD) + 1;
  }
  return { start, frames, lost, repeated, silent, breaks };
}

/** The counter of a frame of the ramp, as an unsigned number. */
function counterAt(frame: number): number {
  return (frame % PERIOD) + 1;
}

function unsigned(sample: number | undefined): number {
  return (sample ?? 0) & 0xffff;
}
