import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  closeSync,
  copyFileSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import {
  AudioError,
  repairWav,
  undoRepair,
  type WavChange,
  WavReader,
  WavWriter,
} from "../../src/index.js";
import { PYTHON, requireTool } from "../rig/tools.js";
import { CORPUS, hasCorpus } from "./corpus-folder.js";
import { chunk, fmt, riff, seededBytes, temporaryFolder, wav } from "./files.js";
import { brokenFiles, writeBroken } from "./repair-files.js";

const FIXTURES = "test/fixtures/wav";

const withCode = (code: string) => (error: unknown) =>
  error instanceof AudioError && error.code === code;

function python(script: string, files: readonly string[]): unknown {
  const run = spawnSync(PYTHON, ["-c", script, ...files], { encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
  const answer: unknown = JSON.parse(run.stdout);
  return answer;
}

describe("repairWav", { concurrency: 2 }, () => {
  for (const [index, { name, bytes, frames, audio }] of brokenFiles().entries()) {
    test(`${name}: all frames are announced, no byte of audio changes, a second repair has nothing to do`, async (t) => {
      const [file = ""] = writeBroken(temporaryFolder(t), brokenFiles().slice(index, index + 1));
      const { changes, findings, backupPath, remaining } = await repairWav(file);
      assert.ok(changes.length > 0);
      assert.ok(findings.length > 0);
      assert.equal(backupPath, `${file}.repair.json`);
      const now = readFileSync(file);
      assert.ok(now.byteLength >= bytes.byteLength, "it was not shortened");
      await using reader = await WavReader.open(file);
      assert.equal(reader.length, frames);
      assert.deepEqual(Buffer.from(await reader.readRaw(frames)), Buffer.from(audio));
      assert.deepEqual(reader.warnings, remaining);
      assert.deepEqual(
        remaining.filter(({ code }) => code !== "trailing-bytes"),
        [],
      );
      assert.deepEqual((await repairWav(file)).changes, []);
      await undoRepair(file);
      assert.deepEqual(readFileSync(file), Buffer.from(bytes));
      assert.equal(existsSync(`${file}.repair.json`), false);
    });
  }

  test("libsndfile, Python's wave, SoX and FFmpeg read all frames of repaired files", async (t) => {
    if (!requireTool(t, "python3", "python3-soundfile", "python3-numpy", "sox", "ffmpeg")) {
      return;
    }
    const files = brokenFiles();
    const paths = writeBroken(temporaryFolder(t), files);
    for (const file of paths) {
      await repairWav(file);
    }
    const frames = files.map((file) => file.frames);
    const soundfile = `
import json, sys, soundfile
print(json.dumps([len(soundfile.read(name)[0]) for name in sys.argv[1:]]))`;
    assert.deepEqual(python(soundfile, paths), frames);
    const wave = `
import json, sys, wave
answers = []
for name in sys.argv[1:]:
    with wave.open(name) as f:
        data = f.readframes(10 ** 6)
        answers.append([f.getnframes(), data.hex()])
print(json.dumps(answers))`;
    assert.deepEqual(
      python(
        wave,
        paths.filter((_, index) => files[index]?.plain === true),
      ),
      files
        .filter(({ plain }) => plain)
        .map((file) => [file.frames, Buffer.from(file.audio).toString("hex")]),
    );
    for (const [index, file] of paths.entries()) {
      const { audio, name } = files[index] ?? {};
      assert.ok(audio !== undefined);
      const encoding =
        name === "float-fact" ? "f32le" : name === "odd-without-pad" ? "s24le" : "s16le";
      const options = ["-v", "error", "-i", file, "-f", encoding, "-c:a", `pcm_${encoding}`, "-"];
      const ffmpeg = spawnSync("ffmpeg", options);
      assert.equal(ffmpeg.stderr.toString(), "", file);
      assert.equal(ffmpeg.stdout.toString("hex"), Buffer.from(audio).toString("hex"), file);
      const sox = spawnSync("sox", ["-V1", "-t", "wav", file, "-n", "stat"], { encoding: "utf8" });
      // SoX does not know RF64.
      if (name !== "rf64-zeros") {
        const [, samples] = /Samples read:\s+(\d+)/.exec(sox.stderr) ?? [];
        const channels = encoding === "s16le" ? 2 : 1;
        assert.equal(Number(samples), (frames[index] ?? 0) * channels, `${file}: ${sox.stderr}`);
      }
    }
  });

  test("what Python's wave, libsndfile, SoX and FFmpeg really leave behind is read whole by libsndfile", async (t) => {
    if (!requireTool(t, "python3", "python3-soundfile", "python3-numpy", "sox", "ffmpeg")) {
      return;
    }
    const folder = temporaryFolder(t);
    const names = ["wave", "sndfile", "sndfile-rf64", "sox", "ffmpeg"];
    const paths = names.map((name) => path.join(folder, `${name}.wav`));
    // Both Python writers end without a word, as when they are killed.
    const script = `
import os, sys, wave, numpy, soundfile
f = wave.open(open(sys.argv[1], "wb", buffering=0), "wb")
f.setparams((2, 2, 8000, 0, "NONE", "not compressed"))
f.writeframesraw(bytes([1, 2, 3, 4]) * 1000)
for name, form in (sys.argv[2], "WAV"), (sys.argv[3], "RF64"):
    s = soundfile.SoundFile(name, "w", 8000, 2, "PCM_16", format=form)
    s.write(numpy.full((1000, 2), 1000, dtype="int16"))
os._exit(0)`;
    assert.equal(spawnSync(PYTHON, ["-c", script, ...paths]).status, 0);
    const raw = { input: Buffer.alloc(4000, 7) };
    const form = ["-t", "raw", "-r", "8000", "-c", "2", "-e", "signed", "-b", "16", "-"];
    const sox = spawnSync("sox", ["-V1", ...form, "-t", "wav", "-"], raw);
    const options = ["-f", "s16le", "-ar", "8000", "-ac", "2", "-i", "-", "-f", "wav", "-"];
    const ffmpeg = spawnSync("ffmpeg", ["-v", "error", ...options], raw);
    writeFileSync(paths[3] ?? "", sox.stdout);
    writeFileSync(paths[4] ?? "", ffmpeg.stdout);
    for (const file of paths) {
      const { remaining } = await repairWav(file);
      assert.deepEqual(remaining, [], file);
    }
    const reading = `
import json, sys, soundfile
print(json.dumps([len(soundfile.read(name)[0]) for name in sys.argv[1:]]))`;
    assert.deepEqual(python(reading, paths), [1000, 1000, 1000, 1000, 1000]);
  });

  test("a file of WavWriter that was copied while it grew gets all that was written", async (t) => {
    const file = path.join(temporaryFolder(t), "take.wav");
    const writer = await WavWriter.create(file, { sampleRate: 8000, channels: 2, format: "int16" });
    await writer.write(seededBytes(4000, 1));
    await writer.flush();
    const early = readFileSync(file);
    await writer.write(seededBytes(4000, 2));
    await writer.close();
    const killed = Buffer.concat([early, readFileSync(file).subarray(early.byteLength)]);
    writeFileSync(file, killed);
    await repairWav(file);
    await using reader = await WavReader.open(file);
    assert.deepEqual([reader.length, reader.warnings], [2000, []]);
  });

  test("dryRun tells the same and touches nothing", async (t) => {
    const folder = temporaryFolder(t);
    const files = brokenFiles();
    for (const [index, file] of writeBroken(folder, files).entries()) {
      const planned = await repairWav(file, { dryRun: true });
      assert.equal(planned.backupPath, undefined);
      assert.deepEqual(readFileSync(file), Buffer.from(files[index]?.bytes ?? []));
      assert.equal(existsSync(`${file}.repair.json`), false);
      assert.deepEqual((await repairWav(file)).changes, planned.changes);
    }
  });

  test("no side file without keepBackup; what is not asked for is a TypeError", async (t) => {
    const [file = ""] = writeBroken(temporaryFolder(t), brokenFiles());
    const { backupPath } = await repairWav(file, { keepBackup: false });
    assert.equal(backupPath, undefined);
    assert.equal(existsSync(`${file}.repair.json`), false);
    await assert.rejects(repairWav(file, JSON.parse('{"dry":true}')), TypeError);
    await assert.rejects(repairWav(file, JSON.parse('{"dryRun":1}')), TypeError);
    await assert.rejects(repairWav(""), RangeError);
    await assert.rejects(undoRepair(file), withCode("file-not-readable"));
  });

  test("of two repairs the last is taken back first", async (t) => {
    const [file = ""] = writeBroken(temporaryFolder(t), brokenFiles());
    await repairWav(file);
    const repaired = readFileSync(file);
    const broken = Buffer.from(repaired);
    broken.writeUInt32LE(0, 4);
    writeFileSync(file, broken);
    await repairWav(file);
    assert.deepEqual(readFileSync(file), repaired);
    await undoRepair(file);
    assert.deepEqual(readFileSync(file), broken);
    assert.equal(existsSync(`${file}.repair.json`), true, "the first is still there");
    await assert.rejects(undoRepair(file), withCode("file-not-writable"));
    writeFileSync(file, repaired);
    await undoRepair(file);
    assert.deepEqual(readFileSync(file), Buffer.from(brokenFiles()[0]?.bytes ?? []));
    assert.equal(existsSync(`${file}.repair.json`), false);
  });

  test("a repair that was killed between two steps is finished by the next one, and can be taken back", async (t) => {
    const folder = temporaryFolder(t);
    for (const { name, bytes } of brokenFiles()) {
      const whole = path.join(folder, `${name}.whole.wav`);
      writeFileSync(whole, bytes);
      const { changes } = await repairWav(whole);
      // The side file is there before the first change.
      for (let made = 0; made <= changes.length; made++) {
        const file = path.join(folder, `${name}.${made}.wav`);
        copyFileSync(`${whole}.repair.json`, `${file}.repair.json`);
        writeFileSync(file, bytes);
        const handle = openSync(file, "r+");
        for (const { after, position } of changes.slice(0, made)) {
          writeSync(handle, after, 0, after.byteLength, position);
        }
        closeSync(handle);
        await repairWav(file);
        assert.deepEqual(readFileSync(file), readFileSync(whole), `${name}, ${made} changes`);
        while (existsSync(`${file}.repair.json`)) {
          await undoRepair(file);
        }
        assert.deepEqual(readFileSync(file), Buffer.from(bytes), `${name}, ${made} changes`);
      }
      // And it can be taken back at once, without being finished.
      const file = path.join(folder, `${name}.undone.wav`);
      copyFileSync(`${whole}.repair.json`, `${file}.repair.json`);
      writeFileSync(file, bytes);
      await undoRepair(file);
      assert.deepEqual(readFileSync(file), Buffer.from(bytes), name);
    }
  });

  test("a file that was changed since is not undone", async (t) => {
    const [file = ""] = writeBroken(temporaryFolder(t), brokenFiles());
    await repairWav(file);
    const changed = Buffer.concat([readFileSync(file), Buffer.alloc(100)]);
    writeFileSync(file, changed);
    await assert.rejects(undoRepair(file), withCode("file-not-writable"));
    assert.deepEqual(readFileSync(file), changed);
  });

  test("tags, a second file and chunks behind the data do not become audio", async (t) => {
    const folder = temporaryFolder(t);
    const data = chunk("data", seededBytes(400, 1));
    const tails = [
      Buffer.from(`TAG${"x".repeat(125)}`),
      wav(fmt(), data),
      chunk("LIST", seededBytes(40, 3)),
      chunk("LIST", seededBytes(40, 3), { size: 4000 }),
      Buffer.from("LIST\u0004"),
    ];
    for (const [index, tail] of tails.entries()) {
      const file = path.join(folder, `${index}.wav`);
      writeFileSync(file, Buffer.concat([wav(fmt(), data), tail]));
      await repairWav(file);
      await using reader = await WavReader.open(file);
      assert.equal(reader.length, 100, String(index));
    }
  });

  test("fact and ds64 tell the frames, and Wave64 its sizes", async (t) => {
    const folder = temporaryFolder(t);
    const files = brokenFiles().filter(({ name }) => ["float-fact", "rf64-zeros"].includes(name));
    const [float = "", rf64 = ""] = writeBroken(folder, files);
    await repairWav(float);
    assert.equal(readFileSync(float).readUInt32LE(12 + 24 + 8), 1000);
    await repairWav(rf64);
    const ds64 = readFileSync(rf64).subarray(20, 48);
    const sizes = [0, 8, 16].map((at) => Number(ds64.readBigUInt64LE(at)));
    assert.deepEqual(sizes, [12 + 36 + 24 + 8 + 4000 - 8, 4000, 1000]);
    const wave64 = path.join(folder, "take.w64");
    writeFileSync(wave64, readFileSync(path.join(FIXTURES, "wave64-data-size-0.w64")));
    const { changes, remaining } = await repairWav(wave64);
    assert.equal(changes.length, 1);
    assert.deepEqual(remaining, []);
    assert.deepEqual((await repairWav(wave64)).findings, []);
  });

  test("audio that looks like a chunk is not written to", async (t) => {
    const file = path.join(temporaryFolder(t), "take.wav");
    const known = seededBytes(400, 1);
    const rest = Buffer.from("garb\0\0\0\u0040twelve bytes");
    writeFileSync(file, Buffer.concat([wav(fmt(), chunk("data", known)), rest]));
    await repairWav(file);
    await using reader = await WavReader.open(file);
    const audio = Buffer.from(await reader.readRaw(1000));
    assert.deepEqual(audio, Buffer.concat([known, rest]).subarray(0, audio.byteLength));
    assert.equal(reader.length, 105);
  });

  test("files without faults stay as they are, and no fixture loses a frame", async (t) => {
    const folder = temporaryFolder(t);
    const padded = path.join(folder, "padded.wav");
    const odd = chunk("data", seededBytes(101, 1));
    writeFileSync(padded, wav(fmt({ channels: 1, bits: 8 }), odd));
    const folders = hasCorpus() ? [FIXTURES, CORPUS] : [FIXTURES];
    const files = folders.flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((entry) => /\.(wav|w64|rf64|bwf)$/i.test(entry))
        .map((entry) => path.join(folder, entry)),
    );
    let sound = 0;
    for (const file of [padded, ...files]) {
      // A copy: the files themselves must outlive a fault in dryRun.
      const copy = path.join(folder, "copy.wav");
      copyFileSync(file, copy);
      const repair = await repairWav(copy, { dryRun: true }).catch((error: unknown) => {
        assert.ok(
          error instanceof AudioError && error.code !== "internal",
          `${file}: ${String(error)}`,
        );
      });
      if (repair?.findings.length === 0) {
        sound += 1;
        assert.deepEqual(repair.changes, [], file);
      }
    }
    assert.ok(sound > 3, `${sound} sound files`);
  });

  test("beyond 4 GiB a file with room becomes RF64, one without is refused and left alone", async (t) => {
    const folder = temporaryFolder(t);
    const size = 2 ** 32 + 4000;
    for (const hasRoom of [true, false]) {
      const file = path.join(folder, `${hasRoom}.wav`);
      const chunks = [fmt(), chunk("data", new Uint8Array(0), { size: 0xffffffff })];
      const room = hasRoom ? [chunk("JUNK", new Uint8Array(28))] : [];
      const head = riff([...room, ...chunks], { size: 0xffffffff });
      const handle = openSync(file, "w");
      writeSync(handle, head);
      ftruncateSync(handle, head.byteLength + size);
      closeSync(handle);
      if (!hasRoom) {
        await assert.rejects(repairWav(file), withCode("format-not-supported"));
        continue;
      }
      await repairWav(file);
      await using reader = await WavReader.open(file);
      assert.deepEqual([reader.encoding.container, reader.length], ["RF64", size / 4]);
      assert.deepEqual(reader.warnings, []);
      const ds64 = Buffer.alloc(24);
      const opened = openSync(file, "r");
      readSync(opened, ds64, 0, 24, 20);
      closeSync(opened);
      assert.equal(Number(ds64.readBigUInt64LE(0)), statSync(file).size - 8);
      assert.equal(Number(ds64.readBigUInt64LE(16)), size / 4);
    }
  });

  test("a file that was to become RF64 when its repair was killed becomes so with the next one", async (t) => {
    const file = path.join(temporaryFolder(t), "take.wav");
    const size = 2 ** 32 + 4000;
    const data = chunk("data", new Uint8Array(0), { size: 0xffffffff });
    const fact = chunk("fact", new Uint8Array(4));
    const head = riff([chunk("JUNK", new Uint8Array(28)), fmt(), fact, data], { size: 0xffffffff });
    const headNow = (): Buffer => {
      const handle = openSync(file, "r");
      const bytes = Buffer.alloc(head.byteLength);
      readSync(handle, bytes);
      closeSync(handle);
      return bytes;
    };
    let whole: Buffer | undefined;
    let changes: readonly WavChange[] = [];
    for (let made = 0; made <= changes.length; made++) {
      const handle = openSync(file, "w");
      writeSync(handle, head);
      ftruncateSync(handle, head.byteLength + size);
      for (const { after, position } of changes.slice(0, made)) {
        writeSync(handle, after, 0, after.byteLength, position);
      }
      closeSync(handle);
      const repair = await repairWav(file, { keepBackup: false });
      if (made === 0) {
        ({ changes } = repair);
        whole = headNow();
      }
      assert.deepEqual(headNow(), whole, `${made} changes`);
    }
    assert.ok(changes.length >= 4);
  });

  test("what cannot be read or written is an AudioError, and the file stays as it is", async (t) => {
    const folder = temporaryFolder(t);
    const [file = ""] = writeBroken(folder, brokenFiles());
    const bytes = readFileSync(file);
    await assert.rejects(repairWav(path.join(folder, "none.wav")), withCode("file-not-readable"));
    await assert.rejects(repairWav(folder), withCode("file-not-readable"));
    const text = path.join(folder, "text.wav");
    writeFileSync(text, "this is no WAV file");
    await assert.rejects(repairWav(text), withCode("malformed-file"));
    writeFileSync(`${file}.repair.json`, "notes of someone");
    await assert.rejects(repairWav(file), withCode("malformed-file"));
    assert.equal(readFileSync(`${file}.repair.json`, "utf8"), "notes of someone");
    const other = path.join(folder, "other.wav");
    writeFileSync(other, bytes);
    mkdirSync(`${other}.repair.json`);
    await assert.rejects(repairWav(other), AudioError);
    assert.deepEqual(readFileSync(other), bytes);
    assert.deepEqual(readFileSync(file), bytes);
  });
});
