import { type AudioError, asError, type ErrorMessage, fromErrorMessage } from "../errors.js";
import type { RecorderParts } from "./recorder-parts.js";
import type { EndReason, RecorderResult } from "./recorder-result.js";

/** How a recorder comes to its end: who ended it, what went wrong, and how its device and its thread are given back. */
export class RecorderEnd {
  readonly #parts: RecorderParts;
  #reason: EndReason | undefined;
  #result: RecorderResult | undefined;
  /** A fault that is not the stream's or the writer's. */
  #fault: Error | undefined;
  #writerFault: AudioError | undefined;

  constructor(parts: RecorderParts) {
    this.#parts = parts;
  }

  /** Why this thread ended it; undefined as long as it has not. */
  get reason(): EndReason | undefined {
    return this.#reason;
  }

  /** The take that was complete last. */
  get result(): RecorderResult | undefined {
    return this.#result;
  }

  /** True when something went wrong in this thread. */
  get isFaulty(): boolean {
    return this.#fault !== undefined;
  }

  /** Ends it: what the device has given until now is still recorded. */
  begin(reason: EndReason): void {
    const { stream, writer } = this.#parts;
    this.#reason = reason;
    stream
      .stop()
      .catch((error: unknown) => this.noteFault(error))
      .finally(() => writer.tell({ type: "finish", reason }));
  }

  /** The stream has ended: nothing more comes. */
  streamEnded(): void {
    this.#parts.writer.tell({ type: "finish", reason: this.#reason ?? "source-ended" });
  }

  /** A take is complete. */
  noteResult(result: RecorderResult): void {
    this.#result = result;
  }

  /** Something went wrong in this thread; the first such fault counts. */
  noteFault(error: unknown): void {
    this.#fault ??= asError(error);
  }

  /** Something went wrong in the writer thread, or with it; the first such fault counts. */
  noteWriterFault(error: AudioError | ErrorMessage | undefined): void {
    this.#writerFault ??= error instanceof Error ? error : error && fromErrorMessage(error);
  }

  /** The writer has done its part: gives the device and the thread back. Resolves with the fault that ended it, if one did. */
  async conclude(): Promise<Error | undefined> {
    const { plan, stream, writer } = this.#parts;
    const writerFault = this.#writerFault;
    let streamFault: Error | undefined;
    if (this.#reason === undefined) {
      // Something in the writer has ended it: the device runs on, or has failed.
      await stream.stop().catch((error: unknown) => this.noteFault(error));
    }
    await stream.close().catch((error: unknown) => this.noteFault(error));
    const isCut = this.#result === undefined || this.#result.reason === "source-ended";
    if (isCut || plan.repeat) {
      streamFault = await stream.finished.then(
        () => undefined,
        (error: unknown) => asError(error),
      );
    }
    await writer.close();
    return streamFault ?? writerFault ?? this.#fault;
  }
}
