// Runs in audio threads only.
import { AudioError } from "../../errors.js";
import { bytesPerFrame, type Frames } from "../../format.js";
import type { HostSide } from "../host.js";
import { FAST_CHUNK } from "./device.js";
import type { Absence, Loss } from "./faults.js";
import type { LoopbackCable } from "./loopback-cable.js";

/** How the output of a virtual device is opened. */
export interface PlaybackPlan {
  readonly side: HostSide;
  readonly paced: boolean;
  /** The device's buffer; a device without a clock has none. */
  readonly buffer: Frames;
  readonly absence: Absence;
  /** When the device takes nothing. A device with a cable has no such times. */
  readonly stalls: readonly Loss[];
  /** Where the frames are heard; a sink swallows them. */
  readonly cable: LoopbackCable | undefined;
}

/**
 * The output of a virtual device. The device plays one frame in each frame of device time but those of a stall: a frame
 * that was written, or silence when there is none. Frames are counted as they are played, silence included.
 */
export class PlaybackSide {
  readonly side: HostSide;

  readonly #plan: PlaybackPlan;
  readonly #frameBytes: number;
  /** From here on nothing is heard, until the device is opened anew. */
  #unplug: Frames;
  /** Where the next frame will be played, unless the device gets there before it is written. */
  #end: Frames = 0;
  /** Frames that the last `available` promised and that were not written yet. */
  #promised: Frames = 0;
  /** Where the device goes on when it comes to where it was unplugged; `undefined` while it cannot. */
  #resume: Frames | undefined;
  /** Silence before `#end` that no write has told of. */
  #untold: Frames = 0;

  constructor(plan: PlaybackPlan) {
    this.side = plan.side;
    this.#plan = plan;
    this.#frameBytes = bytesPerFrame(plan.side.format, plan.side.channels);
    this.#unplug = this.#playedAt(plan.absence.unplug);
  }

  /** Frames that were written or played as silence. */
  get end(): Frames {
    return this.#end;
  }

  /** For a device without a clock: whether it has come to where it is unplugged. */
  get isUnplugged(): boolean {
    return this.#end >= this.#unplug;
  }

  /** The device time at which all that was written was played. */
  get finishedAt(): Frames {
    let time = this.#end;
    for (const { start, end } of this.#plan.stalls) {
      time += start < time ? end - start : 0;
    }
    return time;
  }

  /** Frames that can be written at the device time `now`, but not more than `most`. */
  available(now: Frames, most: Frames): Frames {
    const room = this.#plan.paced
      ? this.#plan.buffer - Math.max(0, this.#end - this.#playedAt(now))
      : Math.min(FAST_CHUNK, this.#unplug - this.#end);
    this.#promised = Math.max(0, Math.min(room, most));
    return this.#promised;
  }

  /**
   * Writes promised frames at the device time `now`; returns the frames of silence that were played before them.
   * Throws AudioError `internal` for more frames than promised.
   */
  write(source: Uint8Array, frames: Frames, now: Frames): Frames {
    if (frames > this.#promised) {
      throw new AudioError(
        "internal",
        `${frames} frames were written to a virtual device that had room for ${this.#promised}`,
      );
    }
    if (frames === 0) {
      return 0;
    }
    if (this.#plan.paced) {
      this.#silentUntil(this.#playedAt(now));
    }
    const heard = Math.min(frames, this.#unplug - this.#end);
    if (heard > 0) {
      this.#plan.cable?.play(source.subarray(0, heard * this.#frameBytes), this.#end, heard);
    }
    this.#end += frames;
    this.#promised -= frames;
    // The silence of this write, not that of the absence behind it.
    const silence = this.#untold;
    this.#untold = 0;
    this.#passAbsence();
    return silence;
  }

  /** Drops what is queued at the device time `now`. */
  drop(now: Frames): void {
    const played = this.#playedAt(now);
    if (this.#plan.paced && played < this.#end) {
      this.#plan.cable?.takeBack(played, this.#end);
      this.#end = played;
    }
    this.#promised = 0;
  }

  /**
   * The device is there again at device time `at`: what was queued when it was unplugged is lost. Without a clock the
   * frames up to the unplugging can still be written, if the input came there first.
   */
  reopened(at: Frames): void {
    this.#end = Math.min(this.#end, this.#unplug);
    this.#resume = this.#playedAt(at);
    this.#passAbsence();
  }

  #passAbsence(): void {
    if (this.#resume !== undefined && (this.#plan.paced || this.isUnplugged)) {
      this.#unplug = Number.POSITIVE_INFINITY;
      this.#silentUntil(this.#resume);
      this.#resume = undefined;
    }
  }

  #silentUntil(played: Frames): void {
    if (played > this.#end) {
      this.#untold += played - this.#end;
      this.#end = played;
    }
  }

  /** Frames that the device has played by a device time. */
  #playedAt(time: Frames): Frames {
    let played = time;
    for (const { start, end } of this.#plan.stalls) {
      played -= start < time ? Math.min(end, time) - start : 0;
    }
    return played;
  }
}
