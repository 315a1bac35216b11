// Files that come to 4 GiB and pass it. Where they are on a disk, silence in them takes no room.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { AudioError } from "../../src/errors.js";
import { bytesPerFrame } from "../../src/format.js";
import { maxWavFrames, wavHeader } from "../../src/wav/header.js";
import type { WavFileHandle } from "../../src/wav/sinks/file.js";
import { WavBytes } from "../../src/wav/sinks/memory.js";
import { WavWriter } from "../../src/wav/writer.js";
import { PYTHON, requireTool } from "../rig/tools.js";
import { chunksOf, metadataOf } from "./chunks.js";
import { seededBytes, temporaryFolder } from "./files.js";

const SPEC = { sampleRate: 48_000, channels: 2, format: "float32" } as const;
const FRAME = 8;
const GIB = 2 ** 30;
/** A block of silence: so many frames are 32 MB. */
const BLOCK = 2 ** 22;
const SILENCE = new Float32Array(2 * BLOCK);

/** A file in which silence is not written but left out. */
function sparse(handle: FileHandle): WavFileHandle {
  return {
    stat: () => handle.stat(),
    write: async (bytes, offset, length, position) => {
      if (bytes.buffer !== SILENCE.buffer || position === null) {
        return handle.write(bytes, offset, length, position);
      }
      await handle.truncate(Math.max((await handle.stat()).size, position + length));
      return { bytesWritten: length };
    },
    truncate: (bytes) => handle.truncate(bytes),
    sync: () => handle.sync(),
  };
}

/** A file that only keeps what is written to its first bytes, and how long it is. */
class Front implements WavFileHandle {
  readonly bytes = new Uint8Array(4096);
  size = 0;

  stat(): ReturnType<WavFileHandle["stat"]> {
    const no = (): boolean => false;
    return Promise.resolve({ size: this.size, isFIFO: no, isSocket: no, isCharacterDevice: no });
  }

  write(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
  ): Promise<{ bytesWritten: number }> {
    const at = position ?? this.size;
    if (at < this.bytes.byteLength) {
      const room = this.bytes.byteLength - at;
      this.bytes.set(bytes.subarray(offset, offset + Math.min(length, room)), at);
    }
    this.size = Math.max(this.size, at + length);
    return Promise.resolve({ bytesWritten: length });
  }

  truncate(bytes: number): Promise<void> {
    this.size = bytes;
    return Promise.resolve();
  }

  sync(): Promise<void> {
    return Promise.resolve();
  }

  /** The header as it stands. */
  get header(): Buffer {
    return Buffer.from(this.bytes);
  }
}

async function writeSilence(writer: WavWriter, frames: number): Promise<void> {
  while (writer.length + BLOCK <= frames) {
    await writer.write(SILENCE);
  }
  await writer.write(SILENCE.subarray(0, (frames - writer.length) * 2));
}

test("a file is RIFF up to the last frame that fits below 4 GiB and RF64 from the next one on", async () => {
  const front = new Front();
  const writer = await WavWriter.create(front, SPEC);
  const most = maxWavFrames(SPEC, { container: "auto" });
  await writeSilence(writer, most);
  await writer.flush();
  const before = front.header;
  assert.equal(before.toString("latin1", 0, 4), "RIFF");
  assert.equal(before.toString("latin1", 12, 16), "JUNK");
  assert.equal(before.readUInt32LE(4), front.size - 8);

  await writer.write(SILENCE.subarray(0, 2));
  await writer.flush();
  const after = front.header;
  const dataBytes = (most + 1) * FRAME;
  assert.equal(front.size, 94 + dataBytes);
  assert.equal(after.toString("latin1", 0, 4), "RF64");
  assert.equal(after.readUInt32LE(4), 0xffffffff);
  assert.equal(after.toString("latin1", 8, 16), "WAVEds64");
  assert.equal(after.readUInt32LE(16), 28);
  assert.equal(after.readBigUInt64LE(20), BigInt(front.size - 8));
  assert.equal(after.readBigUInt64LE(28), BigInt(dataBytes));
  assert.equal(after.readBigUInt64LE(36), BigInt(most + 1));
  assert.equal(after.readUInt32LE(44), 0, "no table");
  assert.equal(after.toString("latin1", 48, 52), "fmt ");
  assert.equal(after.toString("latin1", 86, 90), "data");
  assert.equal(after.readUInt32LE(90), 0xffffffff);
  await writer.close();
});

test("what comes behind the samples makes a file RF64 too", async () => {
  const front = new Front();
  const writer = await WavWriter.create(front, SPEC);
  await writeSilence(writer, maxWavFrames(SPEC, { container: "auto" }));
  await writer.flush();
  assert.equal(front.header.toString("latin1", 0, 4), "RIFF");
  writer.addCue({ position: 4, label: "mark" });
  await writer.close();
  assert.equal(front.header.toString("latin1", 0, 4), "RF64");
  assert.equal(front.header.readBigUInt64LE(20), BigInt(front.size - 8));
});

test("a file that shall stay RIFF keeps room for what comes behind the samples", async () => {
  const full = (error: unknown): boolean =>
    error instanceof AudioError && error.code === "format-not-supported";
  const front = new Front();
  const writer = await WavWriter.create(front, { ...SPEC, container: "riff" });
  await writeSilence(writer, maxWavFrames(SPEC) - 4);
  assert.throws(() => writer.addCue({ position: 4, label: "no room for this" }), full);
  assert.throws(() => writer.setMetadata({ info: { INAM: "nor for this one here" } }), full);
  assert.deepEqual(writer.metadata, {});
  writer.addCue({ position: 4 });
  await assert.rejects(writer.write(SILENCE.subarray(0, 2)), full);
  await writer.close();
  assert.equal(front.header.toString("latin1", 0, 4), "RIFF");
  assert.equal(front.header.readUInt32LE(4), front.size - 8);
  assert.ok(front.size <= 0xffffffff + 8);
});

test("frames that fill a RIFF file while a cue point is added leave it whole", async () => {
  const front = new Front();
  const writer = await WavWriter.create(front, { ...SPEC, container: "riff" });
  const most = maxWavFrames(SPEC);
  await writeSilence(writer, most - BLOCK);
  const write = writer.write(SILENCE);
  await Promise.resolve(); // its turn has come: it is admitted and not yet written
  await Promise.resolve();
  assert.throws(() => writer.addCue({ position: 1 }), AudioError);
  await write;
  await writer.close();
  assert.equal(front.header.readUInt32LE(4), front.size - 8);
});

test("`rf64` is RF64 from the start, and everything else is the same", async () => {
  const data = seededBytes(3 * 5 * 2, 15);
  const spec = { sampleRate: 8000, channels: 5, format: "int24" } as const;
  const metadata = { info: { INAM: "x" }, cues: [{ position: 1, id: 1, label: "a" }] };
  const files: Uint8Array[] = [];
  for (const container of ["auto", "rf64"] as const) {
    const file = new WavBytes();
    const writer = await WavWriter.create(file, { ...spec, container, metadata });
    assert.equal(
      Buffer.from(file.toUint8Array()).toString("latin1", 0, 4) === "RF64",
      container === "rf64",
    );
    chunksOf(file.toUint8Array());
    await writer.write(data);
    await writer.close();
    files.push(file.toUint8Array());
  }
  const [auto = new Uint8Array(0), rf64 = new Uint8Array(0)] = files;
  assert.deepEqual(metadataOf(rf64), metadata);
  assert.deepEqual(
    chunksOf(rf64).map(({ id }) => id),
    ["ds64", "fmt ", "LIST", "JUNK", "data", "cue ", "LIST"],
  );
  assert.deepEqual(
    rf64.subarray(48, auto.byteLength - 200),
    auto.subarray(48, auto.byteLength - 200),
  );
});

test("an RF64 header counts more frames than 32 bits do", () => {
  const spec = { sampleRate: 48_000, channels: 1, format: "float32" } as const;
  const frames = 2 ** 33;
  const header = wavHeader(spec, frames * bytesPerFrame("float32", 1), { container: "auto" });
  const view = Buffer.from(header);
  assert.equal(view.readBigUInt64LE(36), BigInt(frames));
  assert.equal(view.readUInt32LE(view.indexOf("fact") + 8), 0xffffffff);
});

test("a real file that passed 4 GiB is read by libsndfile and FFmpeg to its last frame", async (t) => {
  if (!requireTool(t, "python3-soundfile", "python3-numpy", "ffmpeg")) {
    return;
  }
  const file = path.join(temporaryFolder(t), "large.wav");
  const frames = (4 * GIB) / FRAME + 12_345;
  const last = Float32Array.from({ length: 2000 }, (_, index) => index / 2000);
  {
    await using handle = await open(file, "w+");
    await using writer = await WavWriter.create(sparse(handle), SPEC);
    await writeSilence(writer, frames - 1000);
    await writer.write(last);
    writer.addCue({ position: frames - 1000, label: "the ramp" });
    assert.equal(writer.length, frames);
    await writer.flush();
    const stats = await handle.stat();
    assert.ok(stats.blocks * 512 < GIB / 64, "the silence takes no room");
    const head = Buffer.alloc(12);
    readSync(handle.fd, head, 0, 12, 0);
    assert.equal(head.toString("latin1", 0, 4), "RF64");
  }
  const script = `
import json, sys, soundfile
with soundfile.SoundFile(sys.argv[1]) as f:
    f.seek(f.frames - 1000)
    print(json.dumps([f.format, f.frames, f.samplerate, f.channels, f.read(dtype="float32").tobytes().hex()]))`;
  const sound = spawnSync(PYTHON, ["-c", script, file], { encoding: "utf8" });
  assert.equal(sound.status, 0, sound.stderr);
  const hex = Buffer.from(last.buffer).toString("hex");
  assert.deepEqual(JSON.parse(sound.stdout), ["RF64", frames, 48_000, 2, hex]);

  const show = ["-v", "error", "-show_entries", "stream=duration_ts,codec_name", "-of", "csv=p=0"];
  const probe = spawnSync("ffprobe", [...show, file], { encoding: "utf8" });
  assert.equal(probe.stdout.trim(), `pcm_f32le,${frames}`);
  const from = `${(frames - 48_000) / 48_000}`;
  const decode = ["-v", "error", "-ss", from, "-i", file, "-f", "f32le", "-c:a", "pcm_f32le", "-"];
  const ffmpeg = spawnSync("ffmpeg", decode, { maxBuffer: 2 ** 24 });
  assert.equal(ffmpeg.stderr.toString(), "");
  assert.equal(ffmpeg.stdout.subarray(-8000).toString("hex"), hex);
});
