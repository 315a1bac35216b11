import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { AudioError } from "../../src/errors.js";
import { type Gap, record } from "../../src/index.js";
import type { WavMetadata } from "../../src/wav/metadata/metadata.js";
import { WavReader } from "../../src/wav/reader.js";
import { WavBytes } from "../../src/wav/sinks/memory.js";
import { openWavSync } from "../../src/wav/sync-file.js";
import { WavWriter } from "../../src/wav/writer.js";
import { PYTHON, requireTool } from "../rig/tools.js";
import { chunksOf, metadataOf } from "./chunks.js";
import { seededBytes, temporaryFolder } from "./files.js";

const STEREO = { sampleRate: 48_000, channels: 2, format: "int16" } as const;
const DATA = seededBytes(4 * 1000, 13);

const METADATA: WavMetadata = {
  info: { INAM: "Wren", IART: "nature", ICMT: "two of them", ISFT: "roomtone" },
  bext: {
    description: "Two wrens",
    originator: "roomtone",
    originatorReference: "REF-1",
    originationDate: "2026-03-09",
    originationTime: "05:41:07",
    timeReference: 5_000_000_000,
    version: 2,
    umid: Uint8Array.from({ length: 64 }, (_, index) => index + 1),
    loudness: {
      integrated: -23,
      range: 7.5,
      maxTruePeak: -1,
      maxMomentary: -18,
      maxShortTerm: -20,
    },
    codingHistory: "A=PCM,F=48000,W=16,M=stereo\r\n",
  },
  cues: [
    { position: 10, id: 1, label: "start", note: "a note" },
    { position: 500, id: 2, label: "gap", lengthFrames: 20 },
  ],
  sampler: { unityNote: 64, loops: [{ kind: "forward", start: 100, end: 900, playCount: 3 }] },
  ixml: "<BWFXML/>",
  axml: "<ebuCoreMain/>",
  id3: seededBytes(21, 14),
};

/** The kinds of chunks in a file, in order, LIST with what it lists. */
function order(file: Uint8Array): string[] {
  return chunksOf(file).map(({ id, bytes }) =>
    id === "LIST" ? `LIST ${bytes.toString("latin1", 0, 4)}` : id,
  );
}

test("metadata known at the start stand before the samples, places behind them", async () => {
  const file = new WavBytes();
  const writer = await WavWriter.create(file, { ...STEREO, metadata: METADATA });
  const head = ["JUNK", "fmt ", "bext", "LIST INFO", "iXML", "axml", "JUNK", "data"];
  assert.deepEqual(order(file.toUint8Array()), head, "also if it crashes now");
  await writer.write(DATA);
  await writer.close();
  const whole = file.toUint8Array();
  assert.deepEqual(order(whole), [...head, "cue ", "LIST adtl", "smpl", "id3 "]);
  const { sampler, ...rest } = metadataOf(whole);
  const { sampler: given, ...others } = METADATA;
  assert.deepEqual(rest, others);
  assert.equal(sampler?.samplePeriod, 20_833);
  assert.deepEqual(sampler?.loops?.[0]?.end, given?.loops?.[0]?.end);
  const opened = openWavSync(whole);
  const read = new Uint8Array(DATA.byteLength);
  assert.equal(opened.read(read, 0, 2000), 1000);
  assert.deepEqual(read, DATA);
});

test("a reader tells the metadata of a file, wherever they stand, and of a stream those before the data", async () => {
  const file = new WavBytes();
  const writer = await WavWriter.create(file, { ...STEREO, metadata: METADATA });
  await writer.write(DATA);
  await writer.close();
  const bytes = file.toUint8Array();
  await using reader = await WavReader.open(bytes);
  const { metadata, factFrames, warnings } = await reader.readMetadata();
  assert.deepEqual(metadata, metadataOf(bytes));
  assert.ok(metadata.cues !== undefined && metadata.sampler !== undefined);
  assert.deepEqual([factFrames, warnings], [undefined, []]);
  const sizeOf = (id: string): number => reader.chunks.find((one) => one.id === id)?.size ?? 0;
  const few = await reader.readMetadata({ maxBytes: sizeOf("bext") + sizeOf("LIST") });
  assert.equal(few.metadata.info?.INAM, "Wren");
  assert.equal(few.metadata.axml, undefined);
  assert.match(few.warnings.at(-1)?.message ?? "", /left out/);
  await using stream = await WavReader.open(new Blob([bytes]).stream());
  const before = (await stream.readMetadata()).metadata;
  assert.deepEqual(before.info, METADATA.info);
  assert.equal(before.cues, undefined);
  await assert.rejects(reader.readMetadata({ maxBytes: -1 }), RangeError);
  await assert.rejects(reader.readMetadata({ maxBytes: "1" as never }), TypeError);
  await assert.rejects(reader.readMetadata({ maxByte: 1 } as never), /maxBytes/);
  await reader.close();
  await assert.rejects(reader.readMetadata(), /closed/);
});

test("metadata larger than 16 MiB is read when `maxBytes` allows it", async () => {
  const axml = "x".repeat(17 * 2 ** 20);
  const file = new WavBytes();
  const writer = await WavWriter.create(file, { ...STEREO, metadata: { axml } });
  await writer.close();
  await using reader = await WavReader.open(file.toUint8Array());
  const least = await reader.readMetadata();
  assert.equal(least.metadata.axml, undefined);
  const { metadata, warnings } = await reader.readMetadata({ maxBytes: 2 ** 25 });
  assert.ok(metadata.axml === axml);
  assert.deepEqual(warnings, []);
});

test("metadata that grow are rewritten in the room kept for them, at the next checkpoint", async () => {
  const file = new WavBytes();
  const writer = await WavWriter.create(file, { ...STEREO, metadata: { info: { INAM: "a" } } });
  await writer.write(DATA);
  writer.setMetadata({ info: { INAM: "a longer name", IART: "x" } });
  assert.deepEqual(metadataOf(file.toUint8Array().subarray(0, file.size - 4000)), {
    info: { INAM: "a" },
  });
  await writer.flush();
  assert.deepEqual(metadataOf(file.toUint8Array()), {
    info: { INAM: "a longer name", IART: "x" },
  });
  writer.setMetadata({});
  await writer.flush();
  assert.deepEqual(metadataOf(file.toUint8Array()), {});
  assert.deepEqual(order(file.toUint8Array()), ["JUNK", "fmt ", "JUNK", "data"]);
  await writer.close();
  assert.deepEqual(file.toUint8Array().subarray(-4000), DATA);
});

test("metadata that do not fit into their room come behind the samples", async () => {
  const file = new WavBytes();
  const options = { ...STEREO, metadata: { info: { INAM: "abc" } }, metadataRoom: 10 } as const;
  const writer = await WavWriter.create(file, options);
  await writer.write(DATA);
  const info = { INAM: "abc", ICMT: "far too long" };
  writer.setMetadata({ info });
  await writer.close();
  assert.deepEqual(order(file.toUint8Array()), ["JUNK", "fmt ", "JUNK", "data", "LIST INFO"]);
  assert.deepEqual(metadataOf(file.toUint8Array()), { info });
});

test("rooms of every size hold chunks and filler without a byte too many", async () => {
  for (let metadataRoom = 0; metadataRoom < 40; metadataRoom++) {
    for (let length = 0; length < 40; length += 3) {
      const file = new WavBytes();
      const options = { ...STEREO, metadata: { info: { INAM: "abc" } }, metadataRoom };
      const writer = await WavWriter.create(file, options);
      await writer.write(DATA.subarray(0, 8));
      const info = { INAM: "x".repeat(length) };
      writer.setMetadata({ info });
      await writer.close();
      assert.deepEqual(metadataOf(file.toUint8Array()), { info });
    }
  }
  for (const metadataRoom of [-1, 0.5, 2 ** 25]) {
    await assert.rejects(WavWriter.create(new WavBytes(), { ...STEREO, metadataRoom }), RangeError);
  }
});

test("a long text before the samples is not written anew at each checkpoint, and stays", async (t) => {
  t.mock.timers.enable({ apis: ["Date"] });
  const file = new WavBytes();
  const writes: number[] = [];
  const put = file.put.bind(file);
  file.put = (bytes, position) => {
    writes.push(bytes.byteLength);
    put(bytes, position);
  };
  const metadata = { axml: `<a>${"x".repeat(100_001)}</a>` };
  const writer = await WavWriter.create(file, { ...STEREO, sampleRate: 100, metadata });
  for (let at = 0; at < 4000; at += 400) {
    await writer.write(DATA.subarray(at, at + 400));
    t.mock.timers.tick(1000);
    assert.deepEqual(metadataOf(file.toUint8Array()), metadata);
  }
  assert.deepEqual(writes.filter((bytes) => bytes > 1000).length, 1);
  assert.equal(writes.length, 1 + 10 * 3);
  await writer.close();
});

test("cue points are added while recording, thousands of them, and listed by `metadata`", async () => {
  const file = new WavBytes();
  const writer = await WavWriter.create(file, { ...STEREO, metadata: { info: { INAM: "n" } } });
  for (let index = 0; index < 20_000; index++) {
    writer.addCue({ position: index, ...(index % 2 === 0 ? { label: `mark ${index}` } : {}) });
  }
  writer.addCue({ position: 7, id: 30_000 });
  assert.throws(() => writer.addCue({ position: 8, id: 30_000 }), RangeError);
  assert.throws(() => writer.addCue({ position: -1 }), RangeError);
  assert.throws(() => writer.addCue(null as never), TypeError);
  assert.equal(writer.metadata.cues?.length, 20_001);
  assert.deepEqual(writer.metadata.info, { INAM: "n" });
  await writer.write(DATA);
  await writer.close();
  const { cues } = metadataOf(file.toUint8Array());
  assert.equal(cues?.length, 20_001);
  assert.deepEqual(cues?.[4], { position: 4, id: 5, label: "mark 4" });
  assert.throws(
    () => writer.addCue({ position: 1 }),
    (error: unknown) => error instanceof AudioError && error.code === "stream-closed",
  );
});

test("metadata that cannot be are refused at once and change nothing", async () => {
  const metadata = { info: { INAM: "kept" } };
  const file = new WavBytes();
  const wrong = { info: { title: "x" } };
  await assert.rejects(WavWriter.create(file, { ...STEREO, metadata: wrong }), RangeError);
  assert.equal(file.size, 0);
  const writer = await WavWriter.create(file, { ...STEREO, metadata });
  assert.throws(() => writer.setMetadata(wrong), RangeError);
  assert.throws(() => writer.setMetadata(null as never), TypeError);
  assert.deepEqual(writer.metadata, metadata);
  const bytes = Uint8Array.of(1, 2, 3);
  const cues = [{ position: 1, label: "a" }];
  writer.setMetadata({ ...metadata, id3: bytes, cues });
  bytes.fill(9);
  cues.pop();
  await writer.close();
  const read = metadataOf(file.toUint8Array());
  assert.deepEqual(read.id3, Uint8Array.of(1, 2, 3), "what happens to it later is of no account");
  assert.equal(read.cues?.length, 1);
});

test("odd data are padded before the chunks behind them", async () => {
  const file = new WavBytes();
  const mono = { sampleRate: 8000, channels: 1, format: "uint8" } as const;
  const writer = await WavWriter.create(file, { ...mono, metadata: { cues: [{ position: 1 }] } });
  await writer.write(Uint8Array.of(1, 2, 3));
  await writer.close();
  assert.deepEqual(order(file.toUint8Array()), ["JUNK", "fmt ", "data", "cue "]);
  assert.equal(openWavSync(file.toUint8Array()).frames, 3);
});

test("a saved take has a cue point at each gap, and the metadata asked for", async (t) => {
  const file = path.join(temporaryFolder(t), "take.wav");
  const device = "virtual:ramp?rate=8000&pace=fast&overrun=0.1:441&overrun=0.3:80";
  const take = await record({ frames: 8000, device });
  assert.equal(take.gaps.length, 2);
  const notes = take.gaps.map(({ frames, cause }: Gap) => `${frames} frames lost (${cause})`);
  const metadata: WavMetadata = { info: { INAM: "ramp" }, cues: [{ position: 5, label: "mine" }] };
  await take.save(file, { metadata });
  assert.deepEqual(metadataOf(readFileSync(file)), {
    info: { INAM: "ramp" },
    cues: [
      { position: take.gaps[0]?.position, id: 1, label: "gap", note: notes[0] },
      { position: take.gaps[1]?.position, id: 2, label: "gap", note: notes[1] },
      { position: 5, id: 3, label: "mine" },
    ],
  });
  await assert.rejects(take.save(file, { metadata: { cues: 5 as never } }), TypeError);
});

async function writeFull(folder: string): Promise<string> {
  const file = path.join(folder, "full.wav");
  const writer = await WavWriter.create(file, { ...STEREO, metadata: METADATA });
  await writer.write(DATA);
  await writer.close();
  return file;
}

test("FFmpeg reads our bext and INFO", async (t) => {
  if (!requireTool(t, "ffmpeg")) {
    return;
  }
  const file = await writeFull(temporaryFolder(t));
  const show = ["-v", "warning", "-show_format", "-of", "json", file];
  const run = spawnSync("ffprobe", show, { encoding: "utf8" });
  assert.deepEqual([run.status, run.stderr], [0, ""]);
  const { format }: { format: { tags: Record<string, string>; duration: string } } = JSON.parse(
    run.stdout,
  );
  const { umid = "", ...tags } = format.tags;
  assert.deepEqual(tags, {
    title: "Wren",
    artist: "nature",
    // FFmpeg's one key for bext's description and INFO's comment, which comes second.
    comment: "two of them",
    encoder: "roomtone",
    encoded_by: "roomtone",
    originator_reference: "REF-1",
    date: "2026-03-09",
    creation_time: "05:41:07",
    time_reference: "5000000000",
    coding_history: "A=PCM,F=48000,W=16,M=stereo\r\n",
  });
  assert.match(umid, /^0x0102030405/);
});

test("libsndfile reads our bext, INFO, cue points, labels and loops", async (t) => {
  if (!requireTool(t, "python3-soundfile")) {
    return;
  }
  const file = await writeFull(temporaryFolder(t));
  // libsndfile's structures SF_BROADCAST_INFO, SF_CUES and SF_INSTRUMENT, as sndfile.h has them.
  const script = `
import json, struct, sys, soundfile
f = soundfile.SoundFile(sys.argv[1])
def ask(command, size):
    data = soundfile._ffi.new("char[]", size)
    assert soundfile._snd.sf_command(f._file, command, data, size) == 1, command
    return bytes(soundfile._ffi.buffer(data))
bext = ask(0x10F0, 864)
text = lambda b: b.split(b"\\0")[0].decode()
low, high, version = struct.unpack_from("<IIh", bext, 340)
cues = ask(0x10CE, 4 + 280 * 100)
count, = struct.unpack_from("<I", cues)
points = []
for i in range(count):
    at = 4 + 280 * i
    points.append([struct.unpack_from("<iIiiiI", cues, at)[5], text(cues[at + 24:at + 280])])
instrument = ask(0x10D0, 8 + 4 + 4 + 16 * 16)
loop_count, mode, start, end, count = struct.unpack_from("<iiIII", instrument, 12)
print(json.dumps({
    "info": [f.title, f.artist, f.comment, f.software],
    "bext": [text(bext[:256]), text(bext[256:288]), text(bext[288:320]), text(bext[320:330]),
             text(bext[330:338]), low + (high << 32), version],
    "loudness": list(struct.unpack_from("<hhhhh", bext, 414)),
    "history": text(bext[608:]),
    "points": points,
    "note": instrument[4], "loop": [loop_count, start, end, count],
}))`;
  const run = spawnSync(PYTHON, ["-c", script, file], { encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
  assert.deepEqual(JSON.parse(run.stdout), {
    info: ["Wren", "nature", "two of them", "roomtone"],
    bext: ["Two wrens", "roomtone", "REF-1", "2026-03-09", "05:41:07", 5_000_000_000, 2],
    loudness: [-2300, 750, -100, -1800, -2000],
    history: "A=PCM,F=48000,W=16,M=stereo\r\n",
    points: [
      [10, "start"],
      [500, "gap"],
    ],
    note: 64,
    // Its end is the frame behind the loop.
    loop: [1, 100, 901, 3],
  });
});
