// Runs in audio threads only.
import { bytesPerFrame, type Frames, type SampleFormat } from "../../format.js";
import type { BusShape, LoopbackBus } from "./loopback-bus.js";
import type { SignalSource } from "./signals.js";

/** How the frames of one direction are stored. */
export interface CableSide {
  readonly format: SampleFormat;
  readonly channels: number;
}

/** A stretch of device time in which the stream ran: frame `from` and all behind it are `base` further on the bus. */
interface Stretch {
  readonly from: Frames;
  readonly base: Frames;
}

/** Frames that were written while the stream was stopped. */
interface Primed {
  readonly position: Frames;
  readonly count: Frames;
  readonly bytes: Uint8Array;
}

/**
 * How one stream is connected to a loopback bus. A bus of the stream's own is counted in its device time; one that is
 * shared in frames of the clock of the process, from which device time is a bit away after each start.
 */
export class LoopbackCable implements SignalSource {
  readonly length: Frames = Number.POSITIVE_INFINITY;
  readonly #bus: LoopbackBus;
  readonly #isShared: boolean;
  readonly #input: CableSide | undefined;
  readonly #output: CableSide | undefined;
  #isRunning = false;
  /** The newest is the last; those that nobody can ask for any more are gone. */
  #stretches: Stretch[] = [{ from: 0, base: 0 }];
  #primed: Primed[] = [];

  constructor(
    bus: LoopbackBus,
    isShared: boolean,
    sides: { readonly input: CableSide | undefined; readonly output: CableSide | undefined },
  ) {
    this.#bus = bus;
    this.#isShared = isShared;
    this.#input = sides.input;
    this.#output = sides.output;
  }

  /** How the bus is made. */
  get shape(): BusShape {
    return this.#bus.shape;
  }

  /** The stream runs again at the device time `now`; `epoch` is the frame of the process' clock at device time 0. */
  started(now: Frames, epoch: Frames): void {
    this.#isRunning = true;
    if (this.#isShared) {
      const known = this.#input === undefined ? [] : this.#stretches;
      this.#stretches = [...known, { from: now, base: epoch }];
    }
    for (const { bytes, position, count } of this.#primed) {
      this.play(bytes, position, count);
    }
    this.#primed = [];
  }

  stopped(): void {
    this.#isRunning = false;
  }

  /** Plays frames from the device time `position` on. While the stream is stopped their place is not known yet. */
  play(source: Uint8Array, position: Frames, count: Frames): void {
    if (this.#output === undefined) {
      return;
    }
    if (this.#isShared && !this.#isRunning) {
      this.#primed.push({ position, count, bytes: source.slice() });
      return;
    }
    const { format, channels } = this.#output;
    this.#bus.write(source, format, channels, this.#newest.base + position, count);
  }

  /** Takes back what was to be played from device time `from` up to `to`. */
  takeBack(from: Frames, to: Frames): void {
    if (this.#isShared && !this.#isRunning) {
      this.#primed = [];
    } else {
      this.#bus.erase(this.#newest.base + from, to - from);
    }
  }

  /** Writes what the input hears from device time `position` on to `target`. */
  write(target: Uint8Array, position: Frames, count: Frames): void {
    if (this.#input === undefined) {
      return;
    }
    const { format, channels } = this.#input;
    const { latency } = this.#bus.shape;
    const frameBytes = bytesPerFrame(format, channels);
    for (let done = 0; done < count; ) {
      const { base, end } = this.#stretchAt(position + done);
      const frames = Math.min(count - done, end - position - done);
      const part = target.subarray(done * frameBytes);
      this.#bus.read(part, format, channels, base + position + done - latency, frames);
      done += frames;
    }
  }

  /** The first frame that is still held when the stream has heard `heard` frames. */
  oldest(heard: Frames): Frames {
    const held = this.#newest.base + heard - this.#bus.shape.hold;
    for (const [index, { from, base }] of this.#stretches.entries()) {
      const first = Math.max(from, held - base);
      if (first < (this.#stretches[index + 1]?.from ?? Number.POSITIVE_INFINITY)) {
        return first;
      }
    }
    return heard;
  }

  /** The stretch of a frame that is read, and where it ends; earlier ones are forgotten. */
  #stretchAt(position: Frames): { readonly base: Frames; readonly end: Frames } {
    for (;;) {
      const end = this.#stretches[1]?.from ?? Number.POSITIVE_INFINITY;
      if (position < end) {
        return { base: this.#stretches[0]?.base ?? 0, end };
      }
      this.#stretches.shift();
    }
  }

  close(): void {}

  get #newest(): Stretch {
    return this.#stretches.at(-1) ?? { from: 0, base: 0 };
  }
}
