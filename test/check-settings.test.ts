import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { selectDevice } from "../src/device-query.js";
import { STANDARD_RATES } from "../src/hosts/standard-rates.js";
import {
  checkInputSettings,
  checkOutputSettings,
  type DeviceQuery,
  InputStream,
  type InputStreamOptions,
  type OutputStreamOptions,
  type SupportedRatesOptions,
  supportedSampleRates,
  WavWriter,
} from "../src/index.js";

const TONE = "virtual:tone?channels=2";

/** How a call ended: "fine", or what it was refused with. */
async function outcome(call: () => Promise<unknown>): Promise<unknown> {
  try {
    await call();
    return "fine";
  } catch (error) {
    assert.ok(error instanceof Error);
    const { name, message } = error;
    return { name, message, ...("code" in error ? { code: error.code } : {}) };
  }
}

describe("checkInputSettings", () => {
  test("agrees with InputStream.open() about what can be opened, in the very words", async () => {
    const asked: readonly [options: InputStreamOptions, expected: string][] = [
      [{ device: TONE }, "fine"],
      [{ device: TONE, sampleRate: 11_025, channels: [1], format: "int24" }, "fine"],
      [{ device: TONE, latency: "low", blockFrames: 64, bufferSeconds: 1 }, "fine"],
      [{ device: TONE, channels: 3 }, "RangeError"],
      [{ device: TONE, channels: [2] }, "RangeError"],
      [{ device: "virtual:tune" }, "RangeError"],
      [{ device: "virtual:file?path=%2Fnowhere.wav" }, "file-not-readable"],
      [{ device: TONE, bufferSeconds: 600, sampleRate: 768_000, channels: 2 }, "RangeError"],
    ];
    for (const [options, expected] of asked) {
      const checked = await outcome(() => checkInputSettings(options));
      const opened = await outcome(async () => (await InputStream.open(options)).close());
      assert.deepEqual(checked, opened);
      const text = JSON.stringify(checked);
      assert.ok(text.includes(`"${expected}"`), `${JSON.stringify(options)}: ${text}`);
    }
  });

  test("refuses wrong options", async () => {
    const wrong: readonly [unknown, typeof TypeError | typeof RangeError][] = [
      [null, TypeError],
      ["default", TypeError],
      [[], TypeError],
      [{ samplerate: 44_100 }, TypeError],
      [{ device: {} }, TypeError],
      [{ device: -1 }, RangeError],
      [{ sampleRate: "44100" }, TypeError],
      [{ sampleRate: 0 }, RangeError],
      [{ channels: "1" }, TypeError],
      [{ channels: 0 }, RangeError],
      [{ format: 16 }, TypeError],
      [{ format: "int17" }, RangeError],
      [{ latency: null }, TypeError],
      [{ latency: 11 }, RangeError],
      [{ blockFrames: 0 }, RangeError],
      [{ bufferSeconds: 601 }, RangeError],
      [{ signal: {} }, TypeError],
    ];
    for (const [options, error] of wrong) {
      await assert.rejects(checkInputSettings(options as InputStreamOptions), error);
    }
    const signal = AbortSignal.abort(new Error("mine"));
    await assert.rejects(checkInputSettings({ device: TONE, signal }), /mine/);
  });
});

describe("checkOutputSettings", () => {
  test("refuses a device without outputs", async () => {
    await assert.rejects(checkOutputSettings({ device: "virtual:tone" }), {
      code: "device-not-found",
      message: /no output channels/,
    });
  });

  test("refuses wrong options", async () => {
    const wrong: readonly [unknown, typeof TypeError | typeof RangeError][] = [
      [null, TypeError],
      [7, TypeError],
      [[], TypeError],
      [{ samplerate: 44_100 }, TypeError],
      [{ device: {} }, TypeError],
      [{ device: "" }, RangeError],
      [{ sampleRate: "44100" }, TypeError],
      [{ sampleRate: 768_001 }, RangeError],
      [{ channels: "1" }, TypeError],
      [{ channels: 0 }, RangeError],
      [{ channels: 4097 }, RangeError],
      [{ channels: 1.5 }, RangeError],
      [{ format: null }, TypeError],
      [{ format: "int17" }, RangeError],
      [{ latency: {} }, TypeError],
      [{ latency: 0 }, RangeError],
    ];
    for (const [options, error] of wrong) {
      await assert.rejects(checkOutputSettings(options as OutputStreamOptions), error);
    }
  });
});

describe("supportedSampleRates", () => {
  test("are all standard rates for a device that can do any, by each way to name it", async () => {
    const queries = [TONE, selectDevice(TONE, [], undefined)];
    for (const query of queries) {
      assert.deepEqual(await supportedSampleRates(query), STANDARD_RATES);
    }
    const options = { direction: "input", channels: 2, format: "int16" } as const;
    assert.deepEqual(await supportedSampleRates(TONE, options), STANDARD_RATES);
  });

  test("are just the file's own for a file, and none when that is no standard rate", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "roomtone-"));
    t.after(() => rm(folder, { recursive: true }));
    for (const [sampleRate, expected] of [
      [22_050, [22_050]],
      [12_345, []],
    ] as const) {
      const path = join(folder, `${sampleRate}.wav`);
      const writer = await WavWriter.create(path, { sampleRate, channels: 1, format: "int16" });
      await writer.write(new Int16Array(10));
      await writer.close();
      const device = `virtual:file?path=${encodeURIComponent(path)}`;
      assert.deepEqual(await supportedSampleRates(device), expected);
    }
  });

  test("pass on every other fault", async () => {
    await assert.rejects(supportedSampleRates("virtual:file?path=%2Fnowhere.wav"), {
      code: "file-not-readable",
    });
    await assert.rejects(supportedSampleRates(TONE, { direction: "output" }), {
      code: "device-not-found",
    });
    await assert.rejects(supportedSampleRates(TONE, { channels: 3 }), RangeError);
  });

  test("refuse wrong arguments", async () => {
    for (const query of [undefined, null, {}, [], true]) {
      await assert.rejects(supportedSampleRates(query as unknown as DeviceQuery), TypeError);
    }
    for (const query of ["", -1, 0.5]) {
      await assert.rejects(supportedSampleRates(query), RangeError);
    }
    const wrong: readonly [unknown, typeof TypeError | typeof RangeError][] = [
      [null, TypeError],
      ["input", TypeError],
      [{ rate: 44_100 }, TypeError],
      [{ direction: 1 }, TypeError],
      [{ direction: "both" }, RangeError],
      [{ channels: [0] }, TypeError],
      [{ channels: 0 }, RangeError],
      [{ channels: 4097 }, RangeError],
      [{ format: 1 }, TypeError],
      [{ format: "float64" }, RangeError],
    ];
    for (const [options, error] of wrong) {
      await assert.rejects(supportedSampleRates(TONE, options as SupportedRatesOptions), error);
    }
  });
});
