// Runs in the audio thread.
import { bytesPerFrame, type Frames, type Hertz } from "../format.js";
import type { HostSide } from "../hosts/host.js";
import type { StreamResampler } from "../resample/stream-resampler.js";
import type { RingReader } from "../ring.js";
import { createDither } from "../samples/dither.js";
import { type ConvertOptions, convertFrames } from "../samples.js";
import type { OutputPlan } from "./protocol.js";

/** Frames of one conversion: what the scratch memory holds. */
const CHUNK: Frames = 4096;

/** Gives the frames of a ring as a device wants them: its format, its channels, its sample rate. */
export interface FrameSupply {
  /** The converted frames: `supply` fills it from its start. */
  readonly bytes: Uint8Array;
  /** Frames of the device that could be supplied now, or a little fewer. */
  readonly available: Frames;
  /** Frames of the ring that were handed out so far. */
  readonly taken: Frames;
  /** Frames of the ring that are over: handed out or dropped. */
  readonly passed: Frames;
  /** Samples clipped so far. */
  readonly clipped: number;
  /** Puts up to `frames` frames, and no more than fit, into `bytes`, and returns how many. Never waits. */
  supply(frames: Frames): Frames;
  /** No more will be put into the ring for now: what a converter holds back comes out too. */
  flush(): void;
  /** Drops all that waits. */
  drop(): void;
}

/** Makes the supply of one open output. */
export function frameSupply(
  reader: RingReader,
  plan: OutputPlan,
  side: HostSide,
  resampling:
    | { readonly from: Hertz; readonly to: Hertz; readonly converter: StreamResampler }
    | undefined,
): FrameSupply {
  const spread = Array.from({ length: side.channels }, (_, channel) =>
    plan.channels.indexOf(channel),
  );
  return resampling === undefined
    ? new DirectSupply(reader, plan, side, spread)
    : new ResamplingSupply(reader, plan, side, spread, resampling);
}

class DirectSupply implements FrameSupply {
  readonly bytes: Uint8Array;
  taken: Frames = 0;
  clipped = 0;
  readonly #reader: RingReader;
  readonly #convert: ((frames: Frames) => number) | undefined;
  readonly #frames: Uint8Array;

  constructor(reader: RingReader, plan: OutputPlan, side: HostSide, spread: readonly number[]) {
    this.#reader = reader;
    const channels = plan.channels.length;
    this.#frames = new Uint8Array(CHUNK * bytesPerFrame(plan.format, channels));
    const same =
      side.format === plan.format &&
      side.channels === channels &&
      spread.every((channel, index) => channel === index);
    if (same) {
      this.bytes = this.#frames;
      return;
    }
    this.bytes = new Uint8Array(CHUNK * bytesPerFrame(side.format, side.channels));
    const source = { bytes: this.#frames, format: plan.format, channels };
    const options = ditherOf(plan);
    this.#convert = (frames) =>
      convertFrames(source, spread, frames, this.bytes, side.format, options);
  }

  get passed(): Frames {
    return this.#reader.position;
  }

  get available(): Frames {
    return this.#reader.available;
  }

  supply(frames: Frames): Frames {
    const count = this.#reader.tryReadInto(this.#frames, Math.min(CHUNK, frames));
    if (count > 0) {
      this.taken += count;
      this.clipped += this.#convert?.(count) ?? 0;
    }
    return count;
  }

  flush(): void {}

  drop(): void {
    this.#reader.skip();
  }
}

class ResamplingSupply implements FrameSupply {
  readonly bytes: Uint8Array;
  clipped = 0;
  readonly #reader: RingReader;
  readonly #plan: OutputPlan;
  readonly #side: HostSide;
  readonly #spread: readonly number[];
  readonly #options: ConvertOptions;
  readonly #resampler: StreamResampler;
  /** Device frames for each frame of the ring. */
  readonly #ratio: number;
  readonly #frames: Uint8Array;
  readonly #floats: Float32Array;
  /** Converted frames that were not handed out yet: the resampler's own memory, valid until it is called again. */
  #converted: Float32Array = new Float32Array(0);
  /** The resampler holds frames back that `flush` would bring out. */
  #holds = false;
  #flush = false;
  /** Frames of the ring before the ones that are being converted, those, and what was handed out of them. */
  #before: Frames = 0;
  #given: Frames = 0;
  #handedOut: Frames = 0;
  /** The next frame to convert is the first one of a new conversion. */
  #afresh = false;

  constructor(
    reader: RingReader,
    plan: OutputPlan,
    side: HostSide,
    spread: readonly number[],
    resampling: { readonly from: Hertz; readonly to: Hertz; readonly converter: StreamResampler },
  ) {
    this.#reader = reader;
    this.#plan = plan;
    this.#side = side;
    this.#spread = spread;
    this.#options = ditherOf(plan);
    this.#resampler = resampling.converter;
    this.#ratio = resampling.to / resampling.from;
    const channels = plan.channels.length;
    this.#frames = new Uint8Array(CHUNK * bytesPerFrame(plan.format, channels));
    this.#floats = new Float32Array(CHUNK * channels);
    this.bytes = new Uint8Array(CHUNK * bytesPerFrame(side.format, side.channels));
  }

  get taken(): Frames {
    return this.#before + this.#takenOfGiven;
  }

  get passed(): Frames {
    return this.#reader.position - this.#given + this.#takenOfGiven;
  }

  get available(): Frames {
    const waiting = this.#converted.length / this.#plan.channels.length;
    return waiting + Math.floor(this.#reader.available * this.#ratio) + (this.#flush ? 1 : 0);
  }

  supply(frames: Frames): Frames {
    const channels = this.#plan.channels.length;
    // The first frames of a conversion give nothing: they are held back.
    while (this.#converted.length === 0) {
      if (!this.#convertMore(frames)) {
        return 0;
      }
    }
    const count = Math.min(CHUNK, frames, this.#converted.length / channels);
    const part = this.#converted.subarray(0, count * channels);
    this.#converted = this.#converted.subarray(count * channels);
    this.#handedOut += count;
    this.clipped += convertFrames(
      {
        bytes: new Uint8Array(part.buffer, part.byteOffset, part.byteLength),
        format: "float32",
        channels,
      },
      this.#spread,
      count,
      this.bytes,
      this.#side.format,
      this.#options,
    );
    return count;
  }

  flush(): void {
    this.#flush = this.#holds || this.#reader.available > 0;
  }

  drop(): void {
    this.#reader.skip();
    this.#resampler.reset();
    this.#converted = new Float32Array(0);
    this.#holds = false;
    this.#flush = false;
    this.#begin();
  }

  get #takenOfGiven(): Frames {
    return Math.min(this.#given, Math.floor(this.#handedOut / this.#ratio));
  }

  #begin(): void {
    this.#before = this.taken;
    this.#given = 0;
    this.#handedOut = 0;
    this.#afresh = false;
  }

  /** False when there is nothing to convert. */
  #convertMore(frames: Frames): boolean {
    const { format, channels } = this.#plan;
    const wanted = Math.max(1, Math.min(CHUNK, Math.ceil(frames / this.#ratio)));
    const count = this.#reader.tryReadInto(this.#frames, wanted);
    if (count > 0) {
      if (this.#afresh) {
        this.#begin();
      }
      this.#given += count;
      this.#flush = false;
      this.#holds = true;
      convertFrames(
        { bytes: this.#frames, format, channels: channels.length },
        undefined,
        count,
        new Uint8Array(this.#floats.buffer),
        "float32",
      );
      this.#converted = this.#resampler.process(this.#floats, count);
      return true;
    }
    if (this.#flush && this.#holds) {
      this.#flush = false;
      this.#holds = false;
      this.#afresh = true;
      this.#converted = this.#resampler.flush();
      return this.#converted.length > 0;
    }
    return false;
  }
}

function ditherOf(plan: OutputPlan): ConvertOptions {
  return plan.dither === true ? { dither: createDither() } : {};
}
