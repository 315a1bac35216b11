import { asError } from "../errors.js";
import type { Frames, Milliseconds } from "../format.js";
import {
  paAbort,
  paComplete,
  paInputOverflow,
  paOutputUnderflow,
} from "../hosts/portaudio/header.js";
import { CallbackInput, type InputBlock } from "./callback-input.js";
import { CallbackOutput } from "./callback-output.js";
import {
  type CallbackResult,
  checkCallbackResult,
  type StreamCallback,
} from "./callback-result.js";
import type { GapList } from "./gap-list.js";
import type { Link } from "./link.js";
import { hangs } from "./stream-faults.js";
import type { StreamPlan } from "./stream-options.js";
import { streamTime } from "./stream-time.js";

/** Callbacks that are due at once are called for so long before the event loop has its turn. */
const TURN: Milliseconds = 10;
/** Whoever waits looks again at least this often. */
const LOOK_AGAIN: Milliseconds = 100;
/** How often it is looked what has been played: a device that has just started takes a whole queue at once. */
const LOOK_AT_QUEUE: Milliseconds = 5;
/** A device that takes no frame for this long hangs. */
const OUTPUT_PATIENCE: Milliseconds = 10_000;
/** Weight of the newest block in the load, as in PortAudio. */
const LOAD_WEIGHT = 0.1;

/**
 * Calls the callback of a stream on the thread that opened it: the audio thread fills and empties the rings, and turns
 * of this thread's event loop call for the blocks that are due. While it is active its timer keeps the process alive.
 */
export class CallbackDriver {
  readonly #plan: StreamPlan;
  readonly #callback: StreamCallback;
  readonly #gaps: GapList;
  readonly #onDone: () => void;
  /** `playing out`: the callback has completed, and what it returned is still to be heard. */
  #state: "idle" | "running" | "playing out" = "idle";
  #link: Link | undefined;
  #input: CallbackInput | undefined;
  #output: CallbackOutput | undefined;
  /** Counts starts and halts, so that a callback that stops its own stream is seen. */
  #run = 0;
  #timer: NodeJS.Timeout | undefined;
  /** A wait for frames is under way. */
  #waiting = false;
  #calling = false;
  #done = false;
  /** The device has ended by itself. */
  #over = false;
  #failure: Error | undefined;
  /** Frames that a callback without input was asked for. */
  #asked: Frames = 0;
  #underflowsTold = 0;
  #load = 0;

  /** `onDone` is called when the callback has had its last call and all was played: the device is to be stopped. */
  constructor(plan: StreamPlan, callback: StreamCallback, gaps: GapList, onDone: () => void) {
    this.#plan = plan;
    this.#callback = callback;
    this.#gaps = gaps;
    this.#onDone = onDone;
  }

  /** True from the start until the last call has been made and what was to be heard has been played. */
  get active(): boolean {
    return this.#state !== "idle";
  }

  /** True while the callback runs. */
  get calling(): boolean {
    return this.#calling;
  }

  /** True when the callback has ended the stream by what it returned or threw. */
  get done(): boolean {
    return this.#done;
  }

  /** The callback's usual share of the time that its blocks last; 0 while the stream is inactive. */
  get load(): number {
    return this.active ? this.#load : 0;
  }

  /**
   * The device was started: the callback is called from the next turn of the event loop on. What was recorded before
   * comes first, unless the callback had ended the stream.
   */
  start(link: Link): void {
    this.#follow(link);
    if (this.#done) {
      this.#input?.discard();
    }
    this.#done = false;
    this.#load = 0;
    this.#run += 1;
    this.#state = "running";
    this.#next(0);
  }

  /** Makes no more calls. Throws a failure of the device that nobody was told of, for nobody to catch. */
  halt(): void {
    this.#state = "idle";
    this.#run += 1;
    clearTimeout(this.#timer);
    if (this.#waiting) {
      this.#input?.wake();
    }
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) {
      throwUncaught(failure);
    }
  }

  /** The device has ended by itself: what it recorded before is still handed over. */
  deviceEnded(failure: Error | undefined): void {
    this.#over = true;
    if (this.active) {
      this.#failure = failure;
      this.#next(0);
    }
  }

  /** Calls the callback, now, for each block that has been recorded. */
  catchUp(): void {
    while (this.#input !== undefined && this.#serve()) {
      // Until no block is due.
    }
  }

  #follow(link: Link): void {
    const { reader, writer, opened } = link;
    if (link !== this.#link) {
      this.#link = link;
      this.#underflowsTold = 0;
    }
    if (reader !== undefined) {
      this.#input ??= new CallbackInput(this.#plan, reader, this.#gaps);
      this.#input.follow(reader);
    }
    if (writer !== undefined) {
      this.#output ??= new CallbackOutput(this.#plan, writer, opened.outputLatency);
      this.#output.start(writer, opened.outputLatency);
    }
  }

  readonly #turn = (): void => {
    this.#link?.thread.pollSync();
    const end = performance.now() + TURN;
    while (this.#serve()) {
      if (performance.now() >= end) {
        this.#next(0);
        return;
      }
    }
    if (this.#over && this.active && (this.#input?.ended ?? true)) {
      this.halt();
    } else if (this.#state === "playing out" && this.#output?.pushOut() === true) {
      this.#finish();
    }
    if (this.active && !this.#isHung()) {
      this.#wait();
    }
  };

  /** Comes back when a block may be due. The timer keeps the process alive, which a wait for frames does not. */
  #wait(): void {
    const isFull = this.#output?.hasRoom === false;
    if (this.#state === "playing out" || isFull || this.#input === undefined) {
      this.#next(LOOK_AT_QUEUE);
    } else {
      this.#next(LOOK_AGAIN);
      this.#waitForFrames(this.#input);
    }
  }

  #waitForFrames(input: CallbackInput): void {
    if (this.#waiting) {
      return;
    }
    this.#waiting = true;
    void input.wait().then(() => {
      this.#waiting = false;
      if (this.active) {
        this.#next(0);
      }
    });
  }

  /** The one way into a turn: a single timer, which replaces the one before. */
  #next(delay: Milliseconds): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#turn, Math.min(LOOK_AGAIN, Math.max(1, delay)));
  }

  /** Calls the callback once if a block is due. */
  #serve(): boolean {
    if (this.#state !== "running") {
      return false;
    }
    if (this.#input === undefined) {
      if (this.#over || this.#output?.hasRoom !== true) {
        return false;
      }
      this.#call(undefined, this.#plan.framesPerBuffer);
      return true;
    }
    if (this.#output?.hasRoom === false && !this.#over) {
      return false;
    }
    const block = this.#input.take();
    if (block !== undefined) {
      this.#call(block, block.frames);
    }
    return block !== undefined;
  }

  #call(block: InputBlock | undefined, frames: Frames): void {
    const run = this.#run;
    const position = block?.position ?? this.#asked;
    this.#asked += frames;
    const now = streamTime();
    const timeInfo = {
      input_buffer_adc_time: block?.time ?? 0,
      current_time: now,
      output_buffer_dac_time: this.#output === undefined ? 0 : now + this.#output.delay,
    };
    const flags = (block?.afterLoss === true ? paInputOverflow : 0) | this.#underflowFlag();
    const before = performance.now();
    let returned: unknown;
    this.#calling = true;
    try {
      returned = this.#callback(block?.bytes ?? null, frames, timeInfo, flags);
    } catch (error) {
      this.#fail(run, thrown(error, position));
      return;
    } finally {
      this.#calling = false;
    }
    const share = ((performance.now() - before) / 1000 / frames) * this.#plan.rate;
    this.#load += LOAD_WEIGHT * (share - this.#load);
    const result = checkCallbackResult(returned, `of streamCallback at frame ${position}`);
    if (result instanceof Error) {
      this.#fail(run, result);
    } else if (run === this.#run) {
      // A callback that has stopped its stream has said its last word by that.
      this.#obey(result, frames);
    }
  }

  #obey([outData, flag]: CallbackResult, frames: Frames): void {
    if (flag === paAbort) {
      this.#finish();
      return;
    }
    const isWhole = this.#output?.play(outData, frames) ?? true;
    if (flag === paComplete || !isWhole) {
      this.#done = true;
      this.#output?.complete();
      if (this.#output === undefined) {
        this.#finish();
      } else {
        this.#state = "playing out";
      }
    }
  }

  #underflowFlag(): number {
    const underflows = this.#link?.thread.underflows ?? 0;
    const fresh = underflows > this.#underflowsTold;
    this.#underflowsTold = underflows;
    return fresh ? paOutputUnderflow : 0;
  }

  #finish(): void {
    this.#done = true;
    this.halt();
    if (!this.#over) {
      this.#onDone();
    }
  }

  #fail(run: number, error: Error): void {
    throwUncaught(error);
    if (run === this.#run) {
      this.#finish();
    }
  }

  #isHung(): boolean {
    if ((this.#output?.hungFor(performance.now()) ?? 0) < OUTPUT_PATIENCE) {
      return false;
    }
    this.#fail(this.#run, hangs(OUTPUT_PATIENCE));
    return true;
  }
}

/** Throws where only a handler of uncaught exceptions can catch it, as a callback of Node's own would. */
function throwUncaught(error: Error): void {
  process.nextTick(() => {
    throw error;
  });
}

function thrown(cause: unknown, position: Frames): Error {
  const { message } = asError(cause);
  return new Error(`streamCallback threw at frame ${position}: ${message}`, { cause });
}
