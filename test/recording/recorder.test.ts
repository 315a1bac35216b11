import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  AudioError,
  type Block,
  type Mark,
  Recorder,
  type RecorderLevel,
  type RecorderState,
  type Recording,
  readFlac,
  readWav,
  WavReader,
} from "../../src/index.js";
import { runScript } from "../rig/child.js";
import { assertCounters } from "../rig/counter.js";
import { metadataOf } from "../wav/chunks.js";
import { temporaryFolder } from "../wav/files.js";

const FAST = "virtual:ramp?rate=8000&pace=fast";
const PACED = "virtual:ramp?rate=8000";

function words(take: Recording | undefined): Int16Array {
  const samples = take?.toInterleaved();
  assert.ok(samples instanceof Int16Array);
  return samples;
}

function block(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

function pass(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

async function fault(work: Promise<unknown>): Promise<AudioError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof AudioError, `got ${String(error)}`);
  return error;
}

describe("a busy main thread", { concurrency: 2, timeout: 60_000 }, () => {
  test("three seconds of it cost neither the file nor the memory a frame", async (t) => {
    const file = path.join(temporaryFolder(t), "take.wav");
    const recorder = await Recorder.open({
      device: "virtual:ramp?rate=44100",
      format: "int16",
      channels: 2,
      file,
      memory: true,
    });
    await recorder.start();
    block(3000);
    const { frames } = recorder.stats;
    assert.ok(frames > 2 * 44_100, `the writer thread went on: ${frames} frames`);
    const result = await recorder.stop();
    assert.deepEqual(result.gaps, []);
    assert.ok(result.frames >= frames);
    assertCounters(words(result.recording), 0, "the memory", 2);
    const saved = await readWav(file);
    assert.equal(saved.length, result.frames);
    assertCounters(words(saved), 0, "the file", 2);
  });

  test("it gets few levels, which are about all of the time", async () => {
    const recorder = await Recorder.open({ device: PACED, levelSeconds: 0.005 });
    const levels: RecorderLevel[] = [];
    recorder.on("level", (level) => levels.push(level));
    await recorder.start();
    block(1500);
    const { frames } = await recorder.stop();
    assert.equal(
      levels.reduce((sum, { length }) => sum + length, 0),
      frames,
    );
    assert.ok(levels.length < 250, `${levels.length} levels`);
  });
});

describe("files", { concurrency: 4, timeout: 60_000 }, () => {
  test("the file is there, and valid, before the device is started", async (t) => {
    const file = path.join(temporaryFolder(t), "take.wav");
    await using recorder = await Recorder.open({ device: PACED, format: "int16", file });
    await using reader = await WavReader.open(file);
    assert.equal(reader.length, 0);
    assert.equal(reader.sampleRate, 8000);
    assert.equal(recorder.state, "ready");
  });

  for (const [format, device] of [
    ["int8", FAST],
    ["uint8", FAST],
    ["int16", FAST],
    ["int24", FAST],
    ["int32", FAST],
    ["float32", "virtual:noise?rate=8000&pace=fast"],
  ] as const) {
    test(`what is in the file is what is in memory: ${format}`, async (t) => {
      const file = path.join(temporaryFolder(t), "take.wav");
      await using recorder = await Recorder.open({
        device,
        format,
        file,
        memory: true,
        channels: 2,
        seconds: 3,
      });
      await recorder.start();
      const { recording, files } = await recorder.finished;
      const saved = await readWav(file);
      assert.equal(saved.length, 24_000);
      for (const channel of [0, 1]) {
        assert.deepEqual(saved.getChannelData(channel), recording?.getChannelData(channel));
      }
      assert.deepEqual(
        files.map(({ path: where, frames, complete }) => [where, frames, complete]),
        [[file, 24_000, true]],
      );
      assert.equal(files[0]?.bytes, readFileSync(file).byteLength);
    });
  }

  for (const format of ["int16", "int24"] as const) {
    test(`FLAC by the end of the name: ${format}`, async (t) => {
      const file = path.join(temporaryFolder(t), "take.flac");
      await using recorder = await Recorder.open({
        device: FAST,
        format,
        file,
        memory: true,
        frames: 20_001,
      });
      await recorder.start();
      const { recording } = await recorder.finished;
      const saved = await readFlac(file);
      assert.equal(saved.format, format);
      assert.deepEqual(saved.toInterleaved(), recording?.toInterleaved());
    });
  }

  test("gaps, marks and pauses are cue points; the start is in bext", async (t) => {
    const file = path.join(temporaryFolder(t), "take.wav");
    const recorder = await Recorder.open({
      device: `${PACED}&overrun=0.1:100`,
      format: "int16",
      file,
      metadata: { info: { INAM: "a title" }, bext: { originator: "the test" } },
    });
    await recorder.start();
    await pass(300);
    const mark = await recorder.mark("here");
    recorder.pause();
    await pass(200);
    recorder.resume();
    await pass(200);
    const result = await recorder.stop();
    assert.deepEqual(result.marks, [mark]);
    assert.deepEqual(result.gaps, [{ position: 800, frames: 100, cause: "overrun" }]);
    const [pause] = result.pauses;
    assert.ok(pause !== undefined && pause.seconds > 0.1 && pause.seconds < 5);
    assert.ok(pause.position >= mark.position);
    const { cues, info, bext } = metadataOf(readFileSync(file));
    const places = new Map((cues ?? []).map(({ position, label }) => [label, position]));
    assert.deepEqual(
      ["gap", "here", "pause"].map((label) => places.get(label)),
      [800, mark.position, pause.position],
    );
    assert.equal(cues?.length, 3);
    assert.equal(info?.INAM, "a title");
    assert.equal(bext?.originator, "the test");
    const { startedAt } = result;
    assert.ok(startedAt !== undefined);
    const local = new Date(`${bext?.originationDate}T${bext?.originationTime}`);
    assert.ok(Math.abs(local.getTime() - startedAt.getTime()) < 1000);
    const midnight = new Date(startedAt).setHours(0, 0, 0, 0);
    assert.equal(bext?.timeReference, Math.round((startedAt.getTime() - midnight) * 8));
    assert.match(bext?.codingHistory ?? "", /^T=first frame \d{4}-.*Z \+-\d+\.\d ms/);
  });

  test("splits are exact, listed in the index, and only the newest are kept", async (t) => {
    const folder = temporaryFolder(t);
    const index = path.join(folder, "index.jsonl");
    const opened: string[] = [];
    await using recorder = await Recorder.open({
      device: `${FAST}&overrun=0.3:800`,
      format: "int16",
      file: path.join(folder, "take-{index}.wav"),
      split: { seconds: 0.25 },
      index,
      keep: { files: 3 },
      frames: 8000 + 1234,
    });
    recorder.on("file", (file) => opened.push(path.basename(file)));
    await recorder.start();
    const { files, gaps } = await recorder.finished;
    assert.equal(opened.length, 5);
    assert.deepEqual(gaps, [{ position: 2400, frames: 800, cause: "overrun" }]);
    const lines = readFileSync(index, "utf8").trimEnd().split("\n");
    assert.deepEqual(
      lines.map((line): unknown[] => {
        const { file, position, frames, gaps: lost } = JSON.parse(line);
        return [file, position, frames, lost.length];
      }),
      [
        ["take-0001.wav", 0, 2000, 0],
        ["take-0002.wav", 2000, 2000, 1],
        ["take-0003.wav", 4000, 2000, 0],
        ["take-0004.wav", 6000, 2000, 0],
        ["take-0005.wav", 8000, 1234, 0],
      ],
    );
    assert.deepEqual(
      files.map((file) => path.basename(file.path)),
      ["take-0003.wav", "take-0004.wav", "take-0005.wav"],
    );
    for (const { path: file, position, frames } of files) {
      const saved = await readWav(file);
      assert.equal(saved.length, frames);
      assertCounters(words(saved), position);
    }
    assert.equal(existsSync(path.join(folder, "take-0002.wav")), false);
  });
});

describe("what goes wrong with files", { concurrency: 4, timeout: 60_000 }, () => {
  test("a file that is there is kept, and nothing is started", async (t) => {
    const file = path.join(temporaryFolder(t), "take.wav");
    await using first = await Recorder.open({ device: FAST, file, frames: 100 });
    await first.start();
    await first.finished;
    const before = readFileSync(file);
    assert.equal((await fault(Recorder.open({ device: FAST, file }))).code, "file-exists");
    assert.deepEqual(readFileSync(file), before);
    await using again = await Recorder.open({ device: FAST, file, frames: 7, overwrite: true });
    await again.start();
    await again.finished;
    assert.equal((await readWav(file)).length, 7);
  });

  test("a folder that is not there is told by open()", async (t) => {
    const file = path.join(temporaryFolder(t), "no", "take.wav");
    assert.equal((await fault(Recorder.open({ device: FAST, file }))).code, "file-not-writable");
  });

  test("what was recorded without a frame is not in the index", async (t) => {
    const folder = temporaryFolder(t);
    const [file, index] = [path.join(folder, "take.wav"), path.join(folder, "list.jsonl")];
    await (await Recorder.open({ device: FAST, file, index })).stop();
    assert.deepEqual([existsSync(file), readFileSync(index, "utf8")], [true, ""]);
  });

  test("folders that a template names are made", async (t) => {
    const folder = temporaryFolder(t);
    await using recorder = await Recorder.open({
      device: FAST,
      file: path.join(folder, "{device}", "{label}.wav"),
      label: "a/b",
      frames: 10,
    });
    await recorder.start();
    const { files } = await recorder.finished;
    assert.ok(existsSync(files[0]?.path ?? ""));
    assert.equal(path.basename(files[0]?.path ?? ""), "a-b.wav");
  });

  test("a folder that is removed while it is recorded is an error with the rest", async (t) => {
    const folder = path.join(temporaryFolder(t), "gone");
    mkdirSync(folder);
    const file = path.join(folder, "take.wav");
    await using recorder = await Recorder.open({ device: PACED, format: "int16", file });
    await recorder.start();
    await pass(300);
    rmSync(folder, { recursive: true });
    const error = await fault(recorder.finished);
    assert.equal(error.code, "file-not-writable");
    assert.match(error.message, /removed/);
    assert.ok(error.recording !== undefined);
  });

  test('the same with onDiskError "memory" goes on in memory', async (t) => {
    const folder = path.join(temporaryFolder(t), "gone");
    mkdirSync(folder);
    await using recorder = await Recorder.open({
      device: PACED,
      format: "int16",
      file: path.join(folder, "take.wav"),
      onDiskError: "memory",
      seconds: 4,
    });
    await recorder.start();
    await pass(300);
    rmSync(folder, { recursive: true });
    const { recording, recordingFrom, diskError, reason, frames } = await recorder.finished;
    assert.equal(reason, "seconds");
    assert.equal(frames, 32_000);
    assert.equal(diskError?.code, "file-not-writable");
    assert.ok(recordingFrom > 0);
    assert.equal(recording?.length, 32_000 - recordingFrom);
    assertCounters(words(recording), recordingFrom);
  });
});

describe("life", { concurrency: 4, timeout: 60_000 }, () => {
  test("states and their events follow each other", async () => {
    const states: RecorderState[] = [];
    const recorder = await Recorder.open({ device: PACED });
    recorder.on("state", (state) => states.push(state));
    assert.equal(recorder.state, "ready");
    assert.throws(() => recorder.pause(), { code: "stream-closed" });
    await recorder.start();
    await recorder.start();
    recorder.pause();
    recorder.pause();
    recorder.resume();
    recorder.resume();
    await recorder.stop();
    assert.deepEqual(states, ["recording", "paused", "recording", "stopping", "done"]);
    assert.throws(() => recorder.resume(), { code: "stream-closed" });
    assert.equal((await fault(recorder.mark())).code, "stream-closed");
    assert.equal((await fault(recorder.start())).code, "stream-closed");
  });

  test("a pause while it waits for its start ends in waiting", async () => {
    const trigger = { above: -35 };
    const recorder = await Recorder.open({ device: "virtual:silence", trigger });
    await recorder.start();
    recorder.pause();
    recorder.resume();
    assert.equal(recorder.state, "waiting");
    assert.equal((await recorder.stop()).frames, 0);
  });

  test("listeners that throw hold up nothing", async () => {
    const { code, stdout } = await runScript(
      fileURLToPath(new URL("listener.child.js", import.meta.url)),
    );
    const kinds = ["Error: level", "Error: mark", "Error: state"];
    assert.deepEqual([code, JSON.parse(stdout)], [0, { frames: 4000, state: "done", kinds }]);
  });

  test("it ends even when the listener throws at stop()", async () => {
    const recorder = await Recorder.open({ device: PACED });
    await recorder.start();
    recorder.once("state", () => {
      throw new Error("mine");
    });
    assert.throws(() => recorder.stop(), { message: "mine" });
    assert.equal((await recorder.finished).reason, "stop");
  });

  test("stop() gives the same result each time, and finished too", async () => {
    const recorder = await Recorder.open({ device: FAST, frames: 500 });
    await recorder.start();
    const result = await recorder.finished;
    assert.equal(result.reason, "frames");
    assert.equal(await recorder.stop(), result);
    assert.equal(await recorder.stop(), result);
    await recorder[Symbol.asyncDispose]();
  });

  test("a recorder that was never started has an empty result", async () => {
    const recorder = await Recorder.open({ device: FAST });
    const { frames, reason, recording } = await recorder.stop();
    assert.deepEqual([frames, reason, recording?.length], [0, "stop", 0]);
  });

  test("the end of the source is the end of the recording", async (t) => {
    const folder = temporaryFolder(t);
    const source = path.join(folder, "source.wav");
    await using first = await Recorder.open({
      device: FAST,
      format: "int16",
      file: source,
      frames: 5000,
    });
    await first.start();
    await first.finished;
    await using second = await Recorder.open({
      device: `virtual:file?path=${encodeURIComponent(source)}&pace=fast`,
      format: "int16",
    });
    await second.start();
    const { reason, recording } = await second.finished;
    assert.equal(reason, "source-ended");
    assert.equal(recording?.length, 5000);
    assertCounters(words(recording), 0);
  });

  test("a signal ends it, with what was heard until then", async () => {
    const abort = new AbortController();
    const recorder = await Recorder.open({ device: PACED, format: "int16", signal: abort.signal });
    await recorder.start();
    await pass(200);
    abort.abort();
    const { reason, recording, frames } = await recorder.finished;
    assert.equal(reason, "signal");
    assert.ok(frames > 0);
    assertCounters(words(recording), 0);
    await assert.rejects(recorder.start(), { name: "AbortError" });
  });

  test("a device that is unplugged: the error has the recording, the file is complete", async (t) => {
    const file = path.join(temporaryFolder(t), "take.wav");
    const recorder = await Recorder.open({
      device: `${FAST}&unplug=0.505`,
      format: "int16",
      file,
      memory: true,
    });
    await recorder.start();
    const error = await fault(recorder.finished);
    assert.equal(error.code, "device-lost");
    assert.equal(error.recording?.length, 4040);
    assert.equal((await readWav(file)).length, 4040);
    assert.equal(recorder.state, "failed");
    await recorder[Symbol.asyncDispose]();
  });

  test("a fault that nobody was told of is thrown at the end of the scope", async () => {
    const recorder = await Recorder.open({ device: `${FAST}&unplug=0.1` });
    await recorder.start();
    while (recorder.state !== "failed") {
      await pass(10);
    }
    assert.equal((await fault(recorder[Symbol.asyncDispose]())).code, "device-lost");
  });

  test("the loop over levels starts it, and ends with it", async () => {
    await using recorder = await Recorder.open({
      device: "virtual:tone?rate=8000&amplitude=0.5",
      seconds: 0.5,
      levelSeconds: 0.1,
    });
    const levels: RecorderLevel[] = [];
    for await (const level of recorder) {
      levels.push(level);
    }
    const last = levels.at(-1);
    assert.equal(last?.frames, 4000);
    assert.equal(last.seconds, 0.5);
    assert.equal(last.gaps, 0);
    assert.deepEqual(last.clipped, [0]);
    assert.ok(Math.abs((last.peak[0] ?? 0) - 0.5) < 0.01);
    assert.ok(Math.abs((last.rms[0] ?? 0) - 0.5 / Math.SQRT2) < 0.01);
    assert.equal((await recorder.finished).frames, 4000);
  });

  test("a loop that is left does not end the recording; one that is late gets the newest level", async () => {
    await using recorder = await Recorder.open({ device: PACED, levelSeconds: 0.02 });
    const seen: number[] = [];
    for await (const { frames } of recorder) {
      seen.push(frames);
      if (seen.length === 2) {
        break;
      }
      await pass(300);
    }
    assert.equal(recorder.state, "recording");
    assert.ok((seen[1] ?? 0) - (seen[0] ?? 0) > 160 * 5, seen.join(", "));
    await recorder.stop();
  });

  test("the loop over levels throws what ended the recording", async () => {
    await using recorder = await Recorder.open({ device: `${FAST}&unplug=0.3` });
    await assert.rejects(
      async () => {
        for await (const level of recorder) {
          assert.ok(level.frames >= 0);
        }
      },
      { code: "device-lost" },
    );
  });

  test("samples at full scale are counted", async (t) => {
    const levels: RecorderLevel[] = [];
    await using recorder = await Recorder.open({
      device: "virtual:tone?rate=8000&frequency=1000&amplitude=1&pace=fast",
      format: "int16",
      gain: 6,
      seconds: 1,
      file: path.join(temporaryFolder(t), "take.wav"),
    });
    recorder.on("level", (level) => levels.push(level));
    await recorder.start();
    await recorder.finished;
    const clipped = levels.reduce((sum, level) => sum + (level.clipped[0] ?? 0), 0);
    // Of eight samples of a wave all but the two at zero are beyond full scale.
    assert.equal(clipped, 6000);
  });
});

describe("starts and ends", { concurrency: 4, timeout: 60_000 }, () => {
  test("a recording begins with the frame that was heard at a time", async () => {
    const startAt = new Date(Date.now() + 700);
    await using recorder = await Recorder.open({
      device: PACED,
      format: "int16",
      startAt,
      preRoll: 0.1,
      seconds: 0.5,
    });
    const triggered: [number, Date][] = [];
    recorder.on("triggered", (position, at) => triggered.push([position, at]));
    await recorder.start();
    assert.equal(recorder.state, "waiting");
    const { recording, startedAt, triggeredAt } = await recorder.finished;
    assert.equal(triggeredAt, 800);
    assert.equal(recording?.length, 4000);
    assertCounters(words(recording), words(recording)[0] ?? 0);
    const [position, at] = triggered[0] ?? [];
    assert.equal(position, 800);
    // Both by the same clock: what is between is what the clock of the device has become better by.
    assert.ok(Math.abs((at?.getTime() ?? 0) - startAt.getTime()) < 60, `${at?.toISOString()}`);
    assert.ok(Math.abs((startedAt?.getTime() ?? 0) + 100 - startAt.getTime()) < 60);
  });

  test("maxWait ends what never begins", async () => {
    await using recorder = await Recorder.open({
      device: "virtual:silence?rate=8000&pace=fast",
      trigger: { above: -30 },
      maxWait: 2,
    });
    await recorder.start();
    const { reason, frames } = await recorder.finished;
    assert.deepEqual([reason, frames], ["maxWait", 0]);
  });

  test("until ends it with the block for which it is true", async () => {
    const seen: number[] = [];
    await using recorder = await Recorder.open({
      device: FAST,
      format: "int16",
      blockFrames: 500,
      until: (one: Block) => {
        seen.push(one.position);
        assertCounters(one.samples, one.position);
        return one.position === 3000;
      },
    });
    await recorder.start();
    const { reason, recording } = await recorder.finished;
    assert.equal(reason, "until");
    assert.deepEqual(seen, [0, 500, 1000, 1500, 2000, 2500, 3000]);
    assert.equal(recording?.length, 3500);
  });

  test("an error of the predicate ends it, and comes out as it was", async (t) => {
    const file = path.join(temporaryFolder(t), "take.wav");
    const mine = new Error("mine");
    await using recorder = await Recorder.open({
      device: FAST,
      format: "int16",
      file,
      blockFrames: 500,
      until: ({ position }) => {
        if (position === 1000) {
          throw mine;
        }
        return false;
      },
    });
    await recorder.start();
    await assert.rejects(recorder.finished, (error) => error === mine);
    assert.equal((await readWav(file)).length, 1500);
  });

  test("a predicate that gives a promise is told of it, and ends the recording", async () => {
    const until = (async () => false) as unknown as () => boolean;
    await using recorder = await Recorder.open({ device: FAST, blockFrames: 500, until });
    await recorder.start();
    await assert.rejects(
      recorder.finished,
      /^TypeError: Expected `until` to return a boolean, got/,
    );
  });

  test("maxBytes ends it before the frames take more", async () => {
    await using recorder = await Recorder.open({
      device: FAST,
      format: "int16",
      channels: 2,
      maxBytes: 4003,
      seconds: 10,
    });
    await recorder.start();
    const { reason, frames } = await recorder.finished;
    assert.deepEqual([reason, frames], ["maxBytes", 1000]);
  });

  test("mixing down and gain are applied; by default nothing is touched", async () => {
    await using recorder = await Recorder.open({
      device: FAST,
      format: "int16",
      channels: 2,
      mixDown: [
        [0.5, 0],
        [0, 0],
        [0.25, 0.25],
      ],
      frames: 1000,
    });
    assert.equal(recorder.numberOfChannels, 3);
    await recorder.start();
    const { recording } = await recorder.finished;
    const samples = words(recording);
    for (const frame of [2, 500, 998]) {
      assert.deepEqual(Array.from(samples.subarray(frame * 3, frame * 3 + 3)), [
        frame / 2,
        0,
        frame / 2,
      ]);
    }
  });

  test("marks are events, in order", async () => {
    const recorder = await Recorder.open({ device: PACED });
    const marks: Mark[] = [];
    recorder.on("mark", (mark) => marks.push(mark));
    await recorder.start();
    const all = await Promise.all([recorder.mark("one"), recorder.mark(), recorder.mark("three")]);
    assert.deepEqual(marks, all);
    assert.deepEqual(
      all.map(({ label }) => label),
      ["one", undefined, "three"],
    );
    assert.deepEqual((await recorder.stop()).marks, all);
  });
});
