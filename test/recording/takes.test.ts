import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import {
  readWav,
  type Take,
  type TakesOptions,
  takes,
  virtualDevice,
  WavWriter,
} from "../../src/index.js";
import { readIndex } from "../../src/recording/files/index-file.js";
import { type Burst, type Bursts, makeBursts } from "../rig/bursts.js";
import { assertCounters } from "../rig/counter.js";
import { speak } from "../rig/speech.js";
import { requireTool } from "../rig/tools.js";
import { temporaryFolder } from "../wav/files.js";

const RATE = 8000;
/** 10 ms: what detectors look at. Bursts that begin and end with one are heard exactly there. */
const WINDOW = 80;

const RULES = {
  trigger: { above: -35, for: 0.05 },
  silence: { below: -45, for: 0.2 },
  preRoll: 0.3,
} as const;
/** The same in frames. */
const TRIGGER = 5 * WINDOW;
const SILENCE = 20 * WINDOW;
const PRE_ROLL = 30 * WINDOW;

function bursts(
  t: TestContext,
  seconds: number,
  list: readonly Burst[],
  timing?: Parameters<typeof makeBursts>[4],
): Promise<Bursts> {
  return makeBursts(temporaryFolder(t), RATE, seconds * RATE, list, timing);
}

async function all(options: TakesOptions): Promise<Take[]> {
  const list: Take[] = [];
  for await (const take of takes(options)) {
    list.push(take);
  }
  return list;
}

/** Fails unless a take is exactly the frames of the signal from `first` up to, not including, `end`. */
function assertFrames(take: Take, signal: Bursts, first: number, end: number): void {
  assert.ok(take.recording !== undefined);
  assert.equal(take.frames, end - first);
  assert.equal(take.position, first);
  assert.deepEqual(take.recording.getChannelData(0), signal.samples.slice(first, end));
}

describe("takes", { concurrency: 4, timeout: 60_000 }, () => {
  for (const pace of ["fast", "realtime"] as const) {
    test(`begin before the trigger and end behind the silence, to the frame (${pace})`, async (t) => {
      const list = [
        { at: 100 * WINDOW, frames: 30 * WINDOW },
        { at: 300 * WINDOW, frames: 8 * WINDOW },
      ];
      const signal = await bursts(t, 4, list, { pace });
      const found = await all({ device: signal.device, ...RULES });
      assert.equal(found.length, 2);
      for (const [index, { at, frames }] of list.entries()) {
        const take = found[index];
        assert.ok(take !== undefined);
        assertFrames(take, signal, at + TRIGGER - PRE_ROLL, at + frames + SILENCE);
        assert.equal(take.reason, "silence");
        assert.equal(take.number, index + 1);
        assert.equal(take.triggeredAt, PRE_ROLL);
        assert.equal(take.continues, false);
        assert.deepEqual(take.gaps, []);
      }
      const [one, two] = found.map((take) => take.startedAt?.getTime() ?? Number.NaN);
      const apart = ((two ?? 0) - (one ?? 0)) / 1000;
      assert.ok(Math.abs(apart - (200 * WINDOW) / RATE) < 0.02, `${apart} s`);
    });
  }

  test("have what is asked for behind the silence", async (t) => {
    const signal = await bursts(t, 3, [{ at: 8000, frames: 1600 }]);
    const [take] = await all({ device: signal.device, ...RULES, postRoll: 0.125 });
    assert.ok(take !== undefined);
    assertFrames(take, signal, 8000 + TRIGGER - PRE_ROLL, 9600 + SILENCE + 1000);
  });

  test("share no frame: one that begins within the pre-roll of the last begins where that ended", async (t) => {
    const end = 8000 + 1600 + SILENCE;
    // The next sound comes so soon that its pre-roll would reach into the take before.
    const signal = await bursts(t, 4, [
      { at: 8000, frames: 1600 },
      { at: end + 5 * WINDOW, frames: 1600 },
    ]);
    const [one, two] = await all({ device: signal.device, ...RULES });
    assert.ok(one !== undefined && two !== undefined);
    assertFrames(one, signal, 8000 + TRIGGER - PRE_ROLL, end);
    assertFrames(two, signal, end, end + 5 * WINDOW + 1600 + SILENCE);
    assert.equal(two.triggeredAt, 5 * WINDOW + TRIGGER);
    assert.equal(two.continues, false);
  });

  test("at the start of the stream have as much before the trigger as there is", async (t) => {
    const signal = await bursts(t, 2, [{ at: 2 * WINDOW, frames: 1600 }]);
    const [take] = await all({ device: signal.device, ...RULES });
    assert.ok(take !== undefined);
    assertFrames(take, signal, 0, 2 * WINDOW + 1600 + SILENCE);
  });

  test("without pre-roll begin where the trigger came true", async (t) => {
    const signal = await bursts(t, 2, [{ at: 8000, frames: 1600 }]);
    const [take] = await all({ device: signal.device, ...RULES, preRoll: 0 });
    assert.ok(take !== undefined);
    assertFrames(take, signal, 8000 + TRIGGER, 9600 + SILENCE);
  });

  test("of sound without end follow each other without a frame lost or repeated", async (t) => {
    const signal = await bursts(t, 12, [{ at: 8000, frames: 80_000 }]);
    const found = await all({ device: signal.device, ...RULES, maxTakeSeconds: 1.5 });
    const first = 8000 + TRIGGER - PRE_ROLL;
    const end = 88_000 + SILENCE;
    const most = 1.5 * RATE;
    assert.equal(found.length, Math.ceil((end - first) / most));
    for (const [index, take] of found.entries()) {
      const from = first + index * most;
      assertFrames(take, signal, from, Math.min(end, from + most));
      assert.equal(take.continues, index > 0);
      const isLast = index === found.length - 1;
      assert.equal(take.reason, isLast ? "silence" : "maxTakeSeconds");
      assert.equal(take.triggeredAt, index === 0 ? PRE_ROLL : undefined);
    }
  });

  test("that are cut in the silence at their end have what is left of it in the next", async (t) => {
    // 1.5 s end within the silence: half of it was counted then.
    const frames = 1.5 * RATE - PRE_ROLL + TRIGGER - SILENCE / 2;
    const signal = await bursts(t, 4, [{ at: 8000, frames }]);
    const found = await all({ device: signal.device, ...RULES, maxTakeSeconds: 1.5 });
    assert.deepEqual(
      found.map((take) => [take.frames, take.reason]),
      [
        [12_000, "maxTakeSeconds"],
        [SILENCE / 2, "silence"],
      ],
    );
  });

  test("end with the source, and then the iteration ends", async (t) => {
    const signal = await bursts(t, 2, [{ at: 8000, frames: 8000 }]);
    const [take, ...more] = await all({ device: signal.device, ...RULES });
    assert.ok(take !== undefined);
    assertFrames(take, signal, 8000 + TRIGGER - PRE_ROLL, 16_000);
    assert.equal(take.reason, "source-ended");
    assert.deepEqual(more, []);
  });

  test("of a source without sound are none", async (t) => {
    const signal = await bursts(t, 2, []);
    assert.deepEqual(await all({ device: signal.device, ...RULES }), []);
  });

  test("without a rule of silence end 1.5 s behind the last sound that is 6 dB below the trigger", async (t) => {
    const signal = await bursts(t, 4, [
      { at: 8000, frames: 1600 },
      { at: 9600, frames: 1600, level: -40 },
    ]);
    const [take] = await all({ device: signal.device, trigger: RULES.trigger, preRoll: 0.3 });
    assert.ok(take !== undefined);
    assertFrames(take, signal, 8000 + TRIGGER - PRE_ROLL, 11_200 + 12_000);
  });
});

describe("takes of voice", { timeout: 60_000 }, () => {
  test("are what somebody says, each by itself", async (t) => {
    if (!requireTool(t, "espeak-ng", "sox")) {
      return;
    }
    const folder = temporaryFolder(t);
    const words = join(folder, "words.wav");
    await speak("This is a sentence that somebody speaks, and it goes on for a while.", words);
    const speech = (await readWav(words)).toInterleaved() as Int16Array;
    // Two seconds of silence, the sentence, three seconds, the sentence again, three seconds.
    const [lead, pause] = [2 * 44_100, 3 * 44_100];
    const second = lead + speech.length + pause;
    const sound = new Int16Array(second + speech.length + pause);
    sound.set(speech, lead);
    sound.set(speech, second);
    const path = join(folder, "speech.wav");
    await using writer = await WavWriter.create(path, {
      sampleRate: 44_100,
      channels: 1,
      format: "float32",
    });
    await writer.write(Float32Array.from(sound, (sample) => sample / 65_536));
    await writer.close();

    const device = virtualDevice("file", { path, pace: "fast" });
    const found = await all({ device, voice: true, preRoll: 1 });
    assert.equal(found.length, 2);
    for (const [index, take] of found.entries()) {
      const begin = index === 0 ? lead : second;
      assert.equal(take.reason, "voice");
      assert.ok(take.position < begin, `${take.position} is behind the start at ${begin}`);
      assert.ok(take.position > begin - 44_100);
      const end = take.position + take.frames;
      assert.ok(end > begin + speech.length && end < begin + speech.length + 1.5 * 44_100);
    }
  });
});

describe("the end of takes", { concurrency: 4, timeout: 60_000 }, () => {
  test("an abort ends the take that is recorded, hands it over, and ends the iteration", async (t) => {
    const signal = await bursts(t, 30, [{ at: 800, frames: 29 * RATE }], { pace: "realtime" });
    const controller = new AbortController();
    const found: Take[] = [];
    let position = 0;
    for await (const take of takes({
      device: signal.device,
      ...RULES,
      // Within a block, whose other frames are in the next take then.
      maxTakeSeconds: 0.43,
      signal: controller.signal,
    })) {
      assertFrames(take, signal, position, position + take.frames);
      position += take.frames;
      found.push(take);
      controller.abort();
    }
    assert.ok(position > 0 && position < signal.samples.length);
    assert.ok(found.slice(0, -1).every(({ reason }) => reason === "maxTakeSeconds"));
    assert.equal(found.at(-1)?.reason, "signal");
  });

  test("an abort while nothing is heard ends the iteration", async (t) => {
    const signal = await bursts(t, 30, [{ at: 800, frames: 1600 }], { pace: "realtime" });
    const controller = new AbortController();
    let count = 0;
    for await (const take of takes({
      ...RULES,
      device: signal.device,
      signal: controller.signal,
    })) {
      assert.equal(take.reason, "silence");
      count += 1;
      controller.abort();
    }
    assert.equal(count, 1);
  });

  test("a signal that had aborted before rejects with its reason", async () => {
    const mine = new Error("mine");
    await assert.rejects(
      all({ device: "virtual:silence", ...RULES, signal: AbortSignal.abort(mine) }),
      (error) => error === mine,
    );
  });

  test("break gives the device back", async (t) => {
    const signal = await bursts(t, 2, [{ at: 1600, frames: 1600 }], { pace: "fast", loop: true });
    let count = 0;
    for await (const take of takes({ device: signal.device, ...RULES })) {
      assert.ok(take.frames > 0);
      count += 1;
      if (count === 3) {
        break;
      }
    }
    assert.equal(count, 3);
  });

  test("a lost device hands over what was recorded, then throws", async () => {
    const found: Take[] = [];
    const device = "virtual:tone?rate=8000&pace=fast&unplug=2.5";
    await assert.rejects(
      async () => {
        for await (const take of takes({ device, ...RULES, maxTakeSeconds: 1 })) {
          found.push(take);
        }
      },
      { name: "AudioError", code: "device-lost" },
    );
    assert.deepEqual(
      found.map((take) => [take.frames, take.reason]),
      [
        [8000, "maxTakeSeconds"],
        [8000, "maxTakeSeconds"],
        [4000, "failed"],
      ],
    );
  });

  test("a device that comes back goes on: what was missed is a gap", async () => {
    const device = "virtual:tone?rate=8000&pace=fast&unplug=1&replug=1.25";
    const found: Take[] = [];
    for await (const take of takes({
      device,
      ...RULES,
      maxTakeSeconds: 1,
      onDeviceLost: "wait",
      waitSeconds: Number.POSITIVE_INFINITY,
    })) {
      found.push(take);
      if (found.length === 3) {
        break;
      }
    }
    assert.deepEqual(
      found.map((take) => [take.frames, take.gaps]),
      [
        [8000, []],
        [8000, [{ position: 0, frames: 2000, cause: "device-lost" }]],
        [8000, []],
      ],
    );
  });
});

describe("takes in files", { concurrency: 4, timeout: 60_000 }, () => {
  test("have names by the template, an index, and only the newest are kept", async (t) => {
    const folder = temporaryFolder(t);
    const list = Array.from({ length: 6 }, (_, turn) => ({ at: 8000 + turn * 8000, frames: 1600 }));
    const signal = await makeBursts(folder, RATE, 60_000, list);
    const index = join(folder, "takes.jsonl");
    const found = await all({
      device: signal.device,
      ...RULES,
      file: join(folder, "{date}", "take_{index:3}.wav"),
      index,
      keep: { files: 2 },
    });
    assert.equal(found.length, 6);
    for (const [at, take] of found.entries()) {
      assert.equal(take.recording, undefined);
      assert.equal(take.files.length, 1);
      const [file] = take.files;
      assert.match(file?.path ?? "", new RegExp(`\\d{4}-\\d\\d-\\d\\d/take_00${at + 1}\\.wav$`));
      assert.equal(existsSync(file?.path ?? ""), at >= 4, file?.path);
    }
    for (const take of found.slice(4)) {
      const read = await readWav(take.files[0]?.path ?? "");
      const first = take.position;
      assert.deepEqual(read.getChannelData(0), signal.samples.slice(first, first + take.frames));
    }
    const entries = await readIndex(index);
    assert.deepEqual(
      entries.map(({ position, frames }) => [position, frames]),
      found.map(({ position, frames }) => [position, frames]),
    );
    assert.deepEqual(
      entries.map(({ startedAt }) => startedAt),
      found.map(({ startedAt }) => startedAt?.toISOString()),
    );
    assert.equal(entries[0]?.peakDbfs.length, 1);
  });

  test("go on with the numbers of an earlier run: no file is written over", async (t) => {
    const folder = temporaryFolder(t);
    const signal = await makeBursts(folder, RATE, 24_000, [{ at: 8000, frames: 1600 }]);
    const options = { device: signal.device, ...RULES, file: join(folder, "take_{index}.wav") };
    const paths = [...(await all(options)), ...(await all(options))].map(
      ({ files }) => files[0]?.path,
    );
    assert.deepEqual(paths, [join(folder, "take_0001.wav"), join(folder, "take_0002.wav")]);
  });

  test("can be in memory too", async (t) => {
    const folder = temporaryFolder(t);
    const signal = await makeBursts(folder, RATE, 24_000, [{ at: 8000, frames: 1600 }]);
    const [take] = await all({
      device: signal.device,
      ...RULES,
      file: join(folder, "take_{index}.wav"),
      memory: true,
    });
    assert.ok(take !== undefined);
    assertFrames(take, signal, 8000 + TRIGGER - PRE_ROLL, 9600 + SILENCE);
    const read = await readWav(take.files[0]?.path ?? "");
    assert.deepEqual(read.getChannelData(0), take.recording?.getChannelData(0));
  });

  test("lose nothing over a hundred cuts", async (t) => {
    const folder = temporaryFolder(t);
    let count = 0;
    let next = 0;
    for await (const take of takes({
      device: "virtual:ramp?rate=8000&pace=fast",
      format: "int16",
      trigger: { above: -60, for: 0 },
      silence: { below: -150, for: 60 },
      preRoll: 0,
      maxTakeSeconds: 0.1,
      file: join(folder, "{index}.wav"),
      keep: { files: 20 },
    })) {
      count += 1;
      const samples = await readWav(take.files[0]?.path ?? "").catch(() => undefined);
      if (count > 1) {
        assert.equal(take.position, next);
      }
      if (samples !== undefined) {
        assertCounters(samples.toInterleaved() as Int16Array, take.position);
      }
      next = take.position + take.frames;
      if (count === 100) {
        break;
      }
    }
    assert.ok(readdirSync(folder).length <= 20 + 40, `${readdirSync(folder).length} files`);
  });
});

describe("wrong options of takes", () => {
  const device = "virtual:silence?pace=fast";

  async function thrown(options: unknown): Promise<unknown> {
    return await all(options as TakesOptions).catch((error: unknown) => error);
  }

  test("are told by the call, before anything is opened", () => {
    assert.throws(() => takes({ device, trigger: { above: 5 } }), RangeError);
  });

  test("of a wrong type are TypeErrors", async () => {
    for (const [name, values] of Object.entries({
      trigger: [null, true, -35, "loud", []],
      silence: [null, true, -45, "quiet", []],
      preRoll: [null, "1", true, {}],
      postRoll: [null, "1", true, {}],
      maxTakeSeconds: [null, "1", true, {}],
      file: [null, 1, true, {}],
      index: [null, 1, true, {}],
      keep: [null, 1, "1", true, {}],
      memory: [null, 1, "yes"],
      signal: [null, 1, "abort"],
      mixDown: [null, 1, true],
      gain: [null, "1", true],
      removeDc: [null, 1, "yes"],
    })) {
      for (const value of values) {
        const error = await thrown({ device, trigger: RULES.trigger, [name]: value });
        assert.ok(
          error instanceof TypeError,
          `${name}: ${JSON.stringify(value)} gave ${String(error)}`,
        );
        assert.match(error.message, new RegExp(name));
      }
    }
    for (const options of [null, 5, "x", []]) {
      assert.ok((await thrown(options)) instanceof TypeError);
    }
  });

  test("out of range are RangeErrors", async () => {
    for (const [name, values] of Object.entries({
      preRoll: [-1, 601, Number.NaN],
      postRoll: [-1, 3601, Number.NaN],
      maxTakeSeconds: [0, -1, Number.NaN],
      file: ["", "take.wav", "{date}.wav", "{nope}_{index}.wav"],
      index: [""],
      keep: [{ files: 0 }, { bytes: -1 }],
      gain: [200],
    })) {
      for (const value of values) {
        const file = name === "keep" || name === "index" ? { file: "{index}.wav" } : {};
        const error = await thrown({ device, trigger: RULES.trigger, ...file, [name]: value });
        assert.ok(
          error instanceof RangeError,
          `${name}: ${JSON.stringify(value)} gave ${String(error)}`,
        );
        assert.match(error.message, new RegExp(name));
      }
    }
  });

  test("that belong to others are refused with a word on it", async () => {
    for (const [options, word] of [
      [{}, /trigger/],
      [{ voice: false }, /trigger/],
      [{ trigger: RULES.trigger, index: "x.jsonl" }, /file/],
      [{ trigger: RULES.trigger, keep: { files: 1 } }, /file/],
      [{ trigger: RULES.trigger, seconds: 5 }, /maxTakeSeconds|seconds/],
      [{ trigger: RULES.trigger, preroll: 5 }, /did you mean `preRoll`/],
    ] as const) {
      const error = await thrown({ device, ...options });
      assert.ok(error instanceof TypeError, String(error));
      assert.match(error.message, word);
    }
  });
});
