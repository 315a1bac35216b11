import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import {
  AudioError,
  type Recording,
  type RecordOptions,
  type RecordProgress,
  record,
  type SampleFormat,
} from "../src/index.js";
import { describe as shown } from "../src/options.js";
import { assertCounters, assertSilence } from "./rig/counter.js";

const FAST = "virtual:ramp?rate=8000&pace=fast";
const PACED = "virtual:ramp?rate=8000";

/** The interleaved samples of an int16 take. */
function words(take: Recording): Int16Array {
  const samples = take.toInterleaved();
  assert.ok(samples instanceof Int16Array);
  return samples;
}

function block(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

describe("length", { concurrency: 4, timeout: 60_000 }, () => {
  const rates = [8000, 11_025, 44_100, 48_000];
  for (const rate of rates) {
    test(`five seconds at ${rate} Hz are ${rate * 5} frames, not the nearest block`, async () => {
      const take = await record({
        seconds: 5,
        device: `virtual:ramp?rate=${rate}&pace=fast`,
        format: "int16",
        blockFrames: 2048,
      });
      assert.equal(take.length, rate * 5);
      assert.equal(take.duration, 5);
      assertCounters(words(take), 0);
      assert.deepEqual(take.gaps, []);
    });
  }

  for (const frames of [1, 2, 399, 400, 401, 65_535, 65_536, 65_537, 200_001]) {
    test(`${frames} frames are ${frames} frames`, async () => {
      const take = await record({ frames, device: FAST, format: "int16", channels: 2 });
      assert.equal(take.length, frames);
      assertCounters(words(take), 0, "the take", 2);
    });
  }

  test("seconds are rounded to whole frames", async () => {
    assert.equal((await record({ seconds: 0.00018, device: FAST })).length, 1);
    assert.equal((await record({ seconds: 1.00007, device: FAST })).length, 8001);
  });

  test("seconds that are no frame at the device's rate are a RangeError", async () => {
    await assert.rejects(record({ seconds: 1e-6, device: FAST }), {
      name: "RangeError",
      message: /8000 Hz/,
    });
  });

  test("a take of a paced device has the exact length too", async () => {
    const take = await record({ frames: 1234, device: PACED, format: "int16" });
    assert.equal(take.length, 1234);
    assertCounters(words(take), 0);
  });

  for (const format of [
    "int8",
    "uint8",
    "int16",
    "int24",
    "int32",
    "float32",
  ] satisfies SampleFormat[]) {
    test(`a take is in the format that was asked for: ${format}`, async () => {
      const take = await record({ frames: 1000, device: FAST, format });
      assert.equal(take.format, format);
      assert.equal(take.length, 1000);
    });
  }

  test("a take is mono float32 at the device's rate unless told otherwise", async () => {
    const take = await record({ frames: 10, device: "virtual:tone?rate=22050&pace=fast" });
    assert.equal(take.format, "float32");
    assert.equal(take.numberOfChannels, 1);
    assert.equal(take.sampleRate, 22_050);
    assert.equal(take.device?.name, "tone?rate=22050&pace=fast");
  });
});

/** A signal that aborts when so much was recorded, however busy the machine is. */
function abortedAfter(frames: number): Pick<RecordOptions, "signal" | "progress"> {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    progress: (progress) => {
      if (progress.frames >= frames) {
        controller.abort();
      }
    },
  };
}

describe("signals", { concurrency: 4, timeout: 30_000 }, () => {
  test("a signal ends the take with what was recorded until then", async () => {
    const take = await record({ device: PACED, format: "int16", ...abortedAfter(2400) });
    assert.ok(take.length >= 2400 && take.length < 40_000, `${take.length} frames`);
    assertCounters(words(take), 0);
    assert.deepEqual(take.gaps, []);
  });

  test("a signal ends a take before its seconds are over", async () => {
    const options = { seconds: 60, device: PACED, format: "int16" } as const;
    const take = await record({ ...options, ...abortedAfter(2400) });
    assert.ok(take.length >= 2400 && take.length < 60 * 8000, `${take.length} frames`);
    assertCounters(words(take), 0);
  });

  test("a signal that never aborts changes nothing", async () => {
    const { signal } = new AbortController();
    assert.equal((await record({ frames: 777, device: FAST, signal })).length, 777);
  });

  test("a signal that had aborted before is the error, as it is", async () => {
    const reason = new Error("mine");
    await assert.rejects(
      record({ seconds: 1, device: FAST, signal: AbortSignal.abort(reason) }),
      (error) => error === reason,
    );
  });

  test("a signal that aborts while the device is being opened ends it without a hang", async () => {
    const controller = new AbortController();
    const reason = new Error("mine");
    const recording = record({ seconds: 30, device: PACED, signal: controller.signal });
    controller.abort(reason);
    try {
      assert.equal((await recording).length, 0);
    } catch (error) {
      assert.equal(error, reason);
    }
  });
});

describe("gaps", { concurrency: 4, timeout: 30_000 }, () => {
  const device = `${FAST}&overrun=0.1:100&stall=0.5:0.05&overrun=0.9:1`;
  const gaps = [
    { position: 800, frames: 100, cause: "overrun" },
    { position: 4000, frames: 400, cause: "stall" },
    { position: 7200, frames: 1, cause: "overrun" },
  ];

  test("lost frames are silence at their place, so that time stays true", async () => {
    const take = await record({ seconds: 1, device, format: "int16" });
    const samples = words(take);
    assert.equal(take.length, 8000);
    assert.deepEqual(take.gaps, gaps);
    let position = 0;
    for (const gap of take.gaps) {
      assertCounters(samples.subarray(position, gap.position), position);
      position = gap.position + gap.frames;
      assertSilence(samples.subarray(gap.position, position), `the gap at ${gap.position}`);
    }
    assertCounters(samples.subarray(position), position);
  });

  test("silence in uint8 is the middle of its range", async () => {
    const take = await record({
      seconds: 0.2,
      device: `${FAST}&overrun=0.1:100`,
      format: "uint8",
    });
    assert.deepEqual(take.toInterleaved().slice(800, 900), new Uint8Array(100).fill(0x80));
    assertSilence(take.getChannelData(0).subarray(800, 900));
  });

  test("with fillGaps: false the take has only frames that were heard, and lists the gaps", async () => {
    const take = await record({ frames: 8000, device, format: "int16", fillGaps: false });
    const samples = words(take);
    assert.equal(take.length, 8000);
    assert.deepEqual(take.gaps, [
      { position: 800, frames: 100, cause: "overrun" },
      { position: 3900, frames: 400, cause: "stall" },
      { position: 6700, frames: 1, cause: "overrun" },
    ]);
    assertCounters(samples.subarray(0, 800), 0);
    assertCounters(samples.subarray(800, 3900), 900);
    assertCounters(samples.subarray(3900, 6700), 4400);
    assertCounters(samples.subarray(6700), 7201);
  });

  test("a gap that reaches behind the end of the take is counted up to the end", async () => {
    const take = await record({
      frames: 4100,
      device: `${FAST}&stall=0.5:1`,
      format: "int16",
    });
    assert.equal(take.length, 4100);
    assert.deepEqual(take.gaps, [{ position: 4000, frames: 100, cause: "stall" }]);
    assertCounters(words(take).subarray(0, 4000), 0);
    assertSilence(words(take).subarray(4000));
  });

  test("a gap right behind the end of the take is none of it", async () => {
    const take = await record({ frames: 4000, device: `${FAST}&overrun=0.5:10`, format: "int16" });
    assert.deepEqual(take.gaps, []);
    assert.equal(take.length, 4000);
  });

  test("a gap at the very start is in the take", async () => {
    const take = await record({ frames: 100, device: `${FAST}&overrun=0:40`, format: "int16" });
    assert.deepEqual(take.gaps, [{ position: 0, frames: 40, cause: "overrun" }]);
    assertSilence(words(take).subarray(0, 40));
    assertCounters(words(take).subarray(40), 40);
  });

  test("the gaps of a take cannot be changed", async () => {
    const take = await record({ frames: 8000, device });
    assert.ok(Object.isFrozen(take.gaps));
  });
});

describe("faults", { concurrency: 4, timeout: 30_000 }, () => {
  for (const pace of ["fast", "realtime"]) {
    test(`the error of an unplugged device carries what was recorded (pace ${pace})`, async () => {
      const device = `virtual:ramp?rate=8000&pace=${pace}&overrun=0.2:50&unplug=0.505`;
      const error: unknown = await record({ seconds: 5, device, format: "int16" }).catch(
        (thrown: unknown) => thrown,
      );
      assert.ok(error instanceof AudioError);
      assert.equal(error.code, "device-lost");
      assert.match(error.message, /unplugged/);
      const take = error.recording;
      assert.ok(take !== undefined);
      assert.equal(take.length, 4040);
      assert.deepEqual(take.gaps, [{ position: 1600, frames: 50, cause: "overrun" }]);
      assertCounters(words(take).subarray(0, 1600), 0);
      assertCounters(words(take).subarray(1650), 1650);
      assert.equal(take.device?.host, "virtual");
    });
  }

  test("a device that is gone before its first frame gives an empty recording", async () => {
    const error: unknown = await record({ seconds: 1, device: `${FAST}&unplug=0` }).catch(
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof AudioError);
    assert.equal(error.code, "device-lost");
    assert.equal(error.recording?.length ?? 0, 0);
  });

  test("a device that is not there is an error before anything", async () => {
    await assert.rejects(
      record({ seconds: 1, device: "virtual:file?path=%2Fnowhere%2Fat%2Fall.wav" }),
      { name: "AudioError", code: "file-not-readable" },
    );
  });
});

describe("progress", { concurrency: 4, timeout: 30_000 }, () => {
  test("the callback hears how far it is, how loud and what was lost", async () => {
    const told: RecordProgress[] = [];
    await record({
      seconds: 1,
      device: "virtual:tone?rate=8000&amplitude=0.5&pace=fast&overrun=0.5:80",
      channels: 2,
      progress: (progress) => told.push(progress),
    });
    assert.ok(told.length >= 20, `${told.length} calls`);
    assert.deepEqual(
      told.map((progress) => progress.frames),
      told.map((progress) => progress.frames).sort((a, b) => a - b),
    );
    const last = told.at(-1);
    assert.ok(last !== undefined);
    assert.equal(last.frames, 8000);
    assert.equal(last.seconds, 1);
    assert.equal(last.totalSeconds, 1);
    assert.equal(last.lostFrames, 80);
    assert.match(last.deviceName, /tone/);
    assert.equal(last.peak.length, 2);
    for (const channel of [0, 1]) {
      assert.ok(Math.abs((last.peak[channel] ?? 0) - 0.5) < 0.01);
      assert.ok(Math.abs((last.rms[channel] ?? 0) - 0.5 / Math.SQRT2) < 0.01);
    }
  });

  test("without a known end there is no total", async () => {
    let total: unknown = "never called";
    await record({
      device: PACED,
      signal: AbortSignal.timeout(300),
      progress: ({ totalSeconds }) => {
        total = totalSeconds;
      },
    });
    assert.equal(total, undefined);
  });

  test("an error in the callback ends the recording and comes out as it was", async () => {
    const mine = new Error("mine");
    await assert.rejects(
      record({
        seconds: 30,
        device: PACED,
        progress: () => {
          throw mine;
        },
      }),
      (error) => error === mine,
    );
  });
});

describe("time", { timeout: 30_000 }, () => {
  for (const device of [FAST, PACED]) {
    test(`startedAt is when the first frame was heard (${device})`, async () => {
      const before = Date.now();
      const take = await record({ seconds: 0.3, device });
      const after = Date.now();
      const started = take.startedAt?.getTime();
      assert.ok(started !== undefined);
      // Two clocks are compared, one of which may be set while the other runs.
      assert.ok(started >= before - 500 && started <= after + 500, `${before} ${started} ${after}`);
    });
  }

  test("a main thread that is blocked for two seconds loses nothing", async () => {
    let blocked = false;
    const take = await record({
      seconds: 2.5,
      device: "virtual:ramp?rate=44100",
      format: "int16",
      channels: 2,
      progress: () => {
        if (!blocked) {
          blocked = true;
          block(2000);
        }
      },
    });
    assert.equal(blocked, true);
    assert.deepEqual(take.gaps, []);
    assert.equal(take.length, 110_250);
    assertCounters(words(take), 0, "the take", 2);
  });
});

describe("options", { concurrency: 4, timeout: 30_000 }, () => {
  const wrongType: readonly (readonly [string, unknown])[] = [
    ["seconds", null],
    ["seconds", "5"],
    ["seconds", true],
    ["seconds", {}],
    ["frames", null],
    ["frames", "5"],
    ["frames", 5n],
    ["progress", null],
    ["progress", "yes"],
    ["progress", 1],
    ["progress", {}],
    ["fillGaps", null],
    ["fillGaps", "no"],
    ["fillGaps", 0],
    ["signal", {}],
    ["signal", null],
    ["device", true],
    ["device", null],
    ["sampleRate", "44100"],
    ["channels", "1"],
    ["channels", null],
    ["format", 16],
    ["latency", true],
    ["latency", null],
    ["blockFrames", "64"],
    ["bufferSeconds", "10"],
    ["bufferSeconds", null],
  ];
  const outOfRange: readonly (readonly [string, unknown])[] = [
    ["seconds", 0],
    ["seconds", -1],
    ["seconds", Number.NaN],
    ["seconds", Number.POSITIVE_INFINITY],
    ["seconds", 1e12],
    ["frames", 0],
    ["frames", -1],
    ["frames", 1.5],
    ["frames", Number.NaN],
    ["frames", Number.POSITIVE_INFINITY],
    ["frames", 2 ** 60],
    ["device", -1],
    ["device", ""],
    ["sampleRate", 0],
    ["channels", 0],
    ["channels", 3],
    ["channels", [5]],
    ["format", "wav"],
    ["latency", "fast"],
    ["blockFrames", 0],
    ["bufferSeconds", 0],
  ];
  for (const [cases, kind] of [
    [wrongType, TypeError],
    [outOfRange, RangeError],
  ] as const) {
    for (const [name, value] of cases) {
      test(`${name}: ${shown(value)} is a ${kind.name}`, async () => {
        const until = name === "seconds" || name === "frames" ? {} : { frames: 10 };
        const options: unknown = { device: FAST, progress: false, ...until, [name]: value };
        await assert.rejects(record(options as RecordOptions), (error) => {
          assert.ok(error instanceof kind, `got ${String(error)}`);
          return true;
        });
      });
    }
  }

  test("seconds and frames together contradict each other", async () => {
    await assert.rejects(record({ seconds: 1, frames: 8000, device: FAST }), {
      name: "TypeError",
      message: /`seconds` and `frames`/,
    });
  });

  test("the end of a voice is enough to stop", async () => {
    const take = await record({
      device: "virtual:silence?rate=8000&pace=fast",
      voice: true,
      maxWait: 1,
    });
    assert.equal(take.length, 0);
  });

  test("nothing that says when to stop is a TypeError", async () => {
    await assert.rejects(record({ device: FAST }), { name: "TypeError", message: /when to stop/ });
    await assert.rejects(record({}), TypeError);
    for (const options of [undefined, null, 5, "5", [], true]) {
      await assert.rejects(record(options as unknown as RecordOptions), TypeError);
    }
  });

  test("an unknown option is an error that names the nearest known one", async () => {
    const options: unknown = { device: FAST, second: 5 };
    await assert.rejects(record(options as RecordOptions), {
      name: "TypeError",
      message: /unknown option `second`.*did you mean `seconds`/,
    });
  });

  test("a wrong option is told before the device is opened", async () => {
    await assert.rejects(
      record({ seconds: -1, device: "virtual:file?path=%2Fnowhere%2Fat%2Fall.wav" }),
      RangeError,
    );
  });

  test("a rate that the device cannot do is an error that lists what works", async () => {
    const folder = await mkdtemp(join(tmpdir(), "roomtone-"));
    try {
      const path = join(folder, "take.wav");
      await (await record({ frames: 100, device: FAST })).save(path);
      const device = `virtual:file?path=${encodeURIComponent(path)}`;
      await assert.rejects(record({ frames: 10, device, sampleRate: 44_100, resample: "never" }), {
        code: "format-not-supported",
        message: /8000/,
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
