import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { FlacWriter, WavWriter } from "../src/index.js";
import { runScript, type ScriptResult } from "./rig/child.js";
import { temporaryFolder } from "./wav/files.js";
import { brokenFiles, writeBroken } from "./wav/repair-files.js";

const COMMAND = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

function roomtone(...args: readonly string[]): Promise<ScriptResult> {
  return runScript(COMMAND, { args, timeoutMs: 20_000 });
}

function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => {
      const value: Record<string, unknown> = JSON.parse(line);
      return value;
    });
}

/** A second of stereo: half of full scale on the left, nothing on the right; with a title. */
async function writeTake(file: string): Promise<void> {
  const samples = new Int16Array(16_000);
  samples[2000] = -16_384;
  await using writer = await WavWriter.create(file, {
    sampleRate: 8000,
    channels: 2,
    format: "int16",
    metadata: { info: { INAM: "A title" } },
  });
  await writer.write(new Uint8Array(samples.buffer));
}

describe("roomtone info", { concurrency: 2 }, () => {
  test("tells format, length, peaks, metadata and chunks", async (t) => {
    const file = path.join(temporaryFolder(t), "take.wav");
    await writeTake(file);
    const { code, stdout, stderr } = await roomtone("info", file);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.ok(stdout.startsWith(`${file}\n`));
    assert.match(stdout, /format {4}RIFF, pcm, 16 bits/);
    assert.match(stdout, /sound {5}8000 Hz, 2 channels/);
    assert.match(stdout, /length {4}1\.000 s \(8000 frames\)/);
    assert.match(stdout, /peak {6}-6\.0 dBFS, silence/);
    assert.match(stdout, /true peak -6\.0 dBFS, silence/);
    assert.match(stdout, /loudness {2}-?\d+\.\d LUFS\n/);
    assert.match(stdout, /"data" 32000/);
    assert.match(stdout, /info {6}\{"INAM":"A title"\}/);
    assert.doesNotMatch(stdout, /warning/);
  });

  test("tells of FLAC files what it tells of WAV files, and their gaps and cues", async (t) => {
    const file = path.join(temporaryFolder(t), "take.flac");
    const writer = await FlacWriter.create(file, {
      sampleRate: 8000,
      channels: 1,
      format: "int16",
      metadata: { cues: [{ position: 10, label: "here" }] },
      gaps: [{ position: 20, frames: 5, cause: "overrun" }],
    });
    const samples = new Int16Array(8000);
    samples[2000] = 16_384;
    await writer.write(samples);
    await writer.close();
    const { code, stdout, stderr } = await roomtone("info", file);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /format {4}FLAC, 16 bits/);
    assert.match(stdout, /sound {5}8000 Hz, 1 channel\n/);
    assert.match(stdout, /length {4}1\.000 s \(8000 frames\)/);
    assert.match(stdout, /peak {6}-6\.0 dBFS/);
    const [told] = jsonLines((await roomtone("info", "--json", file)).stdout);
    assert.deepEqual(told?.gaps, [{ position: 20, frames: 5, cause: "overrun" }]);
    assert.deepEqual(told?.cues, [{ position: 10, label: "here" }]);
  });

  test("--json is one line for each file, with silence as null", async (t) => {
    const folder = temporaryFolder(t);
    const file = path.join(folder, "take.wav");
    await writeTake(file);
    const [broken = ""] = writeBroken(folder, brokenFiles().slice(1, 2));
    const { code, stdout } = await roomtone("info", "--json", file, broken);
    assert.equal(code, 0);
    const [first, second] = jsonLines(stdout);
    assert.deepEqual(first?.peakDbfs, [20 * Math.log10(0.5), null]);
    assert.deepEqual(
      [first?.path, first?.sampleRate, first?.channels, first?.frames, first?.duration],
      [file, 8000, 2, 8000, 1],
    );
    assert.deepEqual([first?.format, first?.warnings], ["int16", []]);
    assert.deepEqual(first?.metadata, { info: { INAM: "A title" } });
    assert.ok(Array.isArray(second?.warnings) && second.warnings.length > 0);
  });

  test("tells the loudness of a tone, and what cannot be measured", async (t) => {
    const folder = temporaryFolder(t);
    const rates = [48_000, 2000] as const;
    const files = rates.map((rate) => path.join(folder, `${rate}.wav`));
    for (const [index, sampleRate] of rates.entries()) {
      // A sine of 1 kHz (250 Hz) at -20 dBFS in both channels: -20 LUFS, by EBU Tech 3341.
      const tone = Float32Array.from(
        { length: sampleRate * 5 },
        (_, at) => 0.1 * Math.sin((2 * Math.PI * at * Math.min(1000, sampleRate / 8)) / sampleRate),
      );
      const options = { sampleRate, channels: 2, format: "float32" } as const;
      await using writer = await WavWriter.create(files[index] ?? "", options);
      await writer.writeChannels([tone, tone]);
    }
    const [tone, slow] = jsonLines((await roomtone("info", "--json", ...files)).stdout);
    const { integrated, range, momentary, shortTerm } = Object(tone?.loudness);
    for (const level of [integrated, momentary, shortTerm]) {
      assert.ok(Math.abs(level + 20) < 0.1, String(level));
    }
    assert.ok(Math.abs(range) < 0.1);
    assert.deepEqual([slow?.loudness, Object(slow?.peakDbfs).length], [null, 2]);
    const { stdout } = await roomtone("info", ...files);
    assert.match(stdout, /loudness {2}-20\.0 LUFS, range 0\.0 LU/);
    assert.match(stdout, /loudness {2}not measured/);
  });

  test("says what is wrong with the sound", async (t) => {
    const file = path.join(temporaryFolder(t), "clipped.wav");
    {
      const options = { sampleRate: 8000, channels: 2, format: "int16" } as const;
      await using writer = await WavWriter.create(file, options);
      const clipped = new Float32Array(800).map((_, at) => (at % 80 < 40 ? 1 : -1));
      await writer.writeChannels([clipped.map((sample) => sample / 2), clipped]);
    }
    const { stdout } = await roomtone("info", file);
    assert.match(
      stdout,
      /verdict {3}clipped: 1 time, 800 frames .* \(channel 1, counted from 0\)\n/,
    );
    const [info] = jsonLines((await roomtone("info", "--json", file)).stdout);
    const codes = (Object(info).verdicts as { code: string }[]).map(({ code }) => code);
    assert.equal(codes[0], "clipped");
  });

  test("a file that cannot be read is exit code 1, and the others are told", async (t) => {
    const folder = temporaryFolder(t);
    const file = path.join(folder, "take.wav");
    await writeTake(file);
    const { code, stdout, stderr } = await roomtone("info", path.join(folder, "none.wav"), file);
    assert.equal(code, 1);
    assert.match(stderr, /none\.wav.*\[file-not-readable\]/);
    assert.doesNotMatch(stderr, /\n {4}at /);
    assert.match(stdout, /8000 frames/);
  });
});

describe("roomtone repair", { concurrency: 2 }, () => {
  test("repairs each file, and --undo puts back what was there", async (t) => {
    const folder = temporaryFolder(t);
    const broken = brokenFiles().slice(0, 3);
    const files = writeBroken(folder, broken);
    const { code, stdout, stderr } = await roomtone("repair", ...files);
    assert.deepEqual([code, stderr], [0, ""]);
    for (const file of files) {
      assert.ok(stdout.includes(`${file}: repaired\n`));
      assert.ok(stdout.includes(`the old bytes are in ${file}.repair.json\n`));
    }
    assert.match(stdout, /changed at byte \d+: the data have 4000 bytes/);
    const again = await roomtone("repair", ...files);
    assert.equal(again.stdout.match(/: nothing to repair$/gm)?.length, 3);
    const undone = await roomtone("repair", "--undo", ...files);
    assert.equal(undone.code, 0, undone.stderr);
    for (const [index, file] of files.entries()) {
      assert.deepEqual(readFileSync(file), Buffer.from(broken[index]?.bytes ?? []));
    }
  });

  test("--dry-run only tells; --json has the bytes in hexadecimal", async (t) => {
    const [file = ""] = writeBroken(temporaryFolder(t), brokenFiles().slice(1, 2));
    const before = readFileSync(file);
    const told = await roomtone("repair", "--dry-run", file);
    assert.match(told.stdout, /: can be repaired$/m);
    assert.match(told.stdout, /would change at byte 40: the data have 4000 bytes/);
    const { code, stdout } = await roomtone("repair", "-n", "--json", file);
    assert.equal(code, 0);
    const [line] = jsonLines(stdout);
    assert.deepEqual(line?.changes, [
      { what: "the data have 4000 bytes", position: 40, before: "00000000", after: "a00f0000" },
      { what: "the file ends at byte 4044", position: 4, before: "24000000", after: "c40f0000" },
    ]);
    assert.deepEqual(readFileSync(file), before);
    assert.equal(existsSync(`${file}.repair.json`), false);
  });

  test("--no-backup leaves no side file", async (t) => {
    const [file = ""] = writeBroken(temporaryFolder(t), brokenFiles());
    const { code } = await roomtone("repair", "--no-backup", file);
    assert.equal(code, 0);
    assert.equal(existsSync(`${file}.repair.json`), false);
  });

  test("a file that is none is exit code 1, and the others are repaired", async (t) => {
    const folder = temporaryFolder(t);
    const text = path.join(folder, "text.wav");
    writeFileSync(text, "no WAV file");
    const [file = ""] = writeBroken(folder, brokenFiles());
    const { code, stdout, stderr } = await roomtone("repair", text, file);
    assert.equal(code, 1);
    assert.match(stderr, /\[malformed-file\]/);
    assert.ok(stdout.includes(`${file}: repaired\n`));
  });

  test("wrong arguments are exit code 2; --help has examples", async () => {
    assert.equal((await roomtone("repair")).code, 2);
    assert.equal((await roomtone("info")).code, 2);
    assert.equal((await roomtone("repair", "--undo", "--dry-run", "x.wav")).code, 2);
    for (const command of ["repair", "info"]) {
      const { code, stdout } = await roomtone(command, "--help");
      assert.equal(code, 0);
      assert.match(stdout, new RegExp(`\\$ roomtone ${command} `));
      assert.match(stdout, /Exit codes: 0/);
    }
  });
});
