// Runs in audio threads only.
import { AudioError } from "../../errors.js";
import type { Frames, Hertz, SampleFormat } from "../../format.js";
import {
  type GapCause,
  type HostSide,
  type HostStream,
  LOSS_UNKNOWN,
  type StreamRequest,
} from "../host.js";
import { check, failure } from "./failure.js";
import type { PaStream, PaStreamParameters, PortAudio } from "./ffi.js";
import { paDitherOff, paInputOverflowed, paNoError, paOutputUnderflowed } from "./header.js";
import { JackClock } from "./jack-clock.js";

/** One direction as it is asked of PortAudio. */
export interface NativeSide {
  readonly channels: number;
  readonly format: SampleFormat;
  readonly parameters: PaStreamParameters;
  /** Whether the device is one of JACK. */
  readonly jack: boolean;
}

/** How a stream reaches PortAudio. */
export interface NativeAccess {
  readonly pa: PortAudio;
  /**
   * Where the device of a request is in PortAudio's list now, or with `standIn` the default device; with `renew`, after
   * taking the list anew, where no other stream of the process forbids it. Throws AudioError `device-not-found`.
   */
  locate(side: "input" | "output", standIn: boolean, renew: boolean): number;
  /** Runs a control call: under the process-wide lock, without native lines on stderr. */
  control<Result>(call: () => Result): Result;
  /** Runs any other call without native lines on stderr. */
  quietly<Result>(call: () => Result): Result;
}

/** An open `PaStream`, only ever read and written as far as it can be without waiting. */
export class PortAudioStream implements HostStream {
  readonly sampleRate: Hertz;
  readonly input: HostSide | undefined;
  readonly output: HostSide | undefined;
  readonly paced = true;
  readonly primes = false;
  lossCause: GapCause = "overrun";

  readonly #pa: PortAudio;
  readonly #access: NativeAccess;
  readonly #request: StreamRequest;
  #nativeInput: NativeSide | undefined;
  #nativeOutput: NativeSide | undefined;
  #stream: PaStream | undefined;
  #reopened = false;
  /** Finds losses that JACK does not tell. */
  #jackClock: JackClock | undefined;
  /** Frames that were read since the device was opened, and those that are lost before the next one. */
  #framesRead: Frames = 0;
  #lost: Frames = 0;

  constructor(
    access: NativeAccess,
    request: StreamRequest,
    input: NativeSide | undefined,
    output: NativeSide | undefined,
  ) {
    const { pa } = access;
    this.#pa = pa;
    this.#access = access;
    this.#request = request;
    this.#nativeInput = input;
    this.#nativeOutput = output;
    const info = access.control(() => {
      this.#stream = this.#openNative();
      return pa.Pa_GetStreamInfo(this.#stream);
    });
    this.sampleRate = info?.sampleRate ?? request.sampleRate;
    this.input = input && hostSide(input, info?.inputLatency ?? 0);
    this.output = output && hostSide(output, info?.outputLatency ?? 0);
    this.#watchJack(input);
  }

  start(): void {
    const stream = this.#open();
    this.#access.control(() =>
      check(this.#pa, this.#pa.Pa_StartStream(stream), "Starting the stream"),
    );
  }

  readAvailable(): Frames {
    const stream = this.#open();
    // The first call to fail when a server dies, with lines of PortAudio's own.
    const available = this.#access.quietly(() => this.#pa.Pa_GetStreamReadAvailable(stream));
    check(this.#pa, available, "Asking the device for frames");
    if (this.#jackClock !== undefined) {
      const time = this.#pa.Pa_GetStreamTime(stream);
      this.#lost += this.#jackClock.lost(time, this.#framesRead, available);
    }
    return available;
  }

  read(target: Uint8Array, frames: Frames): Frames {
    const stream = this.#open();
    const result = this.#access.quietly(() => this.#pa.Pa_ReadStream(stream, target, frames));
    if (result !== paNoError && result !== paInputOverflowed) {
      throw failure(this.#pa, result, "Reading from the device");
    }
    this.#framesRead += frames;
    const lost = this.#lost;
    this.#lost = 0;
    if (this.#reopened) {
      this.#reopened = false;
      // What is missing until now was lost, whatever the reason.
      this.lossCause = "stall";
      return LOSS_UNKNOWN;
    }
    if (result === paInputOverflowed) {
      this.lossCause = "overrun";
      return LOSS_UNKNOWN;
    }
    if (lost > 0) {
      this.lossCause = "overrun";
    }
    return lost;
  }

  writeAvailable(): Frames {
    const stream = this.#open();
    const available = this.#access.quietly(() => this.#pa.Pa_GetStreamWriteAvailable(stream));
    return available >= 0 ? available : check(this.#pa, available, "Asking the device for room");
  }

  write(source: Uint8Array, frames: Frames): Frames {
    const stream = this.#open();
    // The first call to fail for an output when a server dies, as readAvailable() is for an input.
    const result = this.#access.quietly(() => this.#pa.Pa_WriteStream(stream, source, frames));
    if (result === paNoError) {
      return 0;
    }
    if (result === paOutputUnderflowed) {
      return LOSS_UNKNOWN;
    }
    throw failure(this.#pa, result, "Writing to the device");
  }

  reopen(standIn = false): void {
    this.#access.control(() => {
      if (this.#stream !== undefined) {
        // What a stalled stream says while it is closed helps nobody: the new one counts.
        this.#pa.Pa_CloseStream(this.#stream);
        this.#stream = undefined;
      }
    });
    try {
      this.#openAgain(standIn, false);
    } catch {
      // The list of devices may be out of date, and the device now has another place in it.
      this.#openAgain(standIn, true);
    }
    this.#reopened = true;
    this.#watchJack(standIn ? undefined : this.#nativeInput);
  }

  stop(): void {
    this.#end((stream) => this.#pa.Pa_StopStream(stream));
  }

  abort(): void {
    this.#end((stream) => this.#pa.Pa_AbortStream(stream));
  }

  close(): void {
    const stream = this.#stream;
    if (stream !== undefined) {
      this.#stream = undefined;
      this.#access.control(() =>
        check(this.#pa, this.#pa.Pa_CloseStream(stream), "Closing the stream"),
      );
    }
  }

  #openAgain(standIn: boolean, renew: boolean): void {
    this.#nativeInput = this.#relocated("input", this.#nativeInput, standIn, renew);
    this.#nativeOutput = this.#relocated(
      "output",
      this.#nativeOutput,
      standIn,
      renew && this.#nativeInput === undefined,
    );
    this.#access.control(() => {
      const stream = this.#openNative();
      this.#stream = stream;
      check(this.#pa, this.#pa.Pa_StartStream(stream), "Starting the stream again");
    });
  }

  #watchJack(side: NativeSide | undefined): void {
    this.#jackClock = side?.jack === true ? new JackClock(this.sampleRate) : undefined;
    this.#framesRead = 0;
    this.#lost = 0;
  }

  #relocated(
    direction: "input" | "output",
    side: NativeSide | undefined,
    standIn: boolean,
    renew: boolean,
  ): NativeSide | undefined {
    if (side === undefined) {
      return undefined;
    }
    const device = this.#access.locate(direction, standIn, renew);
    return { ...side, parameters: { ...side.parameters, device } };
  }

  #end(call: (stream: PaStream) => number): void {
    const stream = this.#stream;
    if (stream === undefined) {
      return;
    }
    this.#access.control(() => {
      if (this.#pa.Pa_IsStreamStopped(stream) === 0) {
        check(this.#pa, call(stream), "Stopping the stream");
      }
    });
  }

  /** The caller holds the control lock. */
  #openNative(): PaStream {
    const out: [PaStream | null] = [null];
    const result = this.#pa.Pa_OpenStream(
      out,
      this.#nativeInput?.parameters ?? null,
      this.#nativeOutput?.parameters ?? null,
      this.#request.sampleRate,
      this.#request.framesPerBuffer,
      // Without dither equal input gives equal frames; clipping stays on, it guards the conversion from float.
      paDitherOff,
      null,
      null,
    );
    check(this.#pa, result, "Opening the device");
    if (out[0] === null) {
      throw new AudioError("host-error", "PortAudio opened a stream and gave none");
    }
    return out[0];
  }

  #open(): PaStream {
    if (this.#stream === undefined) {
      throw new AudioError("stalled", "The device is closed and could not be opened again.");
    }
    return this.#stream;
  }
}

function hostSide(side: NativeSide, latency: number): HostSide {
  return { channels: side.channels, format: side.format, latency };
}
