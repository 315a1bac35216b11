// Runs in the audio thread.
import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { AudioError, asError } from "../errors.js";
import {
  bytesPerFrame,
  type Frames,
  type Hertz,
  type Milliseconds,
  type SampleFormat,
} from "../format.js";
import { RingWriter } from "../ring.js";
import { deinterleaveFrames, interleaveFrames } from "../samples.js";
import type { CaptureTap } from "./capture.js";
import type { ProcessInfo, ProcessorModule } from "./processor.js";
import type { InputPlan, OutputPlan, ProcessorPlan } from "./protocol.js";

/** What the engine asks the open stream for. */
export interface EngineClocks {
  /** When input frame 0 was heard. */
  inputOrigin(): Milliseconds;
  /** When a frame is heard that is put behind `queued` others into the output ring now. NaN before the first start. */
  outputTime(queued: Frames): Milliseconds;
  underflows(): number;
}

/** How an engine is set up. */
export interface EngineSetup {
  readonly plan: ProcessorPlan;
  readonly sampleRate: Hertz;
  readonly input: InputPlan | undefined;
  readonly output: OutputPlan | undefined;
  readonly clocks: EngineClocks;
}

/**
 * Runs a processor module: cuts the captured frames into blocks of the asked size, calls `process` for each, and puts
 * what it made into the output ring. Without an input it makes blocks as the output needs them.
 */
export class ProcessorEngine implements CaptureTap {
  /** True when `process` has returned false: nothing more comes. */
  finished = false;
  /** True while what was made is played out and no more shall be made: frames that come then are lost to it. */
  resting = false;

  readonly #module: ProcessorModule;
  readonly #setup: EngineSetup;
  readonly #port: MessagePort;
  readonly #inputFormat: SampleFormat;
  readonly #input: readonly Float32Array[];
  readonly #output: readonly Float32Array[];
  readonly #writer: RingWriter | undefined;
  readonly #outputBytes: Uint8Array;
  readonly #info: { -readonly [Key in keyof ProcessInfo]: ProcessInfo[Key] };
  /** Input frames that wait for the rest of their block. */
  #held: Frames = 0;
  #dropped: Frames = 0;
  /** Position of the next frame to come, lost ones included. */
  #next: Frames = 0;

  /** Loads the module and sets it up. Throws AudioError `processor-failed` when that fails. */
  static async load(setup: EngineSetup): Promise<ProcessorEngine> {
    const { plan, input, output } = setup;
    try {
      const module: unknown = await import(plan.url);
      if (!isProcessor(module)) {
        throw new TypeError("It exports no function `process`");
      }
      const engine = new ProcessorEngine(module, setup);
      await module.setup?.({
        sampleRate: setup.sampleRate,
        inputChannels: input?.channels.length ?? 0,
        outputChannels: output?.channels.length ?? 0,
        blockFrames: plan.blockFrames,
        options: plan.options,
        post: (message) => plan.port.postMessage(message),
      });
      return engine;
    } catch (error) {
      throw failed(`The processor ${plan.url} cannot be set up`, error);
    }
  }

  private constructor(module: ProcessorModule, setup: EngineSetup) {
    const { plan, input, output } = setup;
    const { blockFrames } = plan;
    this.#module = module;
    this.#setup = setup;
    this.#port = plan.port;
    this.#inputFormat = input?.format ?? "float32";
    this.#input = (input?.channels ?? []).map(() => new Float32Array(blockFrames));
    this.#output = (output?.channels ?? []).map(() => new Float32Array(blockFrames));
    this.#writer = output && new RingWriter(output.ring);
    this.#outputBytes = new Uint8Array(
      output === undefined ? 0 : blockFrames * bytesPerFrame(output.format, output.channels.length),
    );
    this.#info = {
      position: 0,
      frames: blockFrames,
      sampleRate: setup.sampleRate,
      inputTime: Number.NaN,
      outputTime: Number.NaN,
      droppedBefore: 0,
      underflows: 0,
    };
  }

  /**
   * Before a start of a stream with both directions: the first block of output comes when the first block of input has
   * come, and then each as late as the device's buffer allows. Silence stands in until then.
   */
  leadIn(deviceBuffer: Frames): void {
    const writer = this.#writer;
    if (writer === undefined || this.#setup.input === undefined) {
      return;
    }
    for (const channel of this.#output) {
      channel.fill(0);
    }
    const wanted = this.#info.frames + deviceBuffer;
    for (let left = wanted - writer.queued; left > 0; left -= this.#info.frames) {
      this.#put(Math.min(left, this.#info.frames));
    }
  }

  /** Takes the messages that have come. */
  takeMessages(): void {
    for (
      let received: { message: unknown } | undefined = receiveMessageOnPort(this.#port);
      received !== undefined;
      received = receiveMessageOnPort(this.#port)
    ) {
      try {
        this.#module.onMessage?.(received.message);
      } catch (error) {
        throw failed("The processor failed at a message", error);
      }
    }
  }

  /** Captured frames, from the capture. */
  feed(bytes: Uint8Array, frames: Frames, dropped: Frames): void {
    const { input } = this.#setup;
    const channels = input?.channels.length ?? 0;
    const frameBytes = bytesPerFrame(this.#inputFormat, channels);
    if (this.resting) {
      this.#skip(dropped + frames);
      return;
    }
    this.#skip(dropped);
    for (let at = 0; at < frames && !this.finished; ) {
      const count = Math.min(frames - at, this.#info.frames - this.#held);
      const part = bytes.subarray(at * frameBytes, (at + count) * frameBytes);
      const source = { bytes: part, format: this.#inputFormat, channels };
      deinterleaveFrames(source, count, this.#input, this.#held);
      at += count;
      this.#take(count);
    }
  }

  /** Without an input: makes blocks until `frames` frames wait in the output ring, or it is full. */
  generate(frames: Frames): void {
    const writer = this.#writer;
    if (writer === undefined || this.#setup.input !== undefined || this.resting) {
      return;
    }
    while (!this.finished && writer.queued < frames && writer.room >= this.#info.frames) {
      this.#process(this.#next);
      this.#next += this.#info.frames;
    }
  }

  /** Throws AudioError `processor-failed`; the port is closed all the same. */
  close(): void {
    try {
      this.#module.close?.();
    } catch (error) {
      throw failed("The processor failed when it was closed", error);
    } finally {
      this.#port.close();
    }
  }

  /** Frames that do not come: those within a block that has begun are silent, a block begins behind the others. */
  #skip(frames: Frames): void {
    let left = frames;
    if (left > 0 && this.#held > 0 && !this.finished) {
      const count = Math.min(left, this.#info.frames - this.#held);
      for (const channel of this.#input) {
        channel.fill(0, this.#held, this.#held + count);
      }
      this.#dropped += count;
      left -= count;
      this.#take(count);
    }
    this.#dropped += left;
    this.#next += left;
  }

  /** Frames have come into the block. */
  #take(count: Frames): void {
    this.#held += count;
    this.#next += count;
    if (this.#held === this.#info.frames) {
      this.#held = 0;
      this.#process(this.#next - this.#info.frames);
    }
  }

  #process(position: Frames): void {
    const info = this.#info;
    const { clocks, sampleRate, input } = this.#setup;
    info.position = position;
    info.droppedBefore = this.#dropped;
    info.underflows = clocks.underflows();
    info.inputTime =
      input === undefined ? Number.NaN : clocks.inputOrigin() + (position / sampleRate) * 1000;
    info.outputTime =
      this.#writer === undefined ? Number.NaN : clocks.outputTime(this.#writer.queued);
    this.#dropped = 0;
    for (const channel of this.#output) {
      channel.fill(0);
    }
    let more: unknown;
    try {
      more = this.#module.process(this.#input, this.#output, info);
    } catch (error) {
      throw failed(`The processor failed at position ${position}`, error);
    }
    if (typeof more === "object" && more !== null && "then" in more) {
      Promise.resolve(more).catch(() => {
        // What it rejects with comes too late to tell.
      });
      const error = new TypeError("process() returned a promise: nothing in an audio thread waits");
      throw failed(`The processor failed at position ${position}`, error);
    }
    if (more === false) {
      this.finished = true;
    }
    this.#put(info.frames);
  }

  /** Output frames that find no room are dropped: the device takes them slower than the input gives them. */
  #put(frames: Frames): void {
    const { output } = this.#setup;
    if (output !== undefined && this.#writer !== undefined) {
      interleaveFrames(this.#output, 0, frames, this.#outputBytes, output.format);
      this.#writer.tryWrite(this.#outputBytes, frames);
    }
  }
}

function isProcessor(module: unknown): module is ProcessorModule {
  return (
    typeof module === "object" &&
    module !== null &&
    "process" in module &&
    typeof module.process === "function"
  );
}

function failed(what: string, thrown: unknown): AudioError {
  const cause = asError(thrown);
  return new AudioError("processor-failed", `${what}: ${cause.message}`, { cause });
}
