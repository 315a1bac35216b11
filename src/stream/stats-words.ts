import { CONTROL_WORDS } from "./protocol.js";

/**
 * Numbers that an audio thread keeps up to date for its parent, in the shared memory behind the control words: 64-bit
 * floats, each written by the audio thread alone and in one store, so a reader sees the old value or the new one.
 */
const NAMES = [
  /** Frames captured, lost ones included, at the rate of the ring. */
  "inputFrames",
  "droppedFrames",
  "gaps",
  "overruns",
  "stalls",
  "inputClipped",
  /** Uncertainty of block times, in milliseconds. */
  "timeUncertainty",
  /** Frames of the parent's that were handed to the device, at the rate of the ring. */
  "outputFrames",
  "underflows",
  "silentFrames",
  "outputClipped",
  /** When output frame 0 is heard, on the parent's clock, were no silence to come. */
  "outputOrigin",
  /** Share of its time in which the audio thread works, from 0 to 1. */
  "cpuLoad",
  /** 0 not asked for, 1 granted, 2 refused. */
  "realTime",
] as const;

/** The name of one of the numbers. */
export type StatsWord = (typeof NAMES)[number];

const OFFSET = CONTROL_WORDS * 4;

/** Bytes of an audio thread's shared memory: control words and numbers. */
export const CONTROL_BYTES: number = OFFSET + NAMES.length * 8;

/** The numbers of one audio thread. */
export class StatsWords {
  /** The memory, for the `StatsWords` of another thread. */
  readonly shared: SharedArrayBuffer;
  readonly #numbers: Float64Array;

  constructor(control: SharedArrayBuffer) {
    this.shared = control;
    this.#numbers = new Float64Array(control, OFFSET, NAMES.length);
  }

  get(name: StatsWord): number {
    return this.#numbers[INDEX[name]] ?? 0;
  }

  set(name: StatsWord, value: number): void {
    this.#numbers[INDEX[name]] = value;
  }
}

const INDEX = Object.fromEntries(NAMES.map((name, index) => [name, index])) as Record<
  StatsWord,
  number
>;
