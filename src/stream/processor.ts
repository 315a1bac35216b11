import type { Frames, Hertz, Milliseconds } from "../format.js";

/** What a processor is told of each block. The same object at each call. */
export interface ProcessInfo {
  /** Position of the block's first frame, lost input frames included. */
  readonly position: Frames;
  /** Frames of the block: always the same number. */
  readonly frames: Frames;
  readonly sampleRate: Hertz;
  /** When the first input frame was heard, on the `performance.now()` of the thread that opened the stream; NaN without input. */
  readonly inputTime: Milliseconds;
  /** When the first output frame will be heard, on the same clock; NaN without output. */
  readonly outputTime: Milliseconds;
  /** Input frames that were lost right before this block, and inside of it, where silence stands for them. */
  readonly droppedBefore: Frames;
  /** How often the output has run dry so far. */
  readonly underflows: number;
}

/** What a processor module is set up with. */
export interface ProcessorContext {
  readonly sampleRate: Hertz;
  readonly inputChannels: number;
  readonly outputChannels: number;
  readonly blockFrames: Frames;
  /** `processorOptions` of the stream, as a structured clone. */
  readonly options: unknown;
  /** Sends a message to the stream's `onMessage`. */
  readonly post: (message: unknown) => void;
}

/**
 * The module that a stream's `processor` names. It is loaded in the stream's audio thread, once for each stream, and
 * lives as long as the stream.
 *
 * `process` is called for each block: `input` has one array of `frames` floats (full scale 1) for each input channel,
 * `output` one of zeros for each output channel, to be filled. Both are reused for the next block. Returning `false` ends
 * the stream, after what was made has been played. An exception ends it with AudioError `processor-failed`, and so does
 * a promise: nothing in the audio thread waits for one.
 *
 * In a stream of both directions the answer to input frame k is output frame k + L: L is one block and, with a device
 * that has a clock, its output buffer (`outputLatency`).
 */
export interface ProcessorModule {
  process(
    input: readonly Float32Array[],
    output: readonly Float32Array[],
    info: ProcessInfo,
  ): unknown;
  /** Called once, before the first block. May return a promise. */
  setup?(context: ProcessorContext): void | Promise<void>;
  /** Called between blocks with each message that the stream's `postMessage` sent. */
  onMessage?(message: unknown): void;
  /** Called once, when the stream is closed. */
  close?(): void;
}
