import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { readFlac, readWav, WavReader } from "../src/index.js";
import { makeBursts } from "./rig/bursts.js";
import { runScript, type ScriptResult } from "./rig/child.js";
import { assertCounters } from "./rig/counter.js";
import { temporaryFolder } from "./wav/files.js";

const COMMAND = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const RATE = 8000;
const FAST = "virtual:ramp?rate=8000&pace=fast";
const PACED = "virtual:ramp?rate=8000";

function record(
  folder: string,
  args: readonly string[],
  whileRunning: (child: ChildProcess) => void = () => {},
): Promise<ScriptResult> {
  return runScript(COMMAND, {
    args: ["record", ...args],
    cwd: folder,
    whileRunning,
    timeoutMs: 30_000,
  });
}

interface EventLine {
  readonly event: string;
  readonly [field: string]: unknown;
}

function eventsOf({ stdout }: ScriptResult): EventLine[] {
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as EventLine);
}

describe("roomtone record", { concurrency: 3, timeout: 120_000 }, () => {
  test("--trigger, --pre-roll and --until-silence cut a sound out, exact to its frames", async (t) => {
    const folder = temporaryFolder(t);
    // The trigger comes true 50 ms behind the start of the burst, the silence 0.3 s behind its end.
    const { device, samples } = await makeBursts(folder, RATE, 4 * RATE, [
      { at: 8000, frames: 4000 },
    ]);
    const { code, stdout, stderr } = await record(folder, [
      "take.wav",
      "--device",
      device,
      "--format",
      "float32",
      "--trigger",
      "-30",
      "--trigger-seconds",
      "0.05",
      "--pre-roll",
      "0.25",
      "--until-silence",
      "-40",
      "--silence-seconds",
      "0.3",
      "--quiet",
    ]);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /; ended by silence\n$/);
    const take = await readWav(path.join(folder, "take.wav"));
    const start = 8000 + 400 - 2000;
    assert.deepEqual(take.getChannelData(0), samples.subarray(start, 8000 + 4000 + 2400));
  });

  test("--repeat makes a file of each sound until the source ends", async (t) => {
    const folder = temporaryFolder(t);
    const { device } = await makeBursts(folder, RATE, 6 * RATE, [
      { at: 8000, frames: 2000 },
      { at: 24_000, frames: 2000 },
    ]);
    const result = await record(folder, [
      "sound {index}.wav",
      "--device",
      device,
      "--trigger",
      "--until-silence",
      "--silence-seconds",
      "0.5",
      "--pre-roll",
      "0.1",
      "--repeat",
      "--json",
      "--quiet",
    ]);
    assert.deepEqual([result.code, result.stderr], [0, ""]);
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith("sound")),
      ["sound 0001.wav", "sound 0002.wav"],
    );
    const done = eventsOf(result).filter(({ event }) => event === "done");
    assert.equal(done.length, 2);
  });

  test("--split, --keep and --index: exact files, the newest kept, all of them listed", async (t) => {
    const folder = temporaryFolder(t);
    const { code } = await record(folder, [
      "part {index}.wav",
      "--device",
      FAST,
      "--seconds",
      "1.1",
      "--split",
      "0.25s",
      "--keep",
      "2",
      "--index",
      "parts.jsonl",
      "--quiet",
    ]);
    assert.equal(code, 0);
    const names = readdirSync(folder).filter((name) => name.endsWith(".wav"));
    assert.deepEqual(names, ["part 0004.wav", "part 0005.wav"]);
    const fourth = await readWav(path.join(folder, "part 0004.wav"));
    assert.equal(fourth.length, 2000);
    const words = fourth.toInterleaved();
    assert.ok(words instanceof Int16Array);
    assertCounters(words, 6000);
    const listed = readFileSync(path.join(folder, "parts.jsonl"), "utf8").trimEnd().split("\n");
    assert.equal(listed.length, 5);
  });

  test("--format flac24 writes FLAC of 24 bits", async (t) => {
    const folder = temporaryFolder(t);
    const { code, stdout } = await record(folder, [
      "take.flac",
      "--format",
      "flac24",
      "--device",
      FAST,
      "--seconds",
      "0.5",
      "--quiet",
    ]);
    assert.equal(code, 0);
    assert.match(stdout, /4000 frames\), 8000 Hz, 1 channel, int24; no frame lost/);
    const take = await readFlac(path.join(folder, "take.flac"));
    assert.deepEqual([take.length, take.format], [4000, "int24"]);
  });

  test("- writes a WAV to stdout, and --raw the samples alone", async (t) => {
    const folder = temporaryFolder(t);
    const options = ["--device", FAST, "--seconds", "0.5", "--quiet"];
    const output = (args: readonly string[]): Promise<Buffer> =>
      new Promise((resolve, reject) => {
        const child = spawn(process.execPath, [COMMAND, "record", "-", ...options, ...args], {
          cwd: folder,
          stdio: ["ignore", "pipe", "pipe"],
        });
        const parts: Buffer[] = [];
        child.stdout.on("data", (part: Buffer) => parts.push(part));
        child.once("error", reject);
        child.once("close", () => resolve(Buffer.concat(parts)));
      });
    const [wav, raw] = await Promise.all([output([]), output(["--raw"])]);
    const take = await readWav(new Uint8Array(wav));
    assert.equal(take.length, 4000);
    assert.equal(raw.byteLength, 8000);
    assert.deepEqual(Buffer.from(wav.subarray(-8000)), raw);
    assertCounters(new Int16Array(new Uint8Array(raw).buffer), 0);
    assert.deepEqual(readdirSync(folder), []);
  });

  test("a reader of stdout that has enough ends it without a complaint", async (t) => {
    const result = await record(
      temporaryFolder(t),
      ["-", "--raw", "--device", PACED, "--seconds", "60", "--quiet"],
      ({ stdout }) => {
        stdout?.once("data", () => stdout.destroy());
      },
    );
    assert.deepEqual([result.code, result.timedOut], [0, false]);
    assert.doesNotMatch(result.stderr, /EPIPE| {4}at /);
  });

  test("--json tells the life of a recording in lines that parse", async (t) => {
    const folder = temporaryFolder(t);
    const device = "virtual:ramp?rate=8000&pace=fast&overrun=0.25:100";
    const result = await record(folder, [
      "take.wav",
      "--device",
      device,
      "--seconds",
      "0.5",
      "--json",
      "--max-size",
      "1MB",
    ]);
    assert.deepEqual([result.code, result.stderr], [0, ""]);
    const events = eventsOf(result);
    assert.equal(events[0]?.event, "opened");
    assert.equal(events[0]?.sampleRate, RATE);
    const kinds = new Set(events.map(({ event }) => event));
    for (const kind of ["file", "state", "level", "gap", "done"]) {
      assert.ok(kinds.has(kind), kind);
    }
    const gap = events.find(({ event }) => event === "gap");
    assert.deepEqual([gap?.position, gap?.frames, gap?.cause], [2000, 100, "overrun"]);
    const done = events.at(-1);
    assert.deepEqual([done?.event, done?.frames, done?.reason], ["done", 4000, "seconds"]);
  });

  test("a reader of --json that has enough ends it without a complaint", async (t) => {
    const folder = temporaryFolder(t);
    const result = await record(folder, ["take.wav", "--device", PACED, "--json"], ({ stdout }) => {
      stdout?.on("data", (text: string) => {
        if (text.includes('"frames":2000,')) {
          stdout.destroy();
        }
      });
    });
    assert.deepEqual([result.code, result.stderr], [0, ""]);
    assert.ok((await readWav(path.join(folder, "take.wav"))).length > 0);
  });

  test("one channel alone has a comma behind it", async (t) => {
    const folder = temporaryFolder(t);
    const args = ["take.wav", "--device", FAST, "--channels", "1,", "--frames", "100"];
    assert.equal((await record(folder, args)).code, 0);
    assert.equal((await readWav(path.join(folder, "take.wav"))).numberOfChannels, 1);
  });

  test("--rescue has what the disk did not take, also when the device fails later", async (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(path.join(folder, "disk"));
    writeFileSync(path.join(folder, "rest.wav"), "of another day");
    const device = `${PACED}&unplug=7`;
    const args = ["disk/take.wav", "--device", device, "--rescue", "rest.wav", "--json"];
    const { code, stderr } = await record(folder, args, ({ stdout }) => {
      stdout?.on("data", (text: string) => {
        if (text.includes('"frames":8000,')) {
          rmSync(path.join(folder, "disk"), { recursive: true });
        }
      });
    });
    assert.equal(code, 1);
    assert.match(stderr, /What the disk did not take is in rest-2\.wav\.\n.*\[device-lost\]/);
    assert.equal(readFileSync(path.join(folder, "rest.wav"), "utf8"), "of another day");
    const words = (await readWav(path.join(folder, "rest-2.wav"))).toInterleaved();
    assert.ok(words instanceof Int16Array && words.length > 8000);
    assertCounters(words, 7 * RATE - words.length);
  });

  test("--rescue to a folder that is not there is told before anything is recorded", async (t) => {
    const folder = temporaryFolder(t);
    const args = ["take.wav", "--device", FAST, "--rescue", "nowhere/rest.wav"];
    const { code, stderr } = await record(folder, args);
    assert.equal(code, 1);
    assert.match(stderr, /Cannot rescue anything to nowhere\/rest\.wav/);
    assert.deepEqual(readdirSync(folder), []);
  });

  test("--max-wait: nothing came is exit code 3, and no file is left", async (t) => {
    const folder = temporaryFolder(t);
    const { code, stdout } = await record(folder, [
      "take.wav",
      "--device",
      "virtual:silence?rate=8000&pace=fast",
      "--trigger",
      "--max-wait",
      "0.5",
      "--quiet",
    ]);
    assert.equal(code, 3);
    assert.match(stdout, /nothing came in time/);
    assert.deepEqual(readdirSync(folder), []);
  });

  test("--mono, --gain and --wait: the mean of the channels, louder, from a time on", async (t) => {
    const folder = temporaryFolder(t);
    const begin = Date.now();
    const { code } = await record(folder, [
      "take.wav",
      "--device",
      "virtual:tone?rate=8000&channels=2&amplitude=0.25",
      "--channels",
      "2",
      "--mono",
      "--gain",
      "6.0206",
      "--format",
      "float32",
      "--wait",
      "+1s",
      "--seconds",
      "0.5",
      "--quiet",
    ]);
    assert.equal(code, 0);
    await using reader = await WavReader.open(path.join(folder, "take.wav"));
    assert.deepEqual([reader.numberOfChannels, reader.length], [1, 4000]);
    const [samples] = await reader.readChannels(4000);
    const peak = samples?.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0) ?? 0;
    assert.ok(Math.abs(peak - 0.5) < 1e-3, `peak ${peak}`);
    assert.ok(Date.now() - begin >= 1400);
  });

  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    test(`${signal} ends a FLAC file as it should`, async (t) => {
      const folder = temporaryFolder(t);
      const file = path.join(folder, "take.flac");
      const args = ["take.flac", "--format", "flac", "--device", PACED, "--json"];
      const { code } = await record(folder, args, (child) => {
        let levels = 0;
        child.stdout?.on("data", (text: string) => {
          levels += text.split('"level"').length - 1;
          if (levels >= 5) {
            levels = Number.NEGATIVE_INFINITY;
            child.kill(signal);
          }
        });
      });
      assert.equal(code, 0);
      const take = await readFlac(file);
      assert.ok(take.length >= 5 * 400, `${take.length} frames`);
      const words = take.toInterleaved();
      assert.ok(words instanceof Int16Array);
      assertCounters(words, 0);
    });
  }

  test("arguments that are wrong, or mean nothing together, are exit code 2 and leave no file", async (t) => {
    const folder = temporaryFolder(t);
    const wrong: readonly (readonly string[])[] = [
      ["a.wav", "--seconds", "-1"],
      ["a.wav", "--seconds", "1x"],
      ["a.wav", "--frames", "0"],
      ["a.wav", "--trigger", "5"],
      ["a.wav", "--trigger-seconds", "1"],
      ["a.wav", "--until-silence", "loud"],
      ["a.wav", "--silence-seconds", "1"],
      ["a.wav", "--max-size", "1"],
      ["a.wav", "--max-size", "big"],
      ["a.wav", "--pre-roll", "1"],
      ["a.wav", "--max-wait", "1"],
      ["a.wav", "--post-roll", "1"],
      ["a.wav", "--wait", "noon"],
      ["a.wav", "--wait", "25:00"],
      ["a.wav", "--wait", "2020-01-01"],
      ["a.wav", "--index", "a.wav"],
      ["a.wav", "--split", "1m"],
      ["a{index}.wav", "--split", "0"],
      ["a{index}.wav", "--split", "1m", "--keep", "0"],
      ["a.wav", "--keep", "3"],
      ["a{indx}.wav"],
      ["a.wav", "--gain", "200"],
      ["a.wav", "--format", "mp3"],
      ["a.wav", "--format", "flac"],
      ["a.wav", "--raw"],
      ["-", "--json"],
      ["-", "--split", "1m"],
      ["-", "--format", "flac"],
      ["a.wav", "--repeat"],
      ["a.wav", "--chanels", "1"],
    ];
    const results = await Promise.all(
      wrong.map((args) => record(folder, [...args, "--device", FAST])),
    );
    for (const [index, { code, stderr, stdout }] of results.entries()) {
      const said = `${wrong[index]?.join(" ")}: ${stderr}`;
      assert.equal(code, 2, said);
      assert.match(stderr, /^(roomtone|error): /, said);
      assert.doesNotMatch(stderr, /\n {4}at /, said);
      assert.equal(stdout, "", said);
    }
    assert.deepEqual(readdirSync(folder), []);
  });
});

describe("roomtone play", { concurrency: 3, timeout: 60_000 }, () => {
  const play = (folder: string, ...args: readonly string[]): Promise<ScriptResult> =>
    runScript(COMMAND, { args: ["play", ...args], cwd: folder, timeoutMs: 30_000 });

  test("plays WAV and FLAC to their end, and tells it", async (t) => {
    const folder = temporaryFolder(t);
    const source = ["--device", FAST, "--seconds", "0.5", "--quiet"];
    await record(folder, ["a.wav", ...source]);
    await record(folder, ["a.flac", "--format", "flac", ...source]);
    for (const file of ["a.wav", "a.flac"]) {
      const { code, stdout, stderr } = await play(folder, file, "-d", "virtual:sink?pace=fast");
      assert.deepEqual([code, stderr], [0, ""]);
      assert.match(stdout, new RegExp(`^${file}: 0\\.500 s \\(4000 frames\\), 8000 Hz`));
    }
    const { stdout } = await play(
      folder,
      "a.wav",
      "-d",
      "virtual:sink?pace=fast",
      "--loop",
      "3",
      "--json",
    );
    const played: { frames: number; completed: boolean } = JSON.parse(stdout);
    assert.deepEqual([played.frames, played.completed], [12_000, true]);
  });

  test("what cannot be played is exit code 1, wrong arguments 2", async (t) => {
    const folder = temporaryFolder(t);
    const missing = await play(folder, "none.wav", "-d", "virtual:sink");
    assert.deepEqual([missing.code, missing.stdout], [1, ""]);
    assert.match(missing.stderr, /none\.wav.*\[file-not-readable\]/);
    assert.equal((await play(folder, "none.wav", "-d", "virtual:sink", "--loop", "0")).code, 2);
    assert.equal((await play(folder, "none.wav", "--channels", "x")).code, 2);
    assert.equal((await play(folder)).code, 2);
    assert.equal(existsSync(path.join(folder, "none.wav")), false);
  });
});
