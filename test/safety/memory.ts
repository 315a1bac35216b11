import type { Frames, SampleFormat } from "../../src/format.js";
import { bytesPerFrame } from "../../src/format.js";
import { detach } from "./nasty.js";

type Random = (below: number) => number;

/** Memory for frames, and how many frames of the format it has room for if it is of the right kind. */
export interface FrameMemory {
  readonly name: string;
  readonly view: ArrayBufferView;
  readonly frames: Frames;
  /** Gives the memory away, while a call may use it. */
  detach(): void;
}

const SIZES: readonly Frames[] = [1, 2, 7, 64, 400, 1023, 5000];

/** An array for frames: most often of the right kind, else wrong in one of many ways. */
export function frameMemory(random: Random, format: SampleFormat, channels: number): FrameMemory {
  const frames = SIZES[random(SIZES.length)] ?? 1;
  const bytes = frames * bytesPerFrame(format, channels);
  const made = (name: string, view: ArrayBufferView, room = 0): FrameMemory => ({
    name,
    view,
    frames: room,
    detach: () => detach(view),
  });
  switch (random(24)) {
    case 0:
      return made("no bytes", new Uint8Array(0));
    case 1:
      return made("detached", detach(new Uint8Array(bytes)));
    case 2:
      return made("half a frame too much", new Uint8Array(bytes + 1));
    case 3:
      return made("Float64Array", new Float64Array(bytes));
    case 4:
      return made("DataView", new DataView(new ArrayBuffer(bytes)));
    case 5:
      return made("BigInt64Array", new BigInt64Array(bytes));
    case 6:
      return made("Int8Array", new Int8Array(bytes), format === "int8" ? frames : 0);
    case 7:
      return made("shared", new Uint8Array(new SharedArrayBuffer(bytes)), frames);
    case 8:
      return made("odd offset", new Uint8Array(new ArrayBuffer(bytes + 3), 3, bytes), frames);
    case 9:
      return made("resizable", new Uint8Array(resizable(bytes)), frames);
    case 10:
      return made("huge", new Uint8Array(bytes * 100), frames * 100);
    case 11:
      return made("Buffer", Buffer.alloc(bytes), frames);
    default:
      return made("bytes", noise(new Uint8Array(bytes), random), frames);
  }
}

/** The channels of some frames: most often right, with NaN and infinities among them. */
export function channelArrays(random: Random, channels: number): readonly Float32Array[] {
  const frames = SIZES[random(SIZES.length)] ?? 1;
  const arrays = Array.from({ length: random(12) === 0 ? random(4) : channels }, () => {
    const array = new Float32Array(random(20) === 0 ? random(9) : frames);
    for (let index = 0; index < array.length; index += 1 + random(9)) {
      array[index] = STRANGE[random(STRANGE.length)] ?? 0;
    }
    return array;
  });
  const [first] = arrays;
  if (first !== undefined && random(20) === 0) {
    detach(first);
  }
  return arrays;
}

const STRANGE = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e38, -0, 5e-324];

/** Random bytes, which as floats are NaN now and then. */
function noise(bytes: Uint8Array, random: Random): Uint8Array {
  for (let index = 0; index < bytes.length; index += 1 + random(64)) {
    bytes[index] = random(256);
  }
  return bytes;
}

/** Memory that may shrink: the types of this target's language do not know the option yet. */
function resizable(bytes: number): ArrayBuffer {
  const options: object = { maxByteLength: bytes };
  return Reflect.construct(ArrayBuffer, [bytes, options]) as ArrayBuffer;
}
