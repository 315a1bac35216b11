// Runs in audio threads only.
import { AudioError } from "../../errors.js";
import type { Frames, Hertz, Milliseconds } from "../../format.js";
import { ENDED, type GapCause, type HostSide, type HostStream } from "../host.js";
import { VIRTUAL_PERIOD } from "./device.js";
import { frameAt, type Loss, planLosses } from "./faults.js";
import type { SignalSource } from "./signals.js";
import type { VirtualTiming } from "./spec.js";

/** What a fast device has ready at any time, unless a fault or its end comes before. */
const FAST_CHUNK: Frames = 65_536;

/** How a virtual stream is opened, by a host that has checked all of it. */
export interface VirtualStreamPlan {
  /** Names the device in errors. */
  readonly id: string;
  readonly timing: VirtualTiming;
  readonly sampleRate: Hertz;
  /** 0 leaves the period to the device. */
  readonly framesPerBuffer: Frames;
  readonly side: Pick<HostSide, "channels" | "format">;
}

/**
 * A virtual device that is open. All its times are device time: frames heard since the stream was opened, lost ones
 * included, without the time in which it was stopped. What was heard and not read when it stopped comes after the next
 * start. A device with a clock keeps everything until it is read, however late; it delivers whole periods, and what
 * comes before a fault at the time of the fault.
 */
export class VirtualStream implements HostStream {
  readonly sampleRate: Hertz;
  readonly input: HostSide;
  readonly output = undefined;
  readonly paced: boolean;
  readonly primes = true;
  lossCause: GapCause = "overrun";

  readonly #id: string;
  readonly #source: SignalSource;
  readonly #clock: () => Milliseconds;
  readonly #period: Frames;
  readonly #losses: readonly Loss[];
  /** Where the device is unplugged; `Infinity` for never. */
  readonly #unplug: Frames;
  /** Where the frames end, by the end of the signal or because the device is unplugged. */
  readonly #end: Frames;
  #state: "stopped" | "running" | "closed" = "stopped";
  /** Frames heard until the last start. */
  #heardBefore: Frames = 0;
  #startedAt: Milliseconds = 0;
  /** Device time of the next frame to read. */
  #position: Frames = 0;
  #nextLoss = 0;
  /** Frames that the last `readAvailable` promised and that were not read yet. */
  #promised: Frames = 0;
  /** Lost frames right before `#position` that no read has told of. */
  #untold: Frames = 0;

  /** The stream owns the source. `clock` counts milliseconds; it only ever goes forward. */
  constructor(
    plan: VirtualStreamPlan,
    source: SignalSource,
    clock: () => Milliseconds = () => performance.now(),
  ) {
    const { timing, sampleRate } = plan;
    this.#id = plan.id;
    this.#source = source;
    this.#clock = clock;
    this.sampleRate = sampleRate;
    this.paced = timing.pace === "realtime";
    this.#period = plan.framesPerBuffer || Math.max(1, Math.round(VIRTUAL_PERIOD * sampleRate));
    this.input = { ...plan.side, latency: this.paced ? this.#period / sampleRate : 0 };
    this.#unplug =
      timing.unplugAt === undefined
        ? Number.POSITIVE_INFINITY
        : frameAt(timing.unplugAt, sampleRate);
    this.#end = Math.min(this.#unplug, source.length);
    this.#losses = planLosses(timing, sampleRate, this.#end);
  }

  /** Does nothing while it runs. Throws AudioError `device-lost` once it was unplugged. */
  start(): void {
    this.#checkOpen();
    if (this.#state === "stopped") {
      if (this.#isUnplugged()) {
        throw this.#lost();
      }
      this.#startedAt = this.#clock();
      this.#state = "running";
    }
  }

  /**
   * Frames up to the next fault, or ENDED at the end of a file; 0 while the stream is stopped.
   * Throws AudioError `device-lost` when all frames before the unplugging were read.
   */
  readAvailable(): Frames {
    this.#checkOpen();
    this.#promised = 0;
    if (this.#state !== "running") {
      return 0;
    }
    const heard = this.paced ? this.#heard() : Number.POSITIVE_INFINITY;
    const loss = this.#losses[this.#nextLoss];
    if (loss !== undefined && loss.start === this.#position) {
      if (heard < loss.end) {
        return 0;
      }
      this.#position = loss.end;
      this.#untold = loss.end - loss.start;
      this.lossCause = loss.cause;
      this.#nextLoss += 1;
    }
    if (this.#position >= this.#end) {
      if (this.#unplug > this.#end) {
        return ENDED;
      }
      throw this.#lost();
    }
    const border = Math.min(this.#losses[this.#nextLoss]?.start ?? this.#end, this.#end);
    this.#promised = Math.max(0, this.#deliveredUntil(heard, border) - this.#position);
    return this.#promised;
  }

  /**
   * A read of 0 frames is allowed: after ENDED or `device-lost` it tells how many frames were lost at the very end.
   * Throws AudioError `internal` for more frames than `readAvailable` said.
   */
  read(target: Uint8Array, frames: Frames): Frames {
    this.#checkOpen();
    if (frames > this.#promised) {
      throw new AudioError(
        "internal",
        `${frames} frames were read from ${this.#id}, which had ${this.#promised}`,
      );
    }
    this.#source.write(target, this.#position, frames);
    this.#position += frames;
    this.#promised -= frames;
    const lost = this.#untold;
    this.#untold = 0;
    return lost;
  }

  writeAvailable(): Frames {
    throw this.#noOutput();
  }

  write(): Frames {
    throw this.#noOutput();
  }

  /** Does nothing: a stall ends by itself. Throws AudioError `device-lost` once the device was unplugged. */
  reopen(): void {
    this.#checkOpen();
    if (this.#isUnplugged()) {
      throw this.#lost();
    }
  }

  stop(): void {
    if (this.#state === "running") {
      this.#heardBefore = this.#heard();
      this.#state = "stopped";
      this.#promised = 0;
    }
  }

  abort(): void {
    this.stop();
  }

  /** A second call does nothing. */
  close(): void {
    if (this.#state !== "closed") {
      this.#state = "closed";
      this.#source.close();
    }
  }

  /** Frames that a device with a clock has heard by now. */
  #heard(): Frames {
    const running = this.#state === "running" ? this.#clock() - this.#startedAt : 0;
    return this.#heardBefore + Math.floor((running * this.sampleRate) / 1000);
  }

  /** Up to where frames have been delivered, not beyond the border where the next fault or the end is. */
  #deliveredUntil(heard: Frames, border: Frames): Frames {
    if (!this.paced) {
      return Math.min(border, this.#position + FAST_CHUNK);
    }
    return heard >= border ? border : Math.floor(heard / this.#period) * this.#period;
  }

  #isUnplugged(): boolean {
    return (this.paced ? this.#heard() : this.#position) >= this.#unplug;
  }

  #lost(): AudioError {
    return new AudioError("device-lost", `${this.#id} was unplugged at frame ${this.#unplug}.`);
  }

  #noOutput(): AudioError {
    return new AudioError("format-not-supported", `${this.#id} has no output channels.`);
  }

  #checkOpen(): void {
    if (this.#state === "closed") {
      throw new AudioError("stream-closed", `${this.#id} was closed.`);
    }
  }
}
