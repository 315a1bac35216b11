import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  type AudioError,
  type LatencyOptions,
  measureLatency,
  type PlayrecOptions,
  playrec,
  type Recording,
  type Underflow,
} from "../src/index.js";
import { describe as shown } from "../src/options.js";

const FAST = "virtual:loopback?rate=8000&pace=fast";
const PACED = "virtual:loopback?rate=8000&latency=0.01";

function saw(frames: number): Float32Array {
  return Float32Array.from({ length: frames }, (_, index) => ((index % 200) + 1) / 256);
}

/** What was played is in the take, frame for frame, so many frames later; before it is silence. */
function assertHeard(take: Recording, played: Float32Array, late: number, channel = 0): void {
  const data = take.getChannelData(channel);
  assert.ok(
    data.subarray(0, late).every((value) => value === 0),
    "silence comes first",
  );
  const whole = Math.min(played.length, data.length - late);
  assert.deepEqual(data.slice(late, late + whole), played.slice(0, whole));
}

describe("playrec()", { timeout: 60_000 }, () => {
  for (const latency of [0, 0.01, 0.25]) {
    test(`what is played is in the take after just ${latency} s, frame for frame`, async () => {
      const played = saw(20_000);
      const take = await playrec(played, { device: `${FAST}&latency=${latency}` });
      assert.equal(take.length, 20_000);
      assert.deepEqual(take.gaps, []);
      assertHeard(take, played, latency * 8000);
    });
  }

  test("the same on a device with a clock, with the tail that holds the last frames", async () => {
    const played = saw(8000);
    const take = await playrec(played, { device: PACED, tailSeconds: 0.02 });
    assert.equal(take.length, 8160);
    assertHeard(take, played, 80);
    assert.ok(take.startedAt !== undefined);
  });

  test("a source longer than the queue is played whole", async () => {
    const played = saw(100_000);
    const take = await playrec(played, { device: FAST, bufferSeconds: 0.5, tailSeconds: 0.01 });
    assertHeard(take, played, 80);
  });

  test("channels are chosen on both sides, and the format of the take is the one asked for", async () => {
    const [a, b] = [saw(4000), saw(4000).map((value) => -value)];
    const take = await playrec([a, b], {
      device: "virtual:loopback?rate=8000&pace=fast&channels=4&latency=0",
      outputChannels: [3, 1],
      inputChannels: [1, 3],
      format: "int16",
    });
    assert.equal(take.format, "int16");
    assertHeard(take, b, 0, 0);
    assertHeard(take, a, 0, 1);
  });

  test("an overrun on the way is a gap with silence, and what follows keeps its place", async () => {
    const played = saw(4000);
    const take = await playrec(played, {
      device: "virtual:loopback?rate=8000&pace=fast&latency=0&overrun=0.25:100",
    });
    assert.deepEqual(take.gaps, [{ position: 2000, frames: 100, cause: "overrun" }]);
    const expected = played.slice();
    expected.fill(0, 2000, 2100);
    assertHeard(take, expected, 0);
  });

  test("silence in the midst of what is played is an error with the take, or told to onUnderflow", async () => {
    // The unplugged output loses what it was to play, and goes on when it is back.
    const options: PlayrecOptions = {
      device: "virtual:loopback?rate=8000&latency=0&unplug=0.3&replug=0.5",
      onDeviceLost: "wait",
    };
    await assert.rejects(playrec(saw(8000), options), (error: AudioError) => {
      assert.equal(error.code, "output-underflowed");
      assert.equal(error.recording?.length, 8000);
      return true;
    });
    const told: Underflow[] = [];
    const take = await playrec(saw(8000), { ...options, onUnderflow: (one) => told.push(one) });
    assert.equal(take.length, 8000);
    assert.equal(told.length, 1);
    assert.deepEqual(
      take.gaps.map(({ position, cause }) => ({ position, cause })),
      [{ position: 2400, cause: "device-lost" }],
    );
  });

  test("a signal ends both; what was recorded until then is the take", async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 300);
    const take = await playrec(saw(80_000), { device: PACED, signal: controller.signal });
    assert.ok(take.length > 0 && take.length < 80_000);
  });

  test("a device that is unplugged rejects with what was recorded", async () => {
    await assert.rejects(
      playrec(saw(8000), { device: "virtual:loopback?rate=8000&unplug=0.5" }),
      (error: { code?: string; recording?: Recording }) => {
        assert.equal(error.code, "device-lost");
        assert.equal(error.recording?.length, 4000);
        return true;
      },
    );
  });
});

describe("measureLatency()", { timeout: 60_000 }, () => {
  for (const latency of [0.01, 0.123, 0.9]) {
    test(`finds ${latency} s to the frame, with full correlation`, async () => {
      const measured = await measureLatency({ device: `${FAST}&latency=${latency}` });
      assert.equal(measured.frames, latency * 8000);
      assert.equal(measured.seconds, latency);
      assert.equal(measured.sampleRate, 8000);
      assert.ok(measured.correlation > 0.9999);
    });
  }

  test("where nothing is heard, it says so", async () => {
    await assert.rejects(measureLatency({ device: `${FAST}&latency=2`, maxSeconds: 0.5 }), {
      code: "stalled",
      message: /Nothing of what was played was heard within 0.5 s/,
    });
  });
});

describe("arguments", { concurrency: 4, timeout: 30_000 }, () => {
  const own: readonly (readonly [object, typeof TypeError | typeof RangeError])[] = [
    [{ tailSeconds: "1" }, TypeError],
    [{ tailSeconds: null }, TypeError],
    [{ tailSeconds: -1 }, RangeError],
    [{ tailSeconds: 3601 }, RangeError],
    [{ tailSeconds: Number.NaN }, RangeError],
    [{ onUnderflow: 1 }, TypeError],
    [{ onUnderflow: null }, TypeError],
    [{ outputChannels: 1 }, TypeError],
    [{ outputChannels: ["0"] }, TypeError],
    [{ outputChannels: [] }, RangeError],
    [{ outputChannels: [2] }, RangeError],
    [{ inputChannels: [7] }, RangeError],
    [{ inputChannels: null }, TypeError],
    [{ sampleRate: "8000" }, TypeError],
    [{ latency: "medium" }, RangeError],
    [{ bufferSeconds: 0 }, RangeError],
    [{ signal: 5 }, TypeError],
    [{ onBlock: () => {} }, TypeError],
    [{ channels: 1 }, TypeError],
    [{ tail: 1 }, TypeError],
    [{ inputDevice: "virtual:tone" }, RangeError],
  ];
  for (const [options, kind] of own) {
    test(`playrec(): ${JSON.stringify(options)} is a ${kind.name}`, async () => {
      const all: unknown = { device: FAST, ...options };
      const refused = playrec(saw(10), all as PlayrecOptions);
      await assert.rejects(refused, (error: Error & { code?: string }) => {
        // Two devices that do not go together are told by the host.
        return error instanceof kind || error.code === "format-not-supported";
      });
    });
  }

  for (const [options, kind] of [
    [{ maxSeconds: 0 }, RangeError],
    [{ maxSeconds: 11 }, RangeError],
    [{ maxSeconds: "1" }, TypeError],
    [{ amplitude: 0 }, RangeError],
    [{ amplitude: 1.5 }, RangeError],
    [{ amplitude: null }, TypeError],
    [{ format: "int16" }, TypeError],
    [{ device: true }, TypeError],
  ] as const) {
    test(`measureLatency(): ${shown(options)} ${JSON.stringify(options)} is a ${kind.name}`, async () => {
      const all: unknown = { device: FAST, ...options };
      await assert.rejects(measureLatency(all as LatencyOptions), kind);
    });
  }
});
