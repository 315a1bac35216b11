import assert from "node:assert/strict";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, describe, test } from "node:test";
import fc from "fast-check";
import { AudioError } from "../../src/errors.js";
import { SAMPLE_FORMATS, type SampleFormat } from "../../src/format.js";
import { ENDED, type HostStream } from "../../src/hosts/host.js";
import { virtualDeviceInfo } from "../../src/hosts/virtual/device.js";
import { VirtualHost } from "../../src/hosts/virtual/host.js";
import type { VirtualFileOptions } from "../../src/hosts/virtual/spec.js";
import { parseVirtualDevice, virtualDevice } from "../../src/hosts/virtual/spec-text.js";

const SEED = 20_260_731;
const RATE = 8000;
const FRAMES = 1000;
const folder = mkdtempSync(join(tmpdir(), "roomtone-virtual-"));
after(() => rmSync(folder, { recursive: true }));

/** Three channels: the frame's number, its negative, and its double. */
const samples = Int16Array.from({ length: FRAMES * 3 }, (_, index) => {
  const frame = Math.floor(index / 3);
  return [frame, -frame, frame * 2][index % 3] ?? 0;
});
const path = join(folder, "int16-8kHz-3channels-1000frames & more.wav");
writeFileSync(path, wav(samples, 3));
const emptyPath = join(folder, "no-frames.wav");
writeFileSync(emptyPath, wav(new Int16Array(0), 3));

const host = new VirtualHost();

describe("virtual:file", () => {
  test("has the rate and the channels of its file, and its absolute path in the id", () => {
    const device = virtualDeviceInfo(
      virtualDevice("file", { path: relative(process.cwd(), path) }),
    );
    assert.equal(device.defaultSampleRate, RATE);
    assert.equal(device.maxInputChannels, 3);
    assert.equal(device.index, -1);
    const spec = parseVirtualDevice(device.id);
    assert.equal(spec.kind === "file" && spec.path, path);
  });

  test("gives the file's frames bit for bit in its own format, then ends", () => {
    const stream = openFile({ pace: "fast" }, 3, "int16");
    assert.deepEqual(new Int16Array(readToEnd(stream, 77, 6).buffer), samples);
    assert.equal(stream.readAvailable(), ENDED);
    stream.stop();
    stream.start();
    assert.equal(stream.readAvailable(), ENDED);
    stream.close();
  });

  test("gives its first channels when fewer are opened", () => {
    const stream = openFile({ pace: "fast" }, 2, "int16");
    assert.deepEqual(
      new Int16Array(readToEnd(stream, 100, 4).buffer),
      samples.filter((_, index) => index % 3 < 2),
    );
    stream.close();
  });

  test("converts to any other format", () => {
    const expected = new Float32Array(samples).map((value) => value / 32_768);
    const stream = openFile({ pace: "fast" }, 3, "float32");
    assert.deepEqual(new Float32Array(readToEnd(stream, 64, 12).buffer), expected);
    stream.close();
    for (const format of SAMPLE_FORMATS) {
      const other = openFile({ pace: "fast" }, 1, format);
      assert.ok(other.readAvailable() === FRAMES);
      other.close();
    }
  });

  test("starts again at its end with loop, in any blocks", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(2500), { minLength: 1, maxLength: 8 }),
        fc.constantFrom(...SAMPLE_FORMATS),
        (blocks, format) => {
          const looped = openFile({ pace: "fast", loop: true }, 3, format);
          const once = openFile({ pace: "fast" }, 3, format);
          const frameBytes = { int8: 3, uint8: 3, int16: 6, int24: 9, int32: 12, float32: 12 }[
            format
          ];
          const whole = readToEnd(once, FRAMES, frameBytes);
          let position = 0;
          for (const block of blocks) {
            const bytes = new Uint8Array(block * frameBytes);
            assert.ok(looped.readAvailable() >= block);
            looped.read(bytes, block);
            for (const [index, byte] of bytes.entries()) {
              if (byte !== whole[(position * frameBytes + index) % whole.length]) {
                assert.fail(`byte ${index} of a block at frame ${position} differs`);
              }
            }
            position += block;
          }
          looped.close();
          once.close();
        },
      ),
      { seed: SEED, numRuns: 40 },
    );
  });

  test("loses the file's own frames in a fault, and tells of a loss that reaches the end", () => {
    const faults = { overruns: [{ at: 0.05, frames: 10 }], stalls: [{ at: 0.1, seconds: 1 }] };
    const stream = openFile({ pace: "fast", ...faults }, 3, "int16");
    const target = new Int16Array(FRAMES * 3);
    const bytes = new Uint8Array(target.buffer);
    assert.equal(stream.readAvailable(), 400);
    assert.equal(stream.read(bytes, 400), 0);
    assert.equal(stream.readAvailable(), 390);
    assert.equal(stream.read(bytes, 390), 10);
    assert.equal(target[0], 410);
    assert.equal(stream.readAvailable(), ENDED);
    assert.equal(stream.read(bytes, 0), 200);
    assert.equal(stream.lossCause, "stall");
    stream.close();
  });

  test("an unplugging before the end comes as device-lost, one behind it never", () => {
    const early = openFile({ pace: "fast", unplugAt: 0.125 }, 3, "int16");
    assert.equal(early.readAvailable(), FRAMES);
    early.read(new Uint8Array(FRAMES * 6), FRAMES);
    assert.throws(() => early.readAvailable(), isError("device-lost"));
    early.close();
    const late = openFile({ pace: "fast", unplugAt: 0.1251 }, 3, "int16");
    readToEnd(late, FRAMES, 6);
    late.close();
  });

  test("an empty file ends at once, also when it loops", () => {
    for (const loop of [false, true]) {
      const stream = openFile({ path: emptyPath, pace: "fast", loop }, 3, "int16");
      assert.equal(stream.readAvailable(), ENDED);
      stream.close();
    }
  });

  test("a file that became shorter while it is read is an error, not silence", () => {
    const copy = join(folder, "cut.wav");
    writeFileSync(copy, wav(samples, 3));
    const stream = openFile({ path: copy, pace: "fast" }, 3, "int16");
    truncateSync(copy, 44 + 500 * 6);
    assert.equal(stream.readAvailable(), FRAMES);
    assert.throws(
      () => stream.read(new Uint8Array(FRAMES * 6), FRAMES),
      isError("file-not-readable", /frame 500 of 1000/),
    );
    stream.close();
  });

  test("refuses other rates and more channels than the file's, and says what works", () => {
    assert.throws(
      () => host.open(request({ path }, 3, "int16", 44_100)),
      isError("format-not-supported", /44100 Hz.*8000 Hz/),
    );
    assert.throws(
      () => host.open(request({ path }, 4, "int16")),
      isError("format-not-supported", /4 input channels.*1 to 3/),
    );
  });

  test("a file that is missing, a folder or no WAV is told as what it is", () => {
    const text = join(folder, "text.wav");
    writeFileSync(text, "no sound in here, only words that are long enough for a header");
    assert.throws(
      () => virtualDeviceInfo(virtualDevice("file", { path: join(folder, "missing.wav") })),
      isError("file-not-readable", /missing\.wav/),
    );
    assert.throws(
      () => virtualDeviceInfo(virtualDevice("file", { path: folder })),
      isError("file-not-readable"),
    );
    assert.throws(
      () => virtualDeviceInfo(virtualDevice("file", { path: text })),
      isError("malformed-file"),
    );
  });
});

type FileOptions = Partial<VirtualFileOptions>;

function request(
  options: FileOptions & { path: string },
  channels: number,
  format: SampleFormat,
  sampleRate = RATE,
): Parameters<VirtualHost["open"]>[0] {
  const deviceId = virtualDevice("file", options);
  return { sampleRate, framesPerBuffer: 0, input: { deviceId, channels, format, latency: 0.1 } };
}

function openFile(
  options: FileOptions & { path?: string },
  channels: number,
  format: SampleFormat,
): HostStream {
  const stream = host.open(request({ path, ...options }, channels, format));
  stream.start();
  return stream;
}

function readToEnd(stream: HostStream, block: number, frameBytes: number): Uint8Array {
  const whole = new Uint8Array(FRAMES * frameBytes);
  let position = 0;
  for (
    let available = stream.readAvailable();
    available !== ENDED;
    available = stream.readAvailable()
  ) {
    const frames = Math.min(block, available);
    assert.ok(frames > 0);
    assert.equal(stream.read(whole.subarray(position * frameBytes), frames), 0);
    position += frames;
  }
  assert.equal(position, FRAMES);
  return whole;
}

/** A canonical WAV file of 16-bit samples, written here so that these tests stand on nothing but the format. */
function wav(interleaved: Int16Array, channels: number): Uint8Array {
  const bytes = new Uint8Array(44 + interleaved.byteLength);
  const header = new DataView(bytes.buffer);
  const word = (at: number, text: string): void => bytes.set(new TextEncoder().encode(text), at);
  word(0, "RIFF");
  header.setUint32(4, 36 + interleaved.byteLength, true);
  word(8, "WAVEfmt ");
  header.setUint32(16, 16, true);
  header.setUint16(20, 1, true);
  header.setUint16(22, channels, true);
  header.setUint32(24, RATE, true);
  header.setUint32(28, RATE * channels * 2, true);
  header.setUint16(32, channels * 2, true);
  header.setUint16(34, 16, true);
  word(36, "data");
  header.setUint32(40, interleaved.byteLength, true);
  bytes.set(new Uint8Array(interleaved.buffer), 44);
  return bytes;
}

function isError(code: string, message = /./): (error: unknown) => boolean {
  return (error) =>
    error instanceof AudioError && error.code === code && message.test(error.message);
}
