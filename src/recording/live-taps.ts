import type { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import { checkOptions } from "../options.js";
import {
  PACK_OPTIONS,
  type PackFormat,
  type PackOptions,
  packedReadable,
  packedWebReadable,
  settlePacking,
} from "../stream/packed-bytes.js";
import { LiveFrames } from "./live-frames.js";

/** A reader that is late holds a device that can wait when more than this waits for it. */
const MOST_WAITING = 2 ** 20;

/** How the taps reach the recorder. */
export interface TapLine {
  /** Asks the writer thread to send what is recorded. */
  readonly ask: () => void;
  /** Starts the recorder, if it was never started. */
  readonly begin: () => Promise<void>;
  /** So many bytes of what was sent need not be kept any more. */
  readonly claim: (bytes: number) => void;
}

/** Those who read what is recorded while it is. */
export class LiveTaps {
  readonly #format: PackFormat;
  readonly #line: TapLine;
  readonly #readers = new Set<LiveFrames>();
  readonly #tellOpen = new Set<() => void>();
  #over: { readonly fault: Error | undefined } | undefined;
  /** Bytes that the writer was not told of yet. */
  #unclaimed = 0;

  constructor(format: PackFormat, line: TapLine) {
    this.#format = format;
    this.#line = line;
  }

  /** A new reader, of what is recorded from now on. */
  readable(options: PackOptions): Readable {
    checkOptions(options, PACK_OPTIONS, "toReadable()");
    const packing = settlePacking(options, this.#format);
    const frames = this.#add();
    return packedReadable(frames, packing, async () => this.#remove(frames));
  }

  /** The same as a Web stream. */
  webReadable(options: PackOptions): ReadableStream<Uint8Array> {
    checkOptions(options, PACK_OPTIONS, "toWebReadable()");
    const packing = settlePacking(options, this.#format);
    const frames = this.#add();
    return packedWebReadable(frames, packing, async () => this.#remove(frames));
  }

  /** The writer sends what is recorded from now on. */
  opened(): void {
    for (const tell of this.#tellOpen) {
      tell();
    }
    this.#tellOpen.clear();
  }

  /** What was recorded. */
  push(bytes: Uint8Array): void {
    this.#unclaimed += bytes.byteLength;
    for (const frames of this.#readers) {
      frames.push(Uint8Array.from(bytes));
    }
    this.#claim();
  }

  /** The recording is over. */
  end(fault: Error | undefined): void {
    this.#over = { fault };
    this.opened();
    for (const frames of this.#readers) {
      frames.end(fault);
    }
  }

  #add(): LiveFrames {
    // The device must not begin before the writer knows.
    const opened = new Promise<void>((resolve) => {
      this.#tellOpen.add(resolve);
    });
    this.#line.ask();
    const frames = new LiveFrames(
      async () => {
        await opened;
        await this.#line.begin();
      },
      () => this.#claim(),
    );
    this.#readers.add(frames);
    if (this.#over !== undefined) {
      this.end(this.#over.fault);
    }
    return frames;
  }

  /** A reader wants no more. */
  #remove(frames: LiveFrames): void {
    this.#readers.delete(frames);
    this.#claim();
  }

  /** A device that can wait does so while a reader is late. */
  #claim(): void {
    const most = Math.max(0, ...[...this.#readers].map(({ waitingBytes }) => waitingBytes));
    if (this.#unclaimed > 0 && most <= MOST_WAITING) {
      this.#line.claim(this.#unclaimed);
      this.#unclaimed = 0;
    }
  }
}
