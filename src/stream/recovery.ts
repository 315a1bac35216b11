// Runs in the audio thread.
import { AudioError, asError } from "../errors.js";
import type { Milliseconds, Seconds } from "../format.js";
import type { GapCause, HostStream } from "../hosts/host.js";
import type { RecoveryPolicy } from "./protocol.js";

/** A device that was started may take seconds until its first frame: a sound server wakes up, a headset connects. */
const FIRST_FRAME_MS: Milliseconds = 5_000;
/** A running device that gives or takes nothing for this long, or for four of its buffers, has stalled. */
const STALL_MS: Milliseconds = 250;
const STALL_BUFFERS = 4;
/** Time to wait after a device was opened anew, and after that failed. */
const REOPENED_MS: Milliseconds = 2_500;
const RETRY_MS: Milliseconds = 250;
/** How long the lost device itself is tried before the default device stands in for it. */
const OWN_DEVICE_MS: Milliseconds = 1_000;

/** What recovery does when nothing else is asked for. */
export const DEFAULT_RECOVERY: RecoveryPolicy = { onDeviceLost: "fail", waitSeconds: 10 };

/**
 * Watches that a device with a clock makes progress, opens it anew when it does not, and gives it up when that does
 * not help for long.
 */
export class Recovery {
  readonly #stream: HostStream;
  readonly #policy: RecoveryPolicy;
  readonly #stallMs: Milliseconds;
  readonly #clock: () => Milliseconds;
  #lastProgress: Milliseconds = 0;
  #next: Milliseconds = 0;
  #anyProgress = false;
  /** The first fault since the last progress: those that follow come from the same cause. */
  #fault: Error | undefined;
  /** Whether the device was away, not merely silent. */
  #away = false;
  /** When this thread last looked, and whether a time in which it could not was left out since the last progress. */
  #looked: Milliseconds = 0;
  #excused = false;

  /** `clock` tells how long an attempt to open the device takes. */
  constructor(
    stream: HostStream,
    policy: RecoveryPolicy,
    latency: Seconds,
    clock: () => Milliseconds = () => performance.now(),
  ) {
    this.#clock = clock;
    this.#stream = stream;
    this.#policy = policy;
    this.#stallMs = Math.max(STALL_MS, STALL_BUFFERS * latency * 1000);
  }

  /** Why frames are missing when the next ones come behind a reopening. */
  get cause(): GapCause {
    return this.#away ? "device-lost" : "stall";
  }

  /** The device was started. */
  started(now: Milliseconds): void {
    this.#lastProgress = now;
    this.#anyProgress = false;
    this.#fault = undefined;
    this.#away = false;
    this.#looked = now;
    this.#excused = false;
    this.#next = now + FIRST_FRAME_MS;
  }

  /** Frames came or went. */
  progress(now: Milliseconds): void {
    this.#lastProgress = now;
    this.#anyProgress = true;
    this.#fault = undefined;
    this.#away = false;
    this.#excused = false;
    this.#next = now + this.#stallMs;
  }

  /** The device said that something is wrong: it is opened anew soon. Throws what that cannot mend. */
  fault(error: unknown, now: Milliseconds): void {
    if (!this.#isMendable(error)) {
      throw error;
    }
    this.#fault ??= asError(error);
    this.#away = true;
    this.#next = Math.min(this.#next, now + RETRY_MS);
  }

  /**
   * Opens the device anew when nothing moved for too long. Returns whether it did.
   * Throws AudioError `device-lost` or `stalled` when it has been tried for long enough.
   */
  watch(now: Milliseconds): boolean {
    this.#leaveOutPause(now);
    // A device without a clock does not stall: it works or it says that it does not.
    if (now < this.#next || (!this.#stream.paced && this.#fault === undefined)) {
      return false;
    }
    if (now - this.#lastProgress > this.#policy.waitSeconds * 1000) {
      throw this.#givenUp(now);
    }
    const standIn =
      this.#policy.onDeviceLost === "default-device" &&
      now - this.#lastProgress > OWN_DEVICE_MS + this.#stallMs;
    const began = this.#clock();
    try {
      this.#stream.reopen(standIn);
      this.#next = REOPENED_MS;
      return true;
    } catch (error) {
      if (!this.#isMendable(error)) {
        throw error;
      }
      this.#fault ??= asError(error);
      this.#away = true;
      this.#next = RETRY_MS;
      return false;
    } finally {
      // A server that hangs holds the call: the device has its time from its end on.
      this.#looked = now + this.#clock() - began;
      this.#next += this.#looked;
    }
  }

  /**
   * A time in which this thread did not run, because the process was stopped or the machine was busy, is no fault of the
   * device: what it kept meanwhile comes now. Once between two progresses, so that a device that holds this thread
   * in its calls is a stalled one all the same.
   */
  #leaveOutPause(now: Milliseconds): void {
    const pause = now - this.#looked;
    this.#looked = now;
    if (pause > this.#stallMs && !this.#excused) {
      this.#excused = true;
      this.#next += pause;
      this.#lastProgress += pause;
    }
  }

  /** Whether opening the device anew may help: a bad file and a fault of ours stay what they are. */
  #isMendable(error: unknown): boolean {
    if (!(error instanceof AudioError)) {
      return false;
    }
    switch (error.code) {
      case "device-lost":
        return this.#policy.onDeviceLost !== "fail";
      case "file-not-readable":
      case "malformed-file":
      case "processor-failed":
      case "internal":
        return false;
      default:
        return this.#stream.paced;
    }
  }

  #givenUp(now: Milliseconds): AudioError {
    const seconds = Math.round((now - this.#lastProgress) / 1000);
    const cause = this.#fault;
    if (cause !== undefined) {
      const host = cause instanceof AudioError ? cause.host : undefined;
      return new AudioError(
        "device-lost",
        `The device gave no frame for ${seconds} s and cannot be opened again: ${cause.message}`,
        { cause, ...(host === undefined ? {} : { host }) },
      );
    }
    const when = this.#anyProgress ? "any more" : "since it was started";
    return new AudioError(
      "stalled",
      `The device is open but gave no frame ${when} for ${seconds} s.`,
    );
  }
}
