// Runs in the audio thread.
import { AudioError, asError } from "../errors.js";
import { bytesPerFrame, type Frames, type Milliseconds } from "../format.js";
import { ENDED, type GapCause, type HostStream, LOSS_UNKNOWN } from "../hosts/host.js";
import { RingWriter } from "../ring.js";
import { convertFrames, type InterleavedSource } from "../samples.js";
import { CaptureClock } from "./capture-clock.js";
import type { InputPlan } from "./protocol.js";

/** Frames of one read: what the scratch memory holds. */
const CHUNK: Frames = 4096;

/** A device that was started may take seconds until its first frame: a sound server wakes up, a headset connects. */
const FIRST_FRAME_MS: Milliseconds = 5_000;
/** Silence of a running device for this long, or for four of its buffers, is a stall. */
const STALL_MS: Milliseconds = 250;
const STALL_BUFFERS = 4;
/** Time to wait after a device was opened anew, and after that failed. */
const REOPENED_MS: Milliseconds = 2_500;
const RETRY_MS: Milliseconds = 250;
/** After this long without a frame the device is given up. */
const GIVE_UP_MS: Milliseconds = 10_000;

/** Moves frames from a host stream into a ring, counts what is lost, and opens a stalled device anew. */
export class Capture {
  /** Frames since the start, lost ones included. */
  position: Frames = 0;

  readonly #stream: HostStream;
  readonly #ring: RingWriter;
  readonly #clock: CaptureClock;
  readonly #parentClock: Milliseconds;
  readonly #scratch: Uint8Array;
  readonly #source: InterleavedSource;
  readonly #plan: InputPlan;
  readonly #converted: Uint8Array;
  /** Undefined when the device's frames are the asked ones as they are. */
  readonly #picked: readonly number[] | undefined;
  readonly #converts: boolean;
  readonly #stallMs: Milliseconds;
  /** Lost frames that could not be noted in the ring yet. */
  #unnoted: Frames = 0;
  #unnotedCause: GapCause = "buffer-full";
  #lastFrame: Milliseconds = 0;
  #nextReopen: Milliseconds = 0;
  #anyFrame = false;
  #reopenError: Error | undefined;

  constructor(stream: HostStream, plan: InputPlan, parentClock: Milliseconds) {
    const side = stream.input;
    if (side === undefined) {
      throw new AudioError("internal", "A capture needs a stream with an input");
    }
    this.#stream = stream;
    this.#plan = plan;
    this.#ring = new RingWriter(plan.ring);
    this.#clock = new CaptureClock(stream.sampleRate);
    this.#parentClock = parentClock;
    this.#scratch = new Uint8Array(CHUNK * bytesPerFrame(side.format, side.channels));
    this.#source = { bytes: this.#scratch, format: side.format, channels: side.channels };
    const all =
      plan.channels.length === side.channels &&
      plan.channels.every((channel, index) => channel === index);
    this.#picked = all ? undefined : plan.channels;
    this.#converts = !all || side.format !== plan.format;
    this.#converted = this.#converts
      ? new Uint8Array(CHUNK * bytesPerFrame(plan.format, plan.channels.length))
      : this.#scratch;
    this.#stallMs = Math.max(STALL_MS, STALL_BUFFERS * side.latency * 1000);
  }

  /** The device was started: the watchdog's time begins. */
  started(now: Milliseconds): void {
    this.#lastFrame = now;
    this.#anyFrame = false;
    this.#nextReopen = now + FIRST_FRAME_MS;
    if (!this.#stream.paced) {
      // A device without a clock: its time is the count of its frames.
      const elapsed = (this.position / this.#stream.sampleRate) * 1000;
      this.#ring.setOrigin(now - elapsed + this.#parentClock);
    }
  }

  /**
   * Moves what has come. Returns the frames moved, or {@link ENDED} when the source has no more.
   * Throws AudioError `device-lost` or `stalled` when the device is given up.
   */
  pump(now: Milliseconds): Frames {
    const available = this.#available(now);
    if (available === ENDED) {
      this.#loseAtEnd();
      return ENDED;
    }
    if (available === 0) {
      this.#watch(now);
      return 0;
    }
    try {
      const taken = this.#stream.paced ? this.#take(available, now) : this.#takeWhatFits(available);
      this.#lastFrame = now;
      this.#anyFrame = true;
      this.#reopenError = undefined;
      this.#nextReopen = now + this.#stallMs;
      return taken;
    } catch (error) {
      this.#noteFault(error, now);
      this.#watch(now);
      return 0;
    }
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
      const lost = this.#stream.read(this.#scratch, frames);
      if (lost === LOSS_UNKNOWN) {
        this.#lose(this.#clock.missing(now, this.position + left), this.#stream.lossCause);
      } else if (lost > 0) {
        this.#lose(lost, this.#stream.lossCause);
      }
      if (left === available) {
        this.#clock.observe(now, this.position + left);
        this.#ring.setOrigin(this.#clock.origin + this.#parentClock);
      }
      this.#deliver(frames);
      left -= frames;
    }
    return available;
  }

  /** A source that can wait is read only as far as the ring has room. */
  #takeWhatFits(available: Frames): Frames {
    const frames = Math.min(available, CHUNK, this.#ring.room);
    if (frames === 0 || !this.#noteLoss()) {
      return 0;
    }
    const lost = this.#stream.read(this.#scratch, frames);
    if (lost > 0) {
      this.#lose(lost, this.#stream.lossCause);
    }
    this.#deliver(frames);
    return frames;
  }

  #deliver(frames: Frames): void {
    if (this.#converts) {
      convertFrames(this.#source, this.#picked, frames, this.#converted, this.#plan.format);
    }
    this.position += frames;
    // A loss is noted when frames can follow it, so that a reader that is late for long finds one gap, not hundreds.
    const canFollow = this.#unnoted === 0 || (this.#ring.room >= frames && this.#noteLoss());
    const written = canFollow ? this.#ring.tryWrite(this.#converted, frames) : 0;
    if (written < frames) {
      this.#unnotedCause = this.#unnoted === 0 ? "buffer-full" : this.#unnotedCause;
      this.#unnoted += frames - written;
    }
  }

  #lose(frames: Frames, cause: GapCause): void {
    if (frames > 0) {
      this.position += frames;
      this.#unnotedCause = this.#unnoted === 0 ? cause : this.#unnotedCause;
      this.#unnoted += frames;
    }
  }

  /** What was lost behind the last frame is told by a read of none. */
  #loseAtEnd(): void {
    this.#lose(this.#stream.read(this.#scratch, 0), this.#stream.lossCause);
    this.#noteLoss();
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

  #available(now: Milliseconds): Frames {
    try {
      return this.#stream.readAvailable();
    } catch (error) {
      if (error instanceof AudioError && error.code === "device-lost") {
        this.#loseAtEnd();
      }
      this.#noteFault(error, now);
      return 0;
    }
  }

  /** A fault of the device asks for opening it anew, soon. Throws what that cannot mend. */
  #noteFault(error: unknown, now: Milliseconds): void {
    if (!this.#stream.paced || !isMendable(error)) {
      throw error;
    }
    // The first fault tells most: those that follow come from the same cause.
    this.#reopenError ??= asError(error);
    this.#nextReopen = Math.min(this.#nextReopen, now + RETRY_MS);
  }

  /** Nothing came at this poll: opens the device anew when that lasts, and gives it up when that does not help. */
  #watch(now: Milliseconds): void {
    if (!this.#stream.paced || now < this.#nextReopen) {
      return;
    }
    if (now - this.#lastFrame > GIVE_UP_MS) {
      throw this.#givenUp(now);
    }
    try {
      this.#stream.reopen();
      this.#reopenError = undefined;
      this.#nextReopen = now + REOPENED_MS;
    } catch (error) {
      if (!isMendable(error)) {
        throw error;
      }
      this.#reopenError = asError(error);
      this.#nextReopen = now + RETRY_MS;
    }
  }

  #givenUp(now: Milliseconds): AudioError {
    const seconds = Math.round((now - this.#lastFrame) / 1000);
    const cause = this.#reopenError;
    if (cause !== undefined) {
      const host = cause instanceof AudioError ? cause.host : undefined;
      return new AudioError(
        "device-lost",
        `The device gave no frame for ${seconds} s and cannot be opened again: ${cause.message}`,
        { cause, ...(host === undefined ? {} : { host }) },
      );
    }
    const when = this.#anyFrame ? "any more" : "since it was started";
    return new AudioError(
      "stalled",
      `The device is open but gave no frame ${when} for ${seconds} s.`,
    );
  }
}

/** Whether opening the device anew may help: a lost device, a bad file and a fault of ours stay what they are. */
function isMendable(error: unknown): boolean {
  return (
    error instanceof AudioError &&
    !["device-lost", "file-not-readable", "malformed-file", "internal"].includes(error.code)
  );
}
