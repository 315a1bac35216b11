import { WRITER_WORDS } from "./writer-protocol.js";

/**
 * Numbers that a writer thread keeps up to date for its parent, in the shared memory behind the control words: 64-bit
 * floats, each written by the writer thread alone and in one store.
 */
const NAMES = [
  /** Frames of the take, lost ones included where silence stands in for them. */
  "frames",
  "lostFrames",
  "gaps",
  /** Bytes that wait for the disk. */
  "backlog",
] as const;

/** The name of one of the numbers. */
export type WriterNumber = (typeof NAMES)[number];

const OFFSET = WRITER_WORDS * 4;

/** Bytes of a writer thread's shared memory: control words and numbers. */
export const WRITER_BYTES: number = OFFSET + NAMES.length * 8;

/** The numbers of one writer thread. */
export class WriterWords {
  readonly #numbers: Float64Array;

  constructor(control: SharedArrayBuffer) {
    this.#numbers = new Float64Array(control, OFFSET, NAMES.length);
  }

  get(name: WriterNumber): number {
    return this.#numbers[NAMES.indexOf(name)] ?? 0;
  }

  set(name: WriterNumber, value: number): void {
    this.#numbers[NAMES.indexOf(name)] = value;
  }
}
