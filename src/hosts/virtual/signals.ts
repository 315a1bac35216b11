import {
  bytesPerSample,
  type Frames,
  type Hertz,
  type SampleFormat,
  silenceByte,
} from "../../format.js";
import type { GeneratedSpec } from "./spec.js";

/**
 * What a virtual device hears, as a function of device time: any split into blocks gives the same frames.
 * `write` allocates nothing, except where a source says so.
 */
export interface SignalSource {
  /** Frames until the signal ends; `Infinity` if it never does. */
  readonly length: Frames;
  /** Writes the frames from `position` on, interleaved, to the start of `target`. */
  write(target: Uint8Array, position: Frames, frames: Frames): void;
  /** The first frame that can still be read when `heard` were heard. Without this all can, however late. */
  oldest?(heard: Frames): Frames;
  close(): void;
}

/** The value of one sample, full scale 1. */
type SampleValue = (frame: Frames, channel: number) => number;

/** A sample of full scale 1 as the bits that are stored: rounded to the nearest and clipped. */
type SampleBits = (value: number) => number;

/**
 * A signal that is computed:
 * - `silence`: 0.
 * - `tone`: amplitude × sin(2π × frequency × frame / rate) in double precision, the same in each channel.
 * - `noise`: white, uniform from -amplitude up to amplitude, independent in each channel; see {@link noiseValue}.
 * - `ramp`: frame n holds the 16-bit counter n mod 65,536 as an int16 (0..32767, -32768..-1), the same in each channel.
 *   Wider integers hold it in their top 16 bits, float32 as counter / 32,768. The 8-bit formats hold its low 8 bits
 *   (the byte n mod 256), since in the high ones the loss of a single frame would not show.
 *
 * Integers are value × 2^(bits - 1), rounded and clipped, as in libsndfile; `uint8` has its zero at 128.
 */
export function generatedSource(
  spec: GeneratedSpec,
  sampleRate: Hertz,
  channels: number,
  format: SampleFormat,
): SignalSource {
  const bits = bitsOf(format);
  const width = bytesPerSample(format);
  switch (spec.kind) {
    case "silence": {
      const byte = silenceByte(format);
      return endless((target, _position, frames) => {
        target.fill(byte, 0, frames * channels * width);
      });
    }
    case "tone":
      return endless(
        sameInEach(toneValue(spec.frequency, spec.amplitude, sampleRate), bits, width, channels),
      );
    case "ramp":
      return endless(sameInEach(rampValue(format), bits, width, channels));
    case "noise":
      return endless(
        ownInEach(noiseValue(spec.seed, spec.amplitude, channels), bits, width, channels),
      );
  }
}

function endless(write: SignalSource["write"]): SignalSource {
  return { length: Number.POSITIVE_INFINITY, write, close: () => {} };
}

function sameInEach(
  value: SampleValue,
  bits: SampleBits,
  width: number,
  channels: number,
): SignalSource["write"] {
  return (target, position, frames) => {
    let at = 0;
    for (let frame = position; frame < position + frames; frame++) {
      const sample = bits(value(frame, 0));
      for (let channel = 0; channel < channels; channel++) {
        store(target, at, sample, width);
        at += width;
      }
    }
  };
}

function ownInEach(
  value: SampleValue,
  bits: SampleBits,
  width: number,
  channels: number,
): SignalSource["write"] {
  return (target, position, frames) => {
    let at = 0;
    for (let frame = position; frame < position + frames; frame++) {
      for (let channel = 0; channel < channels; channel++) {
        store(target, at, bits(value(frame, channel)), width);
        at += width;
      }
    }
  };
}

/** Byte by byte: the target of a read need not be aligned. A `Uint8Array` keeps the low 8 bits of what it is given. */
function store(target: Uint8Array, at: number, bits: number, width: number): void {
  target[at] = bits;
  if (width > 1) {
    target[at + 1] = bits >> 8;
    if (width > 2) {
      target[at + 2] = bits >> 16;
      if (width > 3) {
        target[at + 3] = bits >> 24;
      }
    }
  }
}

function toneValue(frequency: Hertz, amplitude: number, sampleRate: Hertz): SampleValue {
  // Whole turns are taken off before the sine, where the product is still exact (or off by less than 1e-9 of a turn
  // for days of a fractional frequency).
  return (frame) =>
    amplitude * Math.sin(2 * Math.PI * (((frequency * frame) % sampleRate) / sampleRate));
}

function rampValue(format: SampleFormat): SampleValue {
  switch (format) {
    case "int8":
      return (frame) => (((frame % 256) << 24) >> 24) / 2 ** 7;
    case "uint8":
      return (frame) => ((frame % 256) - 128) / 2 ** 7;
    default:
      return (frame) => (((frame % 65_536) << 16) >> 16) / 2 ** 15;
  }
}

/**
 * White noise by hashing: sample = amplitude × int32(mix(mix(low ^ a) + b)) / 2^31, where low and high are the two
 * 32-bit halves of the frame number and a and b are two words for each channel, made from seed, channel and high by
 * the same mix. For a given a and b the hash is a permutation of the 32-bit words, so the noise is uniform.
 */
function noiseValue(seed: number, amplitude: number, channels: number): SampleValue {
  const firstWords = new Int32Array(channels);
  const secondWords = new Int32Array(channels);
  for (let channel = 0; channel < channels; channel++) {
    firstWords[channel] = mix(mix(seed) + channel);
    secondWords[channel] = mix(mix(seed ^ 0x5bd1e995) + channel);
  }
  const scale = amplitude / 2 ** 31;
  return (frame, channel) => {
    const high = mix(Math.floor(frame / 2 ** 32));
    const a = (firstWords[channel] ?? 0) + high;
    const b = (secondWords[channel] ?? 0) ^ high;
    return mix(mix((frame | 0) ^ a) + b) * scale;
  };
}

/** A permutation of the 32-bit integers with good avalanche: "lowbias32" of Chris Wellons' hash-prospector. */
function mix(word: number): number {
  let hash = word | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad);
  hash = Math.imul(hash ^ (hash >>> 15), 0xd35a2d97);
  return hash ^ (hash >>> 15);
}

function bitsOf(format: SampleFormat): SampleBits {
  switch (format) {
    case "int8":
      return integerBits(2 ** 7, 0);
    case "uint8":
      return integerBits(2 ** 7, 128);
    case "int16":
      return integerBits(2 ** 15, 0);
    case "int24":
      return integerBits(2 ** 23, 0);
    case "int32":
      return integerBits(2 ** 31, 0);
    case "float32":
      return floatBits();
  }
}

function integerBits(scale: number, zero: number): SampleBits {
  return (value) => Math.max(-scale, Math.min(scale - 1, Math.round(value * scale))) + zero;
}

function floatBits(): SampleBits {
  const float = new Float32Array(1);
  const word = new Int32Array(float.buffer);
  return (value) => {
    float[0] = value;
    return word[0] ?? 0;
  };
}
