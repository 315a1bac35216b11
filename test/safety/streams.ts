import type { Frames } from "../../src/format.js";
import { type DuplexStream, InputStream, OutputStream, type StreamState } from "../../src/index.js";
import { type Living, PATIENCE, Violation, type World } from "./world.js";

type AnyStream = InputStream | OutputStream | DuplexStream;

/** Which states may be seen after which: what lies between two looks may be left out. */
const AFTER: Readonly<Record<StreamState, readonly StreamState[]>> = {
  stopped: ["stopped", "running", "ended", "failed", "closed"],
  running: ["stopped", "running", "ended", "failed", "closed"],
  ended: ["ended", "failed", "closed"],
  failed: ["failed", "closed"],
  closed: ["closed"],
};

/** A stream with what the model knows of it. */
export class LivingStream<Stream extends AnyStream = AnyStream> implements Living {
  readonly name: string;
  readonly stream: Stream;
  /** Frames that reads have given. */
  read: Frames = 0;
  /** Frames that writes have taken for certain. */
  written: Frames = 0;
  /** Whether every frame that was read or written is in the account. */
  readsCounted = true;
  writesCounted = true;
  /** Calls that are under way. */
  busy = 0;
  /** How many calls there were that may change the state. */
  epoch = 0;
  readonly #sound: boolean;
  readonly #world: World;
  #state: StreamState = "stopped";
  #position: Frames = 0;

  /** `sound`: its device works for ever, and nothing but the calls of the sequence can end it. */
  constructor(world: World, name: string, stream: Stream, sound: boolean) {
    this.#world = world;
    this.name = name;
    this.stream = stream;
    this.#sound = sound;
  }

  /** Makes a call that takes time, and keeps account of it. */
  call(name: string, make: () => Promise<unknown>): void {
    this.busy += 1;
    this.epoch += 1;
    const done = (async () => {
      try {
        const result = await make();
        return result;
      } finally {
        this.busy -= 1;
      }
    })();
    this.#world.track(`${this.name.slice(0, 9)}.${name}`, done);
  }

  /** A call that changes the state: when nothing came between, the state is as documented. */
  verb(name: "start" | "stop" | "abort" | "close", make: () => Promise<void>): void {
    const alone = this.busy === 0;
    this.call(name, async () => {
      const { epoch } = this;
      const before = this.stream.state;
      await make();
      const after = this.stream.state;
      if (name === "close" && after !== "closed") {
        throw this.#violation(`${after} after close()`);
      }
      if (!alone || epoch !== this.epoch || this.#world.signals.some((one) => one.signal.aborted)) {
        return;
      }
      if (name === "start" && !["running", "ended", "failed"].includes(after)) {
        throw this.#violation(`${after} after start(), ${before} before`);
      }
      if ((name === "stop" || name === "abort") && after === "running") {
        throw this.#violation(`running after ${name}()`);
      }
    });
  }

  check(): void {
    const { stream } = this;
    const { state, stats } = stream;
    if (!AFTER[this.#state].includes(state)) {
      throw this.#violation(`${state} after ${this.#state}`);
    }
    this.#state = state;
    this.#checkCounts(stats);
    if (!(stream instanceof OutputStream)) {
      const { position, droppedFrames, droppedBefore, readAvailable } = stream;
      this.#checkCounts({ position, droppedFrames, droppedBefore, readAvailable });
      if (position < this.#position) {
        throw this.#violation(`position went back from ${this.#position} to ${position}`);
      }
      this.#position = position;
      const known = this.read + droppedFrames;
      if (position < known || (this.readsCounted && this.busy === 0 && position !== known)) {
        throw this.#violation(
          `position is ${position} after ${this.read} frames read and ${droppedFrames} lost`,
        );
      }
    }
    if (!(stream instanceof InputStream)) {
      const written = stream instanceof OutputStream ? stream.position : stream.outputPosition;
      this.#checkCounts({ written, writeAvailable: stream.writeAvailable });
      const exact = this.writesCounted && this.busy === 0;
      if (written < this.written || (exact && written !== this.written)) {
        throw this.#violation(`${written} frames written instead of ${this.written}`);
      }
    }
  }

  /** A sound stream that says that it can work does it: it gives a frame, or plays one. */
  async prove(): Promise<void> {
    const { stream } = this;
    if (!this.#sound || !["stopped", "running"].includes(stream.state)) {
      return;
    }
    const started = await stream.start().then(
      () => true,
      () => false,
    );
    if (!started) {
      return;
    }
    const deadline = performance.now() + PATIENCE;
    const moved = () =>
      stream instanceof OutputStream
        ? stream.writeAvailable
        : stream.position + stream.readAvailable;
    while (moved() === 0 && stream.state === "running") {
      if (performance.now() > deadline) {
        throw this.#violation(`it is running and moved nothing in ${PATIENCE} ms`);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async close(): Promise<void> {
    const closing = this.stream.close();
    await this.stream.close();
    await closing;
    if (this.stream.state !== "closed") {
      throw this.#violation(`${this.stream.state} after close()`);
    }
    this.check();
  }

  /** Every number of an account is one, and none is negative. */
  #checkCounts(account: object): void {
    for (const [name, value] of Object.entries(account)) {
      if (typeof value === "object" && value !== null) {
        this.#checkCounts(value);
      } else if (typeof value === "number" && !(value >= 0 || name === "timeUncertainty")) {
        throw this.#violation(`${name} is ${value}`);
      }
    }
  }

  #violation(text: string): Violation {
    return new Violation(`${this.name}: ${text}`);
  }
}
