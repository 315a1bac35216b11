// Runs in the audio thread.
import { AudioError } from "../errors.js";
import {
  bytesPerFrame,
  type Frames,
  type Hertz,
  type Milliseconds,
  silenceByte,
} from "../format.js";
import { type HostStream, LOSS_UNKNOWN } from "../hosts/host.js";
import type { FrameSupply } from "./frame-supply.js";
import type { Underflow } from "./protocol.js";

/** Frames of silence that are written at once. */
const SILENCE: Frames = 4096;
/** How long a start waits for more frames than the first ones, so that they are not followed by silence at once. */
const PRIME_MS: Milliseconds = 50;
/** A device that does not bear running dry is kept filled to this part of its buffer. */
const KEPT_FULL = 0.5;

/** How a playback is set up. */
export interface PlaybackSetup {
  readonly stream: HostStream;
  readonly supply: FrameSupply;
  /** The rate of the frames in the ring. */
  readonly rate: Hertz;
  /** Output must go on from the start, silent or not, because an input runs in step with it. */
  readonly continuous: boolean;
  readonly onUnderflow: (underflow: Underflow) => void;
}

/**
 * Moves frames from a ring to a host stream, and counts the silence that is heard where frames were due.
 *
 * Running dry costs some devices what they still hold: PortAudio on ALSA's pulse plugin restarts then and drops frames
 * that were already given to the server (seen: 847 of them). So silence goes in before that, when the buffer is half
 * empty; it is an underflow when frames follow it. A host that bears it (`primes`) plays its own silence and tells.
 */
export class Playback {
  /** How often silence was heard where frames were due, and how much of it at the rate of the ring. */
  underflows = 0;
  silentFrames: Frames = 0;

  readonly #setup: PlaybackSetup;
  readonly #silence: Uint8Array;
  readonly #framesPerMs: number;
  /** The device's buffer: the most room it had before the first write. */
  #buffer: Frames = 0;
  #untouched = true;
  #room: Frames = 0;
  /** When the device was asked for its room. */
  #lookedAt: Milliseconds = 0;
  #hadRoom = false;
  /** Nothing is due: before the first frame, and when all was played out. */
  #idle: boolean;
  #primeUntil: Milliseconds | undefined;
  /** Silence behind the last frame that was played. */
  #silent: Frames = 0;
  /** Frames of silence pushed in to drain; undefined when not draining. */
  #pushed: Frames | undefined;
  /** Silence is the lead-in of what follows, not an underflow. */
  #leadIn = true;
  /** When the last frame that was written was due to be over. */
  #lastEnd: Milliseconds = 0;
  #wasReopened = false;

  constructor(setup: PlaybackSetup) {
    const side = setup.stream.output;
    if (side === undefined) {
      throw new AudioError("internal", "A playback needs a stream with an output");
    }
    this.#setup = setup;
    this.#idle = !setup.continuous;
    this.#framesPerMs = setup.stream.sampleRate / 1000;
    this.#silence = new Uint8Array(SILENCE * bytesPerFrame(side.format, side.channels)).fill(
      silenceByte(side.format),
    );
  }

  /** Frames that the device holds and has not played yet, as far as it tells. */
  get queuedInDevice(): Frames {
    return Math.max(0, this.#buffer - this.#room);
  }

  /** Frames at the device's rate that are still to be played. */
  get queued(): Frames {
    const { supply, stream } = this.#setup;
    return supply.available + (stream.paced ? this.queuedInDevice : 0);
  }

  /** When a frame is heard that is handed to the device now, on this thread's clock. */
  get heardAt(): Milliseconds {
    const played = this.#lookedAt + (this.queuedInDevice / this.#setup.stream.sampleRate) * 1000;
    return Math.max(performance.now(), played);
  }

  /** True when the device could take frames at the last poll. */
  get hasRoom(): boolean {
    return this.#hadRoom;
  }

  /** Frames that a source which can make any number of them should have ready for the next `pump`. */
  get wanted(): Frames {
    return Math.ceil((this.#room * this.#setup.rate) / this.#setup.stream.sampleRate) + 1;
  }

  /** Samples that were clipped on the way to the device's format. */
  get clipped(): number {
    return this.#setup.supply.clipped;
  }

  /** Frames of the ring that were handed to the device. */
  get position(): Frames {
    return this.#setup.supply.taken;
  }

  /** Frames of the ring that are over: handed to the device or dropped. */
  get passed(): Frames {
    return this.#setup.supply.passed;
  }

  /** Asks the device for its room, as each `pump` does: what is said of the device here is as old as that. */
  look(): void {
    this.#room = this.#setup.stream.writeAvailable();
    this.#lookedAt = performance.now();
    this.#hadRoom = this.#room > 0;
    // Later a host may report more than its buffer, while a server behind it fills its own.
    this.#buffer = this.#untouched ? Math.max(this.#buffer, this.#room) : this.#buffer;
  }

  /** Before the start, after a `look`: fills a device that can be filled then. */
  prime(): void {
    const { stream, supply } = this.#setup;
    if (stream.primes && supply.available > 0) {
      this.#idle = false;
      this.#transfer(0);
    }
  }

  /** Moves what the device has room for. Returns the frames moved, silence not counted. */
  pump(now: Milliseconds): Frames {
    this.look();
    if (this.#idle && !this.#begin(now)) {
      return 0;
    }
    const moved = this.#transfer(now);
    if (!this.#setup.stream.primes && this.#setup.supply.available === 0) {
      this.#keepFilled();
    }
    return moved;
  }

  /**
   * Plays out what is queued, to be called at each poll until it returns true. A host that would drop its last frames
   * when it is stopped gets a device buffer of silence behind them.
   */
  drained(now: Milliseconds): boolean {
    const { supply, stream } = this.#setup;
    supply.flush();
    if (supply.available > 0) {
      this.pump(now);
      return false;
    }
    if (this.#idle) {
      return true;
    }
    this.look();
    if (!stream.primes) {
      this.#pushed ??= 0;
      const frames = Math.min(SILENCE, this.#room, this.#buffer - this.#pushed);
      this.#writeSilence(frames);
      this.#pushed += frames;
    }
    // A device without a clock has played what it has taken.
    const done = stream.primes
      ? !stream.paced || this.#room >= this.#buffer
      : (this.#pushed ?? 0) >= this.#buffer;
    if (done) {
      this.#rest();
    }
    return done;
  }

  /** The device was stopped at once: nothing of what was queued shall be heard when it starts again. */
  drop(): void {
    this.#setup.supply.drop();
    this.#rest();
  }

  /**
   * The device was opened anew: what it held is gone, and it has to be filled again. A host that plays its own silence
   * sees to that, and tells what it did.
   */
  reopened(): void {
    if (this.#setup.stream.primes) {
      return;
    }
    this.#buffer = 0;
    this.#untouched = true;
    this.#room = 0;
    this.#pushed = undefined;
    this.#wasReopened = true;
    this.#idle = !this.#setup.continuous;
    this.#primeUntil = undefined;
  }

  /** Nothing is due any more, until frames come again. */
  #rest(): void {
    this.#idle = !this.#setup.continuous;
    this.#primeUntil = undefined;
    this.#leadIn = true;
    this.#silent = 0;
    this.#pushed = undefined;
  }

  /** Whether there is enough to begin with: a full device buffer, or whatever came in a short time. */
  #begin(now: Milliseconds): boolean {
    const { supply, stream } = this.#setup;
    const { available } = supply;
    if (available === 0) {
      return false;
    }
    if (!stream.primes && available < this.#buffer) {
      this.#primeUntil ??= now + PRIME_MS;
      if (now < this.#primeUntil) {
        return false;
      }
      // Too little to begin with: silence comes before it rather than in its midst.
      this.#writeSilence(Math.min(this.#floor() - available - this.queuedInDevice, this.#room));
    }
    this.#idle = false;
    this.#primeUntil = undefined;
    return true;
  }

  #transfer(now: Milliseconds): Frames {
    const { supply, stream } = this.#setup;
    let moved = 0;
    while (this.#room > 0) {
      const position = supply.taken;
      const frames = supply.supply(this.#room);
      if (frames === 0) {
        break;
      }
      this.#pushed = undefined;
      this.#untouched = false;
      const played = stream.write(supply.bytes, frames);
      this.#room -= frames;
      this.#tellSilence(position, played, now);
      this.#lastEnd = now + this.queuedInDevice / this.#framesPerMs;
      moved += frames;
    }
    return moved;
  }

  /** Counts the silence between the last frames and those that were just written, if it was heard in their midst. */
  #tellSilence(position: Frames, played: Frames, now: Milliseconds): void {
    const device =
      played === LOSS_UNKNOWN || this.#wasReopened
        ? Math.max(1, Math.round((now - this.#lastEnd) * this.#framesPerMs))
        : played;
    this.#wasReopened = false;
    const silent = this.#silent + device;
    this.#silent = 0;
    if (silent > 0 && !this.#leadIn) {
      const frames = Math.max(
        1,
        Math.round((silent * this.#setup.rate) / this.#setup.stream.sampleRate),
      );
      this.underflows += 1;
      this.silentFrames += frames;
      this.#setup.onUnderflow({ position, frames });
    }
    this.#leadIn = false;
  }

  #keepFilled(): void {
    const frames = this.#floor() - this.queuedInDevice;
    if (frames > 0) {
      this.#writeSilence(Math.min(frames, this.#room));
    }
  }

  #floor(): Frames {
    return Math.ceil(this.#buffer * KEPT_FULL);
  }

  #writeSilence(frames: Frames): void {
    const { stream } = this.#setup;
    for (let left = frames; left > 0; ) {
      const count = Math.min(SILENCE, left);
      this.#untouched = false;
      stream.write(this.#silence, count);
      this.#silent += count;
      this.#room -= count;
      left -= count;
    }
  }
}
