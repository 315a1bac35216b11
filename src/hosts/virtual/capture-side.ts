// Runs in audio threads only.
import { AudioError } from "../../errors.js";
import type { Frames, Hertz } from "../../format.js";
import { ENDED, type GapCause, type HostSide } from "../host.js";
import { FAST_CHUNK } from "./device.js";
import { type Absence, type Loss, planLosses } from "./faults.js";
import type { SignalSource } from "./signals.js";
import type { VirtualTiming } from "./spec.js";

/** How the input of a virtual device is opened. */
export interface CapturePlan {
  readonly timing: VirtualTiming;
  readonly sampleRate: Hertz;
  readonly absence: Absence;
  /** What the device hands over at once, at least. */
  readonly period: Frames;
  readonly side: HostSide;
}

/**
 * The input of a virtual device: which frames it delivers and which are lost, as a function of device time. It delivers
 * whole periods, and what comes before a fault at the time of the fault.
 */
export class CaptureSide {
  readonly side: HostSide;
  /** Why the frames are missing that the last read told of. */
  lossCause: GapCause = "overrun";

  readonly #plan: CapturePlan;
  readonly #source: SignalSource;
  readonly #unplug: Frames;
  #losses: readonly Loss[];
  #nextLoss = 0;
  /** Where the frames end, by the end of the signal or because the device is unplugged. */
  #end: Frames;
  /** Whether that is because the device is unplugged. */
  #endsUnplugged: boolean;
  /** Device time of the next frame to read. */
  #position: Frames = 0;
  /** Frames that the last `available` promised and that were not read yet. */
  #promised: Frames = 0;
  /** Lost frames right before `#position` that no read has told of. */
  #untold: Frames = 0;
  #untoldCause: GapCause = "overrun";

  /** It owns the source. */
  constructor(plan: CapturePlan, source: SignalSource) {
    this.side = plan.side;
    this.#plan = plan;
    this.#source = source;
    this.#unplug = plan.absence.unplug;
    this.#end = Math.min(this.#unplug, source.length);
    this.#endsUnplugged = this.#unplug <= source.length;
    this.#losses = planLosses(plan.timing, plan.sampleRate, { start: 0, end: this.#end });
  }

  /** Device time of the next frame to read. */
  get position(): Frames {
    return this.#position;
  }

  /** Whether ENDED means that the device was unplugged, not that its signal is over. */
  get endsUnplugged(): boolean {
    return this.#endsUnplugged;
  }

  /**
   * Frames up to the next fault when `heard` frames were heard, `Infinity` for as many as are wanted; or ENDED.
   */
  available(heard: Frames): Frames {
    this.#promised = 0;
    if (!this.#passLosses(heard)) {
      return 0;
    }
    if (this.#position >= this.#end) {
      return ENDED;
    }
    const border = Math.min(this.#losses[this.#nextLoss]?.start ?? this.#end, this.#end);
    this.#promised = Math.max(0, this.#deliveredUntil(heard, border) - this.#position);
    return this.#promised;
  }

  /** Reads promised frames; returns those lost before them. Throws AudioError `internal` for more than that. */
  read(target: Uint8Array, frames: Frames): Frames {
    if (frames > this.#promised) {
      throw new AudioError(
        "internal",
        `${frames} frames were read from a virtual device that had ${this.#promised}`,
      );
    }
    this.#source.write(target, this.#position, frames);
    this.#position += frames;
    this.#promised -= frames;
    const lost = this.#untold;
    if (lost > 0) {
      this.lossCause = this.#untoldCause;
      this.#untold = 0;
    }
    return lost;
  }

  /** The stream stopped: nothing is promised any more. */
  stopped(): void {
    this.#promised = 0;
  }

  /** The device is there again at device time `at`: what came since it was unplugged is lost. */
  reopened(at: Frames): void {
    const { timing, sampleRate } = this.#plan;
    const { length } = this.#source;
    const away: Loss = { start: this.#unplug, end: Math.min(at, length), cause: "device-lost" };
    const later = planLosses(timing, sampleRate, { start: at, end: length });
    this.#losses = [...this.#losses.slice(this.#nextLoss), away, ...later];
    this.#nextLoss = 0;
    this.#end = length;
    this.#endsUnplugged = false;
  }

  close(): void {
    this.#source.close();
  }

  /** Goes on to the next frame that is delivered. False when a loss is still going on at the time `heard`. */
  #passLosses(heard: Frames): boolean {
    for (;;) {
      const loss = this.#losses[this.#nextLoss];
      if (loss !== undefined && loss.start <= this.#position) {
        if (heard < loss.end) {
          return false;
        }
        this.#lose(loss.end, loss.cause);
        this.#nextLoss += 1;
        continue;
      }
      const oldest = Math.min(this.#source.oldest?.(heard) ?? 0, loss?.start ?? this.#end);
      if (oldest <= this.#position) {
        return true;
      }
      this.#lose(oldest, "overrun");
    }
  }

  /** Losses that touch are one, with the first cause. */
  #lose(until: Frames, cause: GapCause): void {
    if (this.#untold === 0) {
      this.#untoldCause = cause;
    }
    this.#untold += until - this.#position;
    this.#position = until;
  }

  /** Up to where frames have been delivered, not beyond the border where the next fault or the end is. */
  #deliveredUntil(heard: Frames, border: Frames): Frames {
    if (heard === Number.POSITIVE_INFINITY) {
      return Math.min(border, this.#position + FAST_CHUNK);
    }
    const { period } = this.#plan;
    return heard >= border ? border : Math.floor(heard / period) * period;
  }
}
