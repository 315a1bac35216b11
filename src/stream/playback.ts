// Runs in the audio thread.
import { AudioError } from "../errors.js";
import { bytesPerFrame, type Frames, silenceByte } from "../format.js";
import type { HostStream } from "../hosts/host.js";
import { RingReader } from "../ring.js";
import { convertFrames } from "../samples.js";
import type { OutputPlan } from "./protocol.js";

/** Frames of one write: what the scratch memory holds. */
const CHUNK: Frames = 4096;

/**
 * Moves frames from a ring to a host stream. A device that is about to run dry gets silence, because some hosts do not
 * recover from running dry; that is an underflow when frames come again behind it.
 */
export class Playback {
  /** How often silence stood in for frames that came too late. */
  underflows = 0;

  readonly #stream: HostStream;
  readonly #plan: OutputPlan;
  readonly #ring: RingReader;
  readonly #frames: Uint8Array;
  readonly #native: Uint8Array;
  readonly #silence: Uint8Array;
  readonly #converts: boolean;
  readonly #nativeFrameBytes: number;
  /** The most room that the device ever had, which is near its whole buffer. */
  #mostRoom: Frames = 0;
  #playing = false;
  #dry = false;
  /** Silence behind the last frame that was played. */
  #pushed: Frames = 0;

  constructor(stream: HostStream, plan: OutputPlan) {
    const side = stream.output;
    if (side === undefined) {
      throw new AudioError("internal", "A playback needs a stream with an output");
    }
    if (side.channels !== plan.channels) {
      throw new AudioError(
        "format-not-supported",
        `The device opened with ${side.channels} output channels, ${plan.channels} were asked for.`,
      );
    }
    this.#stream = stream;
    this.#plan = plan;
    this.#ring = new RingReader(plan.ring);
    this.#frames = new Uint8Array(CHUNK * bytesPerFrame(plan.format, plan.channels));
    this.#nativeFrameBytes = bytesPerFrame(side.format, side.channels);
    this.#converts = side.format !== plan.format;
    this.#native = this.#converts ? new Uint8Array(CHUNK * this.#nativeFrameBytes) : this.#frames;
    this.#silence = new Uint8Array(CHUNK * this.#nativeFrameBytes).fill(silenceByte(side.format));
  }

  /** Moves what the device has room for. Returns the frames moved, silence not counted. */
  pump(): Frames {
    const room = this.#stream.writeAvailable();
    this.#mostRoom = Math.max(this.#mostRoom, room);
    let moved = 0;
    while (moved < room) {
      const frames = this.#ring.tryReadInto(this.#frames, Math.min(CHUNK, room - moved));
      if (frames === 0) {
        break;
      }
      if (this.#dry) {
        this.#dry = false;
        this.underflows += 1;
      }
      this.#write(frames);
      moved += frames;
    }
    if (moved > 0) {
      this.#playing = true;
      this.#pushed = 0;
    } else {
      this.#keepAlive(room);
    }
    return moved;
  }

  /**
   * Pushes what is queued out with a device buffer of silence behind it: some hosts drop the last frames of a stream
   * when they are stopped (seen: PortAudio 19.6 on ALSA's pulse plugin, 1,028 frames). Returns what moved, silence
   * counted; 0 when everything was pushed out or the device has no room now.
   */
  drain(): Frames {
    if (this.#ring.available > 0) {
      return this.pump();
    }
    const room = this.#stream.writeAvailable();
    const frames = Math.min(CHUNK, room, this.#mostRoom - this.#pushed);
    if (frames > 0) {
      this.#stream.write(this.#silence, frames);
      this.#pushed += frames;
    }
    if (this.#pushed >= this.#mostRoom) {
      this.#playing = false;
      this.#dry = false;
    }
    return frames;
  }

  /** True when `drain` has pushed everything out. */
  get drained(): boolean {
    return this.#ring.available === 0 && !this.#playing;
  }

  #write(frames: Frames): void {
    if (this.#converts) {
      const { format, channels } = this.#plan;
      const nativeFormat = this.#stream.output?.format ?? format;
      convertFrames(
        { bytes: this.#frames, format, channels },
        undefined,
        frames,
        this.#native,
        nativeFormat,
      );
    }
    if (this.#stream.write(this.#native, frames) !== 0) {
      this.underflows += 1;
    }
  }

  #keepAlive(room: Frames): void {
    if (room < this.#mostRoom * 0.75) {
      return;
    }
    const frames = Math.min(CHUNK, Math.ceil(room / 2));
    if (frames > 0) {
      this.#stream.write(this.#silence, frames);
      this.#dry = this.#playing;
    }
  }
}
