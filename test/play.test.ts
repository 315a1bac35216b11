import assert from "node:assert/strict";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  AudioError,
  type PlayOptions,
  type PlayProgress,
  type PlaySource,
  play,
  type Recording,
  record,
} from "../src/index.js";
import { describe as shown } from "../src/options.js";
import { COMMON_OUT_OF_RANGE, COMMON_WRONG_TYPE } from "./rig/wrong-options.js";

const FAST_SINK = "virtual:sink?rate=8000&pace=fast";
const SINK = "virtual:sink?rate=8000";

/** Values that float32 and int16 hold exactly, and never 0. */
function saw(frames: number, period = 200): Float32Array {
  return Float32Array.from({ length: frames }, (_, index) => ((index % period) + 1) / 256);
}

/** What a loopback with so many channels hears while something is played on it, and a moment more. */
async function heard(
  channels: number,
  playing: (device: string) => Promise<unknown>,
): Promise<Recording> {
  const device = `virtual:loopback?rate=8000&channels=${channels}&latency=0.02`;
  const end = new AbortController();
  let tellRunning = (): void => {};
  const running = new Promise<void>((resolve) => {
    tellRunning = resolve;
  });
  const recording = record({ device, channels, signal: end.signal, progress: () => tellRunning() });
  await running;
  await playing(device);
  await sleep(100);
  end.abort();
  return recording;
}

/** The frames from the first one that is not silent in any channel. */
function fromFirstSound(take: Recording): Float32Array[] {
  const channels = Array.from({ length: take.numberOfChannels }, (_, channel) =>
    take.getChannelData(channel),
  );
  const starts = channels
    .map((data) => data.findIndex((value) => value !== 0))
    .filter((at) => at >= 0);
  const first = Math.min(...starts);
  return channels.map((data) => data.subarray(first));
}

function assertStartsWith(data: Float32Array | undefined, expected: Float32Array): void {
  assert.deepEqual(data?.slice(0, expected.length), expected);
  assert.equal(data?.[expected.length], 0, "silence follows");
}

describe("what is heard", { timeout: 60_000 }, () => {
  test("bare samples come back frame for frame, one channel on both of the first two", async () => {
    const samples = saw(4000);
    const take = await heard(2, (device) => play(samples, { device }));
    const [left, right] = fromFirstSound(take);
    assertStartsWith(left, samples);
    assertStartsWith(right, samples);
  });

  test("two channels go to the first two of four, and the others stay silent", async () => {
    const [a, b] = [saw(2000), saw(2000, 111)];
    const take = await heard(4, (device) => play([a, b], { device }));
    const channels = fromFirstSound(take);
    assertStartsWith(channels[0], a);
    assertStartsWith(channels[1], b);
    assert.ok(channels[2]?.every((value) => value === 0));
    assert.ok(channels[3]?.every((value) => value === 0));
  });

  test("`channels` sends each channel of the source where it is told", async () => {
    const [a, b] = [saw(2000), saw(2000, 111)];
    const take = await heard(4, (device) => play([a, b], { device, channels: [3, 1] }));
    const channels = fromFirstSound(take);
    assertStartsWith(channels[3], a);
    assertStartsWith(channels[1], b);
    assert.ok(channels[0]?.every((value) => value === 0));
  });

  test("one channel goes to all that `channels` names", async () => {
    const samples = saw(1000);
    const take = await heard(3, (device) => play(samples, { device, channels: [2, 0] }));
    const channels = fromFirstSound(take);
    assertStartsWith(channels[2], samples);
    assertStartsWith(channels[0], samples);
    assert.ok(channels[1]?.every((value) => value === 0));
  });

  test("two channels on a device with one are heard as their mean", async () => {
    const [a, b] = [saw(1000), saw(1000, 50)];
    const take = await heard(1, (device) => play([a, b], { device }));
    const mean = a.map((value, index) => (value + (b[index] ?? 0)) / 2);
    assertStartsWith(fromFirstSound(take)[0], mean);
  });

  test("a loop has no frame between its rounds", async () => {
    const samples = saw(1500);
    const take = await heard(1, (device) => play(samples, { device, loop: 3 }));
    const expected = new Float32Array(4500);
    for (const round of [0, 1, 2]) {
      expected.set(samples, round * 1500);
    }
    assertStartsWith(fromFirstSound(take)[0], expected);
  });

  test("a take and the WAV and FLAC files of it are heard as they were recorded, in their own format", async () => {
    const folder = await mkdtemp(join(tmpdir(), "roomtone-play-"));
    try {
      const file = join(folder, "take.wav");
      const take = await record({
        device: "virtual:ramp?rate=8000&pace=fast",
        frames: 3000,
        format: "int16",
        progress: false,
      });
      await take.save(file);
      const flac = join(folder, "take.flac");
      await take.save(flac);
      // What it is called does not matter.
      const renamed = join(folder, "other.wav");
      await rename(flac, renamed);
      // The ramp begins with 0, which silence hides.
      const expected = take.getChannelData(0).subarray(1);
      for (const source of [take, file, renamed]) {
        const again = await heard(1, (device) => play(source, { device }));
        assertStartsWith(fromFirstSound(again)[0], expected);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("anything of the shape of an AudioBuffer can be played", async () => {
    const samples = saw(1000);
    const buffer = {
      sampleRate: 8000,
      length: 1000,
      numberOfChannels: 1,
      getChannelData: () => samples,
    };
    const take = await heard(1, (device) => play(buffer, { device }));
    assertStartsWith(fromFirstSound(take)[0], samples);
  });
});

describe("how far it went", { timeout: 60_000 }, () => {
  test("it resolves with all frames of all rounds, heard without a silence", async () => {
    const seen: PlayProgress[] = [];
    const played = await play(saw(30_000), {
      device: FAST_SINK,
      loop: 4,
      onProgress: (progress) => seen.push(progress),
    });
    assert.deepEqual(played, {
      frames: 120_000,
      seconds: 15,
      sampleRate: 8000,
      completed: true,
      underflows: [],
    });
    assert.deepEqual(seen.at(-1), {
      frames: 120_000,
      totalFrames: 120_000,
      seconds: 15,
      totalSeconds: 15,
      underflows: 0,
    });
  });

  test("it takes as long as the sound on a device with a clock", async () => {
    const before = performance.now();
    await play(saw(4000), { device: SINK });
    assert.ok(performance.now() - before >= 500);
  });

  test("a signal ends it at once, also a loop without end; it resolves with what was played", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 300);
    const played = await play(saw(800), { device: SINK, loop: true, signal: controller.signal });
    assert.equal(played.completed, false);
    assert.ok(played.frames > 0 && Number.isFinite(played.frames));
  });

  test("a signal that had aborted rejects with its reason, before anything is opened", async () => {
    const reason = new Error("not now");
    await assert.rejects(play(saw(8), { device: SINK, signal: AbortSignal.abort(reason) }), reason);
  });

  test("a device that is unplugged on the way is an error, not the end of the sound", async () => {
    await assert.rejects(play(saw(8000), { device: "virtual:sink?rate=8000&unplug=0.2" }), {
      code: "device-lost",
    });
  });

  test("an exception in onProgress rejects, and the device is free again", async () => {
    const played = play(saw(8000), {
      device: SINK,
      onProgress: () => {
        throw new Error("mine");
      },
    });
    await assert.rejects(played, { message: "mine" });
  });
});

describe("arguments", { concurrency: 4, timeout: 30_000 }, () => {
  const samples = saw(10);
  const wrongSources: readonly (readonly [unknown, typeof TypeError | typeof RangeError])[] = [
    [null, TypeError],
    [undefined, TypeError],
    [5, TypeError],
    [{}, TypeError],
    [new Int16Array(5), TypeError],
    [[new Int16Array(5)], TypeError],
    [[1, 2], TypeError],
    [{ sampleRate: 8000, length: 5, numberOfChannels: 1 }, TypeError],
    ["", RangeError],
    [[], RangeError],
    [new Float32Array(0), RangeError],
    [[new Float32Array(0)], RangeError],
    [[new Float32Array(5), new Float32Array(4)], RangeError],
  ];
  for (const [source, kind] of wrongSources) {
    test(`source: ${shown(source)} is a ${kind.name}`, async () => {
      await assert.rejects(play(source as PlaySource, { device: FAST_SINK }), kind);
    });
  }

  const {
    format: _f,
    blockFrames: _b,
    processor: _p,
    processorOptions: _o,
    onMessage: _m,
    ...wrong
  } = COMMON_WRONG_TYPE;
  const {
    format: _g,
    blockFrames: _c,
    processor: _q,
    processorOptions: _r,
    onMessage: _n,
    ...outside
  } = COMMON_OUT_OF_RANGE;
  type Name = keyof PlayOptions;
  const wrongType: Readonly<Record<Name, readonly unknown[]>> = {
    ...wrong,
    device: [null, true, {}, []],
    latency: [null, true, {}],
    bufferSeconds: [null, "1"],
    channels: [null, 1, "0", {}, ["0"]],
    loop: [null, "2", {}],
    onProgress: [null, 1, {}],
  };
  const outOfRange: Readonly<Record<Name, readonly unknown[]>> = {
    ...outside,
    device: [-1, "", "virtual:nosuch"],
    latency: ["medium", 0, 11],
    bufferSeconds: [0, 601],
    channels: [[], [-1], [0, 0], [0, 1, 2], [2]],
    loop: [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY],
    onProgress: [],
  };
  for (const [table, kind] of [
    [wrongType, TypeError],
    [outOfRange, RangeError],
  ] as const) {
    for (const [name, values] of Object.entries(table)) {
      for (const value of values) {
        test(`${name}: ${shown(value)} is a ${kind.name}`, async () => {
          const options: unknown = { device: FAST_SINK, [name]: value };
          await assert.rejects(play([samples, samples], options as PlayOptions), kind);
        });
      }
    }
  }

  test("an unknown option is an error that names the nearest known one", async () => {
    const options: unknown = { device: FAST_SINK, lop: 2 };
    await assert.rejects(play(samples, options as PlayOptions), /unknown option `lop`.*`loop`/);
  });

  test("a take has its own sample rate: another one is a TypeError", async () => {
    const take = await record({
      device: "virtual:tone?rate=8000&pace=fast",
      frames: 10,
      progress: false,
    });
    await assert.rejects(play(take, { device: FAST_SINK, sampleRate: 16_000 }), TypeError);
  });

  test("more channels than the device has is a RangeError that says what to do", async () => {
    const three = [samples, samples, samples];
    await assert.rejects(play(three, { device: FAST_SINK }), /3 channels.*plays 2.*mix it down/);
  });

  test("a file that is not there, or neither WAV nor FLAC, is told before the device is opened", async () => {
    for (const [path, code] of [
      ["/nonexistent/take.wav", "file-not-readable"],
      [import.meta.filename, "malformed-file"],
    ] as const) {
      const error: unknown = await play(path, { device: FAST_SINK }).catch(
        (fault: unknown) => fault,
      );
      assert.ok(error instanceof AudioError);
      assert.equal(error.code, code);
    }
  });
});
