// Runs in the audio thread.
import { AudioError } from "../errors.js";
import { bytesPerFrame, type Frames, type Hertz, type Milliseconds } from "../format.js";
import { ENDED, type GapCause, type HostStream, LOSS_UNKNOWN } from "../hosts/host.js";
import { resampledFrames } from "../resample/stages.js";
import type { StreamResampler } from "../resample/stream-resampler.js";
import { RingWriter } from "../ring.js";
import { createDither } from "../samples/dither.js";
import { convertFrames, type InterleavedSource } from "../samples.js";
import { CaptureClock } from "./capture-clock.js";
import type { InputPlan } from "./protocol.js";

/** Frames of one read: what the scratch memory holds. */
const CHUNK: Frames = 4096;

/** Sees the captured frames too, also those that the ring has no room for: a processor's input. */
export interface CaptureTap {
  /** `frames` interleaved frames in the plan's format, with `dropped` lost ones right before them. */
  feed(bytes: Uint8Array, frames: Frames, dropped: Frames): void;
}

/** What a capture has counted. */
export interface CaptureCounts {
  droppedFrames: Frames;
  gaps: number;
  overruns: number;
  stalls: number;
  clipped: number;
}

/** Moves frames from a host stream into a ring and counts what is lost on the way. */
export class Capture {
  /** Frames since the start, lost ones included, at the rate of the ring. */
  position: Frames = 0;
  readonly counts: CaptureCounts = {
    droppedFrames: 0,
    gaps: 0,
    overruns: 0,
    stalls: 0,
    clipped: 0,
  };

  readonly #stream: HostStream;
  readonly #ring: RingWriter;
  readonly #clock: CaptureClock;
  readonly #parentClock: Milliseconds;
  readonly #rate: Hertz;
  readonly #tap: CaptureTap | undefined;
  readonly #source: InterleavedSource;
  readonly #convert: Converter;
  readonly #resampler: StreamResampler | undefined;
  /** Frames since the start, lost ones included, at the rate of the device. */
  #devicePosition: Frames = 0;
  /** Lost frames that could not be noted in the ring yet. */
  #unnoted: Frames = 0;
  #unnotedCause: GapCause = "buffer-full";
  /** Lost frames that the tap was not told of yet. */
  #untapped: Frames = 0;
  /** Why the next loss of unknown length happened, when the device was opened anew. */
  #reopenedAfter: GapCause | undefined;

  constructor(
    stream: HostStream,
    plan: InputPlan,
    parentClock: Milliseconds,
    resampler?: { readonly rate: Hertz; readonly converter: StreamResampler },
    tap?: CaptureTap,
  ) {
    const side = stream.input;
    if (side === undefined) {
      throw new AudioError("internal", "A capture needs a stream with an input");
    }
    this.#stream = stream;
    this.#tap = tap;
    this.#ring = new RingWriter(plan.ring);
    this.#clock = new CaptureClock(stream.sampleRate);
    this.#parentClock = parentClock;
    this.#rate = resampler?.rate ?? stream.sampleRate;
    this.#resampler = resampler?.converter;
    this.#source = {
      bytes: new Uint8Array(CHUNK * bytesPerFrame(side.format, side.channels)),
      format: side.format,
      channels: side.channels,
    };
    this.#convert =
      resampler === undefined
        ? directConverter(this.#source, plan)
        : resamplingConverter(this.#source, plan, resampler.converter);
  }

  /** When frame 0 was heard, on the parent's clock, may be off by so much. */
  get timeUncertainty(): Milliseconds {
    return this.#clock.uncertainty;
  }

  /** When frame 0 was heard, on the parent's clock. */
  get origin(): Milliseconds {
    return this.#clock.origin + this.#parentClock;
  }

  /** The device was started. */
  started(now: Milliseconds): void {
    if (!this.#stream.paced) {
      // A device without a clock: its time is the count of its frames.
      const elapsed = (this.#devicePosition / this.#stream.sampleRate) * 1000;
      this.#clock.fix(now - elapsed);
      this.#ring.setOrigin(this.origin);
    } else {
      // The time in which it was stopped is no lateness.
      this.#clock.restart();
    }
  }

  /** The device was stopped: what a resampler holds back comes out, so that all that was heard can be read. */
  stopped(): void {
    this.#flush();
  }

  /** The device was opened anew: what is missing when frames come again is measured by the clock. */
  reopened(cause: GapCause): void {
    this.#reopenedAfter = cause;
    this.counts.stalls += 1;
  }

  /**
   * Moves what has come. Returns the frames moved, or {@link ENDED} when the source has no more.
   * Throws what the host throws.
   */
  pump(now: Milliseconds): Frames {
    const available = this.#stream.readAvailable();
    if (available === ENDED) {
      this.loseAtEnd();
      return ENDED;
    }
    if (available === 0) {
      return 0;
    }
    return this.#stream.paced ? this.#take(available, now) : this.#takeWhatFits(available);
  }

  /** What was lost behind the last frame is told by a read of none. */
  loseAtEnd(): void {
    this.#flush();
    this.#lose(this.#stream.read(this.#source.bytes, 0), this.#stream.lossCause);
    this.#noteLoss();
  }

  /** No more frames will come. */
  end(): void {
    this.#noteLoss();
    this.#ring.end();
  }

  /** Reads everything that the device has: what the ring cannot hold is counted as lost. */
  #take(available: Frames, now: Milliseconds): Frames {
    for (let left = available; left > 0; ) {
      const frames = Math.min(left, CHUNK);
      const lost = this.#stream.read(this.#source.bytes, frames);
      if (lost === LOSS_UNKNOWN) {
        const missing = this.#clock.missing(now, this.#devicePosition + left);
        this.#lose(missing, this.#reopenedAfter ?? this.#stream.lossCause);
      } else if (lost > 0) {
        this.#lose(lost, this.#stream.lossCause);
      }
      this.#reopenedAfter = undefined;
      if (left === available) {
        this.#clock.observe(now, this.#devicePosition + left);
        this.#ring.setOrigin(this.origin);
      }
      this.#deliver(frames);
      left -= frames;
    }
    return available;
  }

  /** A source that can wait is read only as far as the ring has room. */
  #takeWhatFits(available: Frames): Frames {
    // A ring that is smaller than what the filter may give at once must not stop the stream: what does not fit is counted.
    const least = this.#ring.queued === 0 ? 1 : 0;
    const frames = Math.min(available, CHUNK, Math.max(least, this.#roomAtDeviceRate()));
    if (frames <= 0 || !this.#noteLoss()) {
      return 0;
    }
    const lost = this.#stream.read(this.#source.bytes, frames);
    if (lost > 0) {
      this.#lose(lost, this.#stream.lossCause);
    }
    this.#deliver(frames);
    return frames;
  }

  #roomAtDeviceRate(): Frames {
    const { room } = this.#ring;
    if (this.#resampler === undefined) {
      return room;
    }
    // What the filter holds back may come with the next frames.
    const ratio = this.#stream.sampleRate / this.#rate;
    return Math.floor((room - 2) * ratio) - this.#resampler.delayFrames;
  }

  #deliver(frames: Frames): void {
    this.#devicePosition += frames;
    this.#convert(frames, this.#push);
  }

  /** Takes converted frames: to the tap, then into the ring. */
  readonly #push = (bytes: Uint8Array, frames: Frames, clipped: number): void => {
    this.counts.clipped += clipped;
    this.position += frames;
    // A loss is noted when frames can follow it, so that a reader that is late for long finds one gap, not hundreds.
    const enough = Math.min(frames, this.#ring.capacityFrames / 2);
    const canFollow = this.#unnoted === 0 || (this.#ring.room >= enough && this.#noteLoss());
    const written = canFollow ? this.#ring.tryWrite(bytes, frames) : 0;
    if (written < frames) {
      this.#leaveOut(frames - written, "buffer-full");
    }
    // The tap may throw: the reader has the frames by then.
    const dropped = this.#untapped;
    this.#untapped = 0;
    this.#tap?.feed(bytes, frames, dropped);
  };

  /** Frames that the device lost, counted at its own rate. */
  #lose(deviceFrames: Frames, cause: GapCause): void {
    if (deviceFrames <= 0) {
      return;
    }
    this.#flush();
    this.#devicePosition += deviceFrames;
    const behind = resampledFrames(this.#devicePosition, this.#stream.sampleRate, this.#rate);
    const frames = behind - this.position;
    if (frames > 0) {
      this.position = behind;
      this.#untapped += frames;
      this.#leaveOut(frames, cause);
    }
    if (cause === "overrun") {
      this.counts.overruns += 1;
    }
  }

  #leaveOut(frames: Frames, cause: GapCause): void {
    this.counts.gaps += this.#unnoted === 0 ? 1 : 0;
    this.counts.droppedFrames += frames;
    this.#unnotedCause = this.#unnoted === 0 ? cause : this.#unnotedCause;
    this.#unnoted += frames;
  }

  /** What the filter of a resampler still holds goes before a gap: nothing of it may mix with what follows. */
  #flush(): void {
    if (this.#resampler !== undefined) {
      this.#convert(0, this.#push, true);
    }
  }

  /** Notes a loss in the ring. False while the reader has too many others to read. */
  #noteLoss(): boolean {
    if (this.#unnoted > 0) {
      if (!this.#ring.tryLose(this.#unnoted, this.#unnotedCause)) {
        return false;
      }
      this.#unnoted = 0;
    }
    return true;
  }
}

/** Hands the first `frames` frames of the source on in the plan's format; with `flush`, all that was held back too. */
type Converter = (
  frames: Frames,
  push: (bytes: Uint8Array, frames: Frames, clipped: number) => void,
  flush?: boolean,
) => void;

function directConverter(source: InterleavedSource, plan: InputPlan): Converter {
  const { channels, format } = plan;
  const all =
    channels.length === source.channels && channels.every((channel, index) => channel === index);
  if (all && source.format === format) {
    return (frames, push) => push(source.bytes, frames, 0);
  }
  const target = new Uint8Array(CHUNK * bytesPerFrame(format, channels.length));
  const picked = all ? undefined : channels;
  const options = plan.dither === true ? { dither: createDither() } : {};
  return (frames, push) =>
    push(target, frames, convertFrames(source, picked, frames, target, format, options));
}

function resamplingConverter(
  source: InterleavedSource,
  plan: InputPlan,
  resampler: StreamResampler,
): Converter {
  const { channels, format } = plan;
  const floats = new Float32Array(CHUNK * channels.length);
  const floatBytes = new Uint8Array(floats.buffer);
  const target = new Uint8Array(CHUNK * bytesPerFrame(format, channels.length));
  const options = plan.dither === true ? { dither: createDither() } : {};
  return (frames, push, flush = false) => {
    if (frames > 0) {
      convertFrames(source, channels, frames, floatBytes, "float32");
    }
    const out = flush ? resampler.flush() : resampler.process(floats, frames);
    if (flush) {
      resampler.reset();
    }
    const total = out.length / channels.length;
    for (let at = 0; at < total; at += CHUNK) {
      const count = Math.min(CHUNK, total - at);
      const part = out.subarray(at * channels.length, (at + count) * channels.length);
      const bytes = new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
      const from: InterleavedSource = { bytes, format: "float32", channels: channels.length };
      push(target, count, convertFrames(from, undefined, count, target, format, options));
    }
  };
}
