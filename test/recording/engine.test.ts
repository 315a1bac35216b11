import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Frames } from "../../src/format.js";
import { assertCounters } from "../rig/counter.js";
import { seededRandom } from "../rig/random.js";
import { FILE, PLAN, RIG_RATE, rigRecording } from "./engine-rig.js";

const { start: START, stop: STOP } = PLAN;

describe("the disk", { timeout: 60_000 }, () => {
  test("one that stalls stops neither the reading of the ring nor loses a frame", async () => {
    const rig = await rigRecording({ file: FILE, memory: false });
    await rig.give(1000);
    rig.disk.hold();
    // Five times what the ring holds.
    await rig.give(5 * 2 ** 15);
    assert.ok(rig.recording.engine.backlog > 4 * 2 ** 16, "what waits is in memory");
    rig.disk.release();
    await rig.give(1000);
    await rig.end();
    const frames = rig.disk.files.get("take.wav") ?? [];
    assert.equal(frames.length, 2000 + 5 * 2 ** 15);
    assertCounters(frames, 0);
    assert.deepEqual(rig.takes[0]?.gaps, []);
    assert.equal(rig.takes[0]?.files[0]?.complete, true);
  });

  test("one that hangs for too long is an error with all that is in no file", async () => {
    const rig = await rigRecording({ file: FILE, memory: false, diskPatience: 200 });
    await rig.give(RIG_RATE);
    rig.disk.hold();
    await rig.give(RIG_RATE);
    await rig.over;
    const [take] = rig.takes;
    assert.equal(take?.error?.code, "disk-stalled");
    assert.equal(take.reason, "failed");
    assert.equal(take.files[0]?.complete, false);
    const written = rig.disk.files.get("take.wav") ?? [];
    assertCounters(written, 0);
    assert.equal(take.memoryFrom, written.length);
    assertCounters(rig.memory.get(0) ?? [], written.length);
    assert.equal(take.frames, written.length + (rig.memory.get(0)?.length ?? 0));
  });

  for (const memory of [false, true]) {
    test(`one that is full ends the recording, and nothing is missing (memory: ${memory})`, async () => {
      const rig = await rigRecording({ file: FILE, memory });
      rig.disk.room = 12_345;
      await rig.give(4 * RIG_RATE);
      await rig.over;
      const [take] = rig.takes;
      assert.equal(take?.error?.message, "A fault inside roomtone: no room");
      const written = rig.disk.files.get("take.wav") ?? [];
      assert.equal(written.length, 12_345);
      assertCounters(written, 0);
      const kept = rig.memory.get(0) ?? [];
      assert.equal(take.memoryFrom, memory ? 0 : 12_345);
      assertCounters(kept, take.memoryFrom);
      assert.equal(kept.length, take.frames - take.memoryFrom);
      assert.ok(take.frames > 12_345);
      assert.deepEqual(rig.disk.closed, ["take.wav"]);
    });
  }

  test('with onDiskError "memory" the recording goes on', async () => {
    const rig = await rigRecording({ file: FILE, memory: false, onDiskError: "memory" });
    rig.disk.room = 12_345;
    await rig.give(4 * RIG_RATE);
    await rig.end();
    const [take] = rig.takes;
    assert.equal(take?.error, undefined);
    assert.match(take?.diskError?.message ?? "", /no room/);
    assert.equal(take?.reason, "source-ended");
    assert.equal(take?.frames, 4 * RIG_RATE);
    assert.equal(take.memoryFrom, 12_345);
    assertCounters(rig.memory.get(0) ?? [], 12_345);
    assert.equal(rig.memory.get(0)?.length, 4 * RIG_RATE - 12_345);
  });

  test("one that was behind when it failed leaves no frame out", async () => {
    const rig = await rigRecording({ file: FILE, memory: false, onDiskError: "memory" });
    await rig.give(1000);
    rig.disk.hold();
    // More than is handed to the disk at once (2^17 frames), in blocks that do not end where that does.
    await rig.give(5 * 2 ** 15);
    const room = 2 ** 17 + 10_000;
    rig.disk.room = room;
    rig.disk.release();
    await rig.end();
    const written = rig.disk.files.get("take.wav") ?? [];
    assertCounters(written, 0);
    assert.equal(rig.takes[0]?.memoryFrom, written.length);
    const rest = rig.memory.get(0) ?? [];
    assertCounters(rest, written.length);
    assert.equal(written.length + rest.length, 1000 + 5 * 2 ** 15);
  });

  test("a device that can wait waits for a slow disk", async () => {
    const rig = await rigRecording({ file: FILE, memory: false }, { paced: false });
    rig.disk.hold();
    const giving = rig.give(6 * 2 ** 20, 2 ** 15);
    while (rig.recording.engine.backlog < 2 ** 23) {
      await new Promise(setImmediate);
    }
    const before = rig.recording.engine.backlog;
    for (let turn = 0; turn < 100; turn++) {
      await new Promise(setImmediate);
    }
    assert.ok(rig.recording.engine.backlog <= before + 2 ** 17);
    rig.disk.release();
    await giving;
    await rig.end();
    assertCounters(rig.disk.files.get("take.wav") ?? [], 0);
    assert.equal(rig.disk.files.get("take.wav")?.length, 6 * 2 ** 20);
  });
});

describe("splitting", { timeout: 60_000 }, () => {
  test("no frame is lost or repeated between a thousand files, however frames arrive", async () => {
    const random = seededRandom(11);
    const framesOfFile = 97;
    const file = { ...FILE, path: "{index:5}.wav", framesOfFile };
    const rig = await rigRecording({ file }, { blockFrames: 251, levelFrames: 333 });
    await rig.give(framesOfFile * 1000 + 13, () => 1 + random(2000));
    await rig.end();
    const files = rig.takes[0]?.files ?? [];
    assert.equal(files.length, 1001);
    let position = 0;
    for (const { path, frames, position: told } of files) {
      assert.equal(told, position);
      const stored = rig.disk.files.get(path) ?? [];
      assert.equal(stored.length, frames);
      assertCounters(stored, position, path);
      position += frames;
    }
    assert.equal(position, framesOfFile * 1000 + 13);
    assert.deepEqual(
      files.map(({ frames }) => frames),
      [...Array.from({ length: 1000 }, () => framesOfFile), 13],
    );
  });

  test("a recording that ends with a full file has no empty one behind it", async () => {
    const file = { ...FILE, path: "{index}.wav", framesOfFile: 1000 };
    const rig = await rigRecording({ file, stop: { ...STOP, frames: 3000 } });
    await rig.give(5000);
    await rig.over;
    assert.deepEqual([...rig.disk.files.keys()], ["0001.wav", "0002.wav", "0003.wav"]);
  });

  test("gaps and marks are in the file that they belong to, at their places there", async () => {
    const file = { ...FILE, path: "{index}.wav", framesOfFile: 1000 };
    const rig = await rigRecording({ file }, { paced: false });
    await rig.give(900);
    rig.lose(1300);
    await rig.give(100);
    while (rig.recording.engine.frames < 2000) {
      await new Promise(setImmediate);
    }
    rig.recording.engine.mark(performance.now(), "here", 0);
    await rig.give(300);
    await rig.end();
    const [take] = rig.takes;
    assert.deepEqual(take?.gaps, [{ position: 900, frames: 1300, cause: "overrun" }]);
    assert.deepEqual(
      take.files.map(({ gaps }) => gaps.map(({ position, frames }) => [position, frames])),
      [[[900, 100]], [[0, 1000]], [[0, 200]]],
    );
    assert.deepEqual(
      rig.told.filter((word) => word.startsWith("gap")),
      ["gap 900 1300"],
    );
    const mark = take.marks[0]?.position ?? 0;
    assert.deepEqual(
      take.files.flatMap(({ marks, position }) => marks.map((one) => one.position + position)),
      [mark],
    );
    const memory = rig.memory.get(0) ?? [];
    assertCounters(memory.slice(0, 900), 0);
    assertCounters(memory.slice(2200), 2200);
  });
});

/** Silence with square waves of full scale at some places. */
function bursts(length: Frames, ...places: readonly (readonly [Frames, Frames])[]): Int16Array {
  const samples = new Int16Array(length);
  for (const [at, end] of places) {
    for (let frame = at; frame < end; frame++) {
      samples[frame] = frame % 2 === 0 ? 16_384 : -16_384;
    }
  }
  return samples;
}

describe("start and stop", { timeout: 60_000 }, () => {
  const trigger = { above: -20, for: 0.05 };
  const silence = { below: -40, for: 0.25, hysteresis: 3 };
  // A window is 80 frames. The burst begins with window 100 and ends with window 149.
  const signal = bursts(24_000, [8000, 12_000]);
  const runs: readonly (readonly [string, () => Frames])[] = [
    ["one frame", () => 1],
    ["7 frames", () => 7],
    ["random runs", seededRuns(5)],
    ["all at once", () => 24_000],
  ];
  for (const [name, run] of runs) {
    test(`trigger, pre-roll and silence are exact to the frame in ${name}`, async () => {
      const preRoll = 1000;
      const rig = await rigRecording({
        start: { ...START, trigger, preRoll },
        stop: { ...STOP, silence },
      });
      await rig.giveSamples(signal, run);
      await rig.over;
      const [take] = rig.takes;
      assert.equal(take?.reason, "silence");
      // Five windows of 10 ms in a row: true right behind frame 8400.
      assert.equal(take.triggeredAt, preRoll);
      const first = 8400 - preRoll;
      const end = 12_000 + 0.25 * RIG_RATE;
      assert.equal(take.frames, end - first);
      assert.deepEqual(rig.memory.get(0), Array.from(signal.subarray(first, end)));
    });
  }

  test("a pre-roll that reaches before the first frame is as long as there are frames", async () => {
    const rig = await rigRecording({ start: { ...START, trigger, preRoll: 60_000 } });
    await rig.giveSamples(signal);
    await rig.end();
    assert.equal(rig.takes[0]?.triggeredAt, 8400);
    assert.deepEqual(rig.memory.get(0), Array.from(signal));
  });

  test("without a pre-roll the recording begins where the trigger came true", async () => {
    const rig = await rigRecording({ start: { ...START, trigger } });
    await rig.giveSamples(signal, 333);
    await rig.end();
    assert.equal(rig.takes[0]?.triggeredAt, 0);
    assert.deepEqual(rig.memory.get(0), Array.from(signal.subarray(8400)));
  });

  test("lost frames in the pre-roll are silence, and a gap at their place", async () => {
    const rig = await rigRecording({ start: { ...START, trigger, preRoll: 4000 } });
    await rig.giveSamples(signal.subarray(0, 6000));
    rig.lose(500);
    await rig.giveSamples(signal.subarray(6500));
    await rig.end();
    // Windows are counted anew behind the loss, at 6500.
    const heard = 6500 + Math.floor(1500 / 80) * 80 + 400;
    assert.deepEqual(rig.takes[0]?.gaps, [
      { position: 6000 - (heard - 4000), frames: 500, cause: "overrun" },
    ]);
    assert.equal(rig.takes[0]?.lostFrames, 500);
    assert.deepEqual(rig.memory.get(0), Array.from(signal.subarray(heard - 4000)));
  });

  test("lost frames are no silence that ends a recording", async () => {
    const rig = await rigRecording({ stop: { ...STOP, silence } });
    await rig.giveSamples(bursts(4000, [0, 4000]));
    rig.lose(RIG_RATE);
    await rig.giveSamples(bursts(4000, [0, 4000]));
    await rig.end();
    assert.equal(rig.takes[0]?.reason, "source-ended");
    assert.equal(rig.takes[0]?.frames, 8000 + RIG_RATE);
  });

  test("a start that does not come is not waited for longer than maxWait", async () => {
    const rig = await rigRecording({ file: FILE, start: { ...START, trigger, maxWait: 3000 } });
    await rig.giveSamples(signal);
    await rig.over;
    assert.equal(rig.takes[0]?.reason, "maxWait");
    assert.equal(rig.takes[0]?.frames, 0);
    assert.deepEqual(rig.disk.files.get("take.wav"), []);
    assert.deepEqual(rig.disk.closed, ["take.wav"]);
  });

  test("of several ends the first one counts, and has its name", async () => {
    for (const [frames, reason] of [
      [13_000, "frames"],
      [20_000, "silence"],
    ] as const) {
      const rig = await rigRecording({
        stop: { ...STOP, frames, silence: { ...silence, for: 1.6 } },
      });
      await rig.giveSamples(signal.subarray(8000));
      await rig.end();
      assert.equal(rig.takes[0]?.reason, frames === 13_000 ? reason : "source-ended");
    }
  });

  test("pre-roll counts for the wanted length", async () => {
    const rig = await rigRecording({
      start: { ...START, trigger, preRoll: 1000 },
      stop: { ...STOP, frames: 700 },
    });
    await rig.giveSamples(signal);
    await rig.over;
    assert.deepEqual(rig.memory.get(0), Array.from(signal.subarray(7400, 8100)));
  });
});

function seededRuns(seed: number): () => Frames {
  const random = seededRandom(seed);
  return () => 1 + random(1500);
}

describe("pauses", { timeout: 60_000 }, () => {
  test("what is heard in a pause is not recorded, and is no gap", async () => {
    const rig = await rigRecording({ file: FILE }, { paced: false });
    const { engine } = rig.recording;
    const settle = async (frames: Frames): Promise<void> => {
      while (rig.recording.engine.frames < frames) {
        await new Promise(setImmediate);
      }
    };
    await rig.give(2000);
    await settle(2000);
    engine.pause(1000);
    await rig.give(4000);
    while (rig.told.filter((word) => word === "level").length < 15) {
      await new Promise(setImmediate);
    }
    engine.resume(1500);
    await rig.give(1000);
    await rig.end();
    const frames = rig.memory.get(0) ?? [];
    assert.equal(frames.length, 3000);
    assertCounters(frames.slice(0, 2000), 0);
    assertCounters(frames.slice(2000), 6000);
    assert.deepEqual(rig.takes[0]?.gaps, []);
    assert.deepEqual(
      rig.takes[0]?.pauses.map(({ position, seconds }) => [position, seconds]),
      [[2000, 0.5]],
    );
    assert.deepEqual(rig.disk.cues.get("take.wav"), [{ position: 2000, label: "pause" }]);
  });

  test("a pause begins and ends with the frames that were heard then, however late they come", async () => {
    const rig = await rigRecording({});
    const { engine, pump } = rig.recording;
    const origin = pump.timeOf(0, RIG_RATE);
    engine.pause(origin + 500);
    engine.resume(origin + 750);
    await rig.give(RIG_RATE);
    await rig.end();
    const frames = rig.memory.get(0) ?? [];
    assertCounters(frames.slice(0, 4000), 0);
    assertCounters(frames.slice(4000), 6000);
    assert.equal(frames.length, 6000);
  });

  test("a mark is at the frame that was heard then", async () => {
    const rig = await rigRecording({});
    const { engine, pump } = rig.recording;
    engine.mark(pump.timeOf(1234, RIG_RATE), "here", 1);
    engine.mark(pump.timeOf(90_000, RIG_RATE), "never", 2);
    await rig.give(RIG_RATE);
    await rig.end();
    assert.deepEqual(
      rig.takes[0]?.marks.map(({ position, label }) => [position, label]),
      [
        [1234, "here"],
        [8000, "never"],
      ],
    );
  });
});

describe("until", { timeout: 60_000 }, () => {
  test("the recording ends with the block for which it was true, however late that is known", async () => {
    const asked: number[] = [];
    const rig = await rigRecording(
      { file: FILE, stop: { ...STOP, until: true } },
      {},
      { judge: ({ position }) => asked.push(position) },
    );
    await rig.give(5000);
    assert.deepEqual(asked, [0], "one at a time");
    assert.deepEqual(rig.disk.files.get("take.wav"), [], "nothing before it was judged");
    for (let verdicts = 0; verdicts < 3; verdicts++) {
      rig.recording.engine.judge(false);
    }
    assert.deepEqual(asked, [0, 400, 800, 1200]);
    rig.recording.engine.judge(true);
    await rig.over;
    assert.equal(rig.takes[0]?.reason, "until");
    assert.equal(rig.takes[0]?.frames, 1600);
    assertCounters(rig.disk.files.get("take.wav") ?? [], 0);
    assert.equal(rig.disk.files.get("take.wav")?.length, 1600);
  });

  test("what is lost is told with the block behind it", async () => {
    const blocks: (readonly [number, number, string | undefined])[] = [];
    const rig = await rigRecording(
      { stop: { ...STOP, until: true } },
      {},
      {
        judge: ({ position, droppedBefore, dropCause }) => {
          blocks.push([position, droppedBefore, dropCause]);
          setImmediate(() => rig.recording.engine.judge(false));
        },
      },
    );
    await rig.give(500);
    rig.lose(100, "stall");
    await rig.give(400);
    await rig.end();
    assert.deepEqual(blocks, [
      [0, 0, undefined],
      [400, 0, undefined],
      [600, 100, "stall"],
    ]);
    assert.equal(rig.takes[0]?.frames, 1000);
    assertCounters((rig.memory.get(0) ?? []).slice(600), 600);
  });
});
