import { bytesPerSample, type Frames, type SampleFormat } from "../src/format.js";
import type { InterleavedSource } from "../src/samples.js";

// Sample conversion as one would write it first, and as roomtone had it at first: a `DataView`, a closure
// that reads a sample and one that stores it. The bar that the real one is measured against.

const SCALE: Readonly<Record<SampleFormat, number>> = {
  int8: 2 ** 7,
  uint8: 2 ** 7,
  int16: 2 ** 15,
  int24: 2 ** 23,
  int32: 2 ** 31,
  float32: 1,
};

export function plainReadChannel(
  source: InterleavedSource,
  channel: number,
  frames: Frames,
  target: Float32Array,
): void {
  const sample = reader(source.bytes, source.format);
  const { channels } = source;
  for (let frame = 0, index = channel; frame < frames; frame++, index += channels) {
    target[frame] = sample(index);
  }
}

export function plainConvertFrames(
  source: InterleavedSource,
  picked: readonly number[] | undefined,
  frames: Frames,
  target: Uint8Array,
  targetFormat: SampleFormat,
): void {
  if (source.format === targetFormat && picked !== undefined) {
    pickBytes(source, picked, frames, target);
    return;
  }
  const sample = reader(source.bytes, source.format);
  const store = writer(target, targetFormat);
  if (picked === undefined) {
    const count = frames * source.channels;
    for (let index = 0; index < count; index++) {
      store(index, sample(index));
    }
    return;
  }
  let out = 0;
  for (let frame = 0; frame < frames; frame++) {
    for (const channel of picked) {
      store(out++, sample(frame * source.channels + channel));
    }
  }
}

function pickBytes(
  source: InterleavedSource,
  picked: readonly number[],
  frames: Frames,
  target: Uint8Array,
): void {
  const { bytes, channels } = source;
  const width = bytesPerSample(source.format);
  let out = 0;
  for (let frame = 0; frame < frames; frame++) {
    for (const channel of picked) {
      const from = (frame * channels + channel) * width;
      for (let byte = 0; byte < width; byte++) {
        target[out++] = bytes[from + byte] ?? 0;
      }
    }
  }
}

function reader(bytes: Uint8Array, format: SampleFormat): (index: number) => number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const scale = 1 / SCALE[format];
  switch (format) {
    case "int8":
      return (index) => view.getInt8(index) * scale;
    case "uint8":
      return (index) => (view.getUint8(index) - 128) * scale;
    case "int16":
      return (index) => view.getInt16(index * 2, true) * scale;
    case "int24":
      return (index) => {
        const at = index * 3;
        return (view.getUint16(at, true) | (view.getInt8(at + 2) << 16)) * scale;
      };
    case "int32":
      return (index) => view.getInt32(index * 4, true) * scale;
    case "float32":
      return (index) => view.getFloat32(index * 4, true);
  }
}

function writer(bytes: Uint8Array, format: SampleFormat): (index: number, value: number) => void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const scale = SCALE[format];
  const integer = (value: number): number =>
    Math.max(-scale, Math.min(scale - 1, Math.round(value * scale)));
  switch (format) {
    case "int8":
      return (index, value) => view.setInt8(index, integer(value));
    case "uint8":
      return (index, value) => view.setUint8(index, integer(Number.isNaN(value) ? 0 : value) + 128);
    case "int16":
      return (index, value) => view.setInt16(index * 2, integer(value), true);
    case "int24":
      return (index, value) => {
        const whole = integer(value);
        view.setInt16(index * 3, whole, true);
        view.setInt8(index * 3 + 2, whole >> 16);
      };
    case "int32":
      return (index, value) => view.setInt32(index * 4, integer(value), true);
    case "float32":
      return (index, value) => view.setFloat32(index * 4, value, true);
  }
}
