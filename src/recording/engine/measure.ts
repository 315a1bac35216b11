// Runs in the writer thread.
import type { Frames, SampleFormat } from "../../format.js";

/** What of a sample is full scale or beyond, in a format: the last code of an integer, 1 of a float. */
const LARGEST: Readonly<Record<SampleFormat, number>> = {
  int8: 1 - 2 ** -7,
  uint8: 1 - 2 ** -7,
  int16: 1 - 2 ** -15,
  int24: 1 - 2 ** -23,
  int32: 1 - 2 ** -31,
  float32: 1,
};

/** How loud a stretch of frames was, for each channel; stretches can be put together. */
export class Measure {
  frames: Frames = 0;
  /** Largest absolute sample. */
  readonly peak: Float64Array;
  /** Sum of the squares. */
  readonly squares: Float64Array;
  /** Samples at full scale or beyond. */
  readonly clipped: Float64Array;

  constructor(channels: number) {
    this.peak = new Float64Array(channels);
    this.squares = new Float64Array(channels);
    this.clipped = new Float64Array(channels);
  }

  /** Forgets everything. */
  clear(): void {
    this.frames = 0;
    this.peak.fill(0);
    this.squares.fill(0);
    this.clipped.fill(0);
  }

  /** Adds the frames from `from` up to, not including, `end`. */
  take(planar: readonly Float32Array[], from: Frames, end: Frames, format: SampleFormat): void {
    const most = LARGEST[format];
    for (let channel = 0; channel < planar.length; channel++) {
      const samples = planar[channel] ?? new Float32Array(0);
      let largest = 0;
      let squares = 0;
      let clipped = 0;
      for (let at = from; at < end; at++) {
        const sample = samples[at] ?? 0;
        const size = Math.abs(sample);
        if (size > largest) {
          largest = size;
        }
        squares += sample * sample;
        if (sample >= most || sample <= -1) {
          clipped += 1;
        }
      }
      this.peak[channel] = Math.max(this.peak[channel] ?? 0, largest);
      this.squares[channel] = (this.squares[channel] ?? 0) + squares;
      this.clipped[channel] = (this.clipped[channel] ?? 0) + clipped;
    }
    this.frames += end - from;
  }

  /** Adds frames of silence. */
  takeSilence(frames: Frames): void {
    this.frames += frames;
  }

  /** Adds what another one has seen. */
  add(other: Measure): void {
    this.frames += other.frames;
    for (let channel = 0; channel < this.peak.length; channel++) {
      this.peak[channel] = Math.max(this.peak[channel] ?? 0, other.peak[channel] ?? 0);
      this.squares[channel] = (this.squares[channel] ?? 0) + (other.squares[channel] ?? 0);
      this.clipped[channel] = (this.clipped[channel] ?? 0) + (other.clipped[channel] ?? 0);
    }
  }

  /** Root of the mean square, for each channel; 0 without frames. */
  get rms(): number[] {
    return Array.from(this.squares, (sum) =>
      this.frames === 0 ? 0 : Math.sqrt(sum / this.frames),
    );
  }
}
