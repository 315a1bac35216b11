// Runs in audio threads only.
import { AudioError } from "../../errors.js";
import type { Frames, Hertz, Milliseconds } from "../../format.js";
import { ENDED, type GapCause, type HostSide, type HostStream } from "../host.js";
import type { CaptureSide } from "./capture-side.js";
import { DeviceClock } from "./device-clock.js";
import type { Absence } from "./faults.js";
import type { LoopbackCable } from "./loopback-cable.js";
import type { PlaybackSide } from "./playback-side.js";

/** What a virtual stream is made of, by a host that has checked all of it. */
export interface VirtualStreamParts {
  /** Names the device in errors. */
  readonly id: string;
  readonly sampleRate: Hertz;
  readonly paced: boolean;
  readonly absence: Absence;
  readonly capture: CaptureSide | undefined;
  readonly playback: PlaybackSide | undefined;
  /** Leads from the output of a loopback device to its input. */
  readonly cable: LoopbackCable | undefined;
}

/**
 * A virtual device that is open. All its times are device time: frames heard and played since the stream was opened,
 * lost ones included, without the time in which it was stopped. What was heard and not read when it stopped comes after
 * the next start. A device with a clock keeps everything until it is read, however late; only a loopback does not.
 */
export class VirtualStream implements HostStream {
  readonly sampleRate: Hertz;
  readonly input: HostSide | undefined;
  readonly output: HostSide | undefined;
  readonly paced: boolean;
  readonly primes = true;

  readonly #id: string;
  readonly #absence: Absence;
  readonly #capture: CaptureSide | undefined;
  readonly #playback: PlaybackSide | undefined;
  readonly #cable: LoopbackCable | undefined;
  readonly #clock: DeviceClock;
  #state: "stopped" | "running" | "closed" = "stopped";
  #cameBack = false;

  /** `clock` counts milliseconds; it only ever goes forward. */
  constructor(parts: VirtualStreamParts, clock: () => Milliseconds) {
    this.sampleRate = parts.sampleRate;
    this.paced = parts.paced;
    this.input = parts.capture?.side;
    this.output = parts.playback?.side;
    this.#id = parts.id;
    this.#absence = parts.absence;
    this.#capture = parts.capture;
    this.#playback = parts.playback;
    this.#cable = parts.cable;
    this.#clock = new DeviceClock(parts.sampleRate, clock);
  }

  get lossCause(): GapCause {
    return this.#capture?.lossCause ?? "overrun";
  }

  /** Does nothing while it runs. Throws AudioError `device-lost` while the device is unplugged. */
  start(): void {
    this.#checkOpen();
    if (this.#state === "stopped") {
      if (this.#isUnplugged()) {
        throw this.#lost();
      }
      const now = this.#clock.frames;
      const epoch = this.#clock.start();
      this.#cable?.started(now, epoch);
      this.#state = "running";
    }
  }

  /**
   * Frames up to the next fault, or ENDED at the end of a file; 0 while the stream is stopped.
   * Throws AudioError `device-lost` when all frames before the unplugging were read.
   */
  readAvailable(): Frames {
    this.#checkOpen();
    const capture = this.#theCapture();
    if (this.#state !== "running") {
      return 0;
    }
    const available = capture.available(this.#heard());
    if (available === ENDED && capture.endsUnplugged) {
      throw this.#lost();
    }
    return available;
  }

  /**
   * A read of 0 frames is allowed: after ENDED or `device-lost` it tells how many frames were lost at the very end.
   * Throws AudioError `internal` for more frames than `readAvailable` said.
   */
  read(target: Uint8Array, frames: Frames): Frames {
    this.#checkOpen();
    return this.#theCapture().read(target, frames);
  }

  /** Also before the stream is started. Throws AudioError `device-lost` while the device is unplugged. */
  writeAvailable(): Frames {
    this.#checkOpen();
    const playback = this.#playbackThere();
    return playback.available(this.#clock.frames, this.#roomInCable());
  }

  /** Throws AudioError `internal` for more frames than `writeAvailable` said, `device-lost` while it is unplugged. */
  write(source: Uint8Array, frames: Frames): Frames {
    this.#checkOpen();
    const playback = this.#playbackThere();
    return playback.write(source, frames, this.#clock.frames);
  }

  /**
   * Opens a device anew that was unplugged and is there again; does nothing in a stall, which ends by itself.
   * Throws AudioError `device-lost` while the device is not there.
   */
  reopen(): void {
    this.#checkOpen();
    if (!this.#isUnplugged()) {
      return;
    }
    const { replug } = this.#absence;
    const now = this.paced ? this.#clock.frames : replug;
    if (replug === Number.POSITIVE_INFINITY || now < replug) {
      throw this.#lost();
    }
    this.#cameBack = true;
    this.#capture?.reopened(now);
    this.#playback?.reopened(now);
  }

  /** Device time goes on at once to where all that is queued was played. */
  stop(): void {
    if (this.#state === "running") {
      this.#halt(this.#isUnplugged() ? 0 : (this.#playback?.finishedAt ?? 0));
    }
  }

  abort(): void {
    if (this.#state !== "closed") {
      this.#playback?.drop(this.#clock.frames);
      this.#halt(0);
    }
  }

  /** What is queued is dropped. A second call does nothing. */
  close(): void {
    if (this.#state !== "closed") {
      this.abort();
      this.#state = "closed";
      this.#capture?.close();
    }
  }

  #halt(atLeast: Frames): void {
    this.#clock.stop(atLeast);
    this.#cable?.stopped();
    this.#capture?.stopped();
    this.#state = "stopped";
  }

  /** Frames that the input has heard by now; `Infinity` where that is up to the reader. */
  #heard(): Frames {
    if (this.paced) {
      return this.#clock.frames;
    }
    return this.#cable === undefined || this.#playback === undefined
      ? Number.POSITIVE_INFINITY
      : this.#playback.end + this.#cable.shape.latency;
  }

  /** Without a clock the output of a loopback waits for its input. */
  #roomInCable(): Frames {
    return this.paced || this.#cable === undefined || this.#capture === undefined
      ? Number.POSITIVE_INFINITY
      : this.#cable.shape.frames - (this.#heard() - this.#capture.position);
  }

  #isUnplugged(): boolean {
    if (this.#cameBack) {
      return false;
    }
    const { unplug } = this.#absence;
    return this.paced
      ? this.#clock.frames >= unplug
      : (this.#capture?.position ?? 0) >= unplug || this.#playback?.isUnplugged === true;
  }

  #lost(): AudioError {
    const { unplug, replug } = this.#absence;
    const until = replug === Number.POSITIVE_INFINITY ? "" : ` until frame ${replug}`;
    return new AudioError("device-lost", `${this.#id} was unplugged at frame ${unplug}${until}.`);
  }

  #theCapture(): CaptureSide {
    if (this.#capture === undefined) {
      throw this.#without("input");
    }
    return this.#capture;
  }

  /** Without a clock each direction comes to the unplugging in a time of its own. */
  #playbackThere(): PlaybackSide {
    if (this.#playback === undefined) {
      throw this.#without("output");
    }
    if (this.paced ? this.#isUnplugged() : this.#playback.isUnplugged) {
      throw this.#lost();
    }
    return this.#playback;
  }

  #without(direction: "input" | "output"): AudioError {
    return new AudioError(
      "format-not-supported",
      `${this.#id} is not open for ${direction}, or has no ${direction} channels.`,
    );
  }

  #checkOpen(): void {
    if (this.#state === "closed") {
      throw new AudioError("stream-closed", `${this.#id} was closed.`);
    }
  }
}
