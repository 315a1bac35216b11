import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { Worker } from "node:worker_threads";
import {
  type Configuration,
  configure,
  DuplexStream,
  InputStream,
  OutputStream,
  record,
} from "../src/index.js";
import { describe as shown } from "../src/options.js";
import { COMMON_OUT_OF_RANGE, COMMON_WRONG_TYPE } from "./rig/wrong-options.js";

const RAMP = "virtual:ramp?rate=8000&pace=fast";
const LOOP = "virtual:loopback?rate=8000&pace=fast";
const OTHER = "virtual:loopback?rate=8000&pace=fast&latency=0.5";
const SINK = "virtual:sink?rate=8000&pace=fast";

afterEach(() => configure({}));

// One after another: the defaults are those of the whole thread.
describe("configure", { timeout: 60_000 }, () => {
  test("stands in for what a call leaves out", async () => {
    configure({
      device: LOOP,
      channels: 2,
      format: "int16",
      sampleRate: 16_000,
      blockFrames: 33,
      bufferSeconds: 2,
      latency: 0.3,
      waitSeconds: 3,
      onDeviceLost: "wait",
      realTime: false,
      dither: false,
      resample: "auto",
    });
    await using stream = await DuplexStream.open();
    assert.equal(stream.sampleRate, 16_000);
    assert.deepEqual([stream.inputChannels, stream.outputChannels], [2, 2]);
    assert.equal(stream.format, "int16");
    assert.equal(stream.blockFrames, 33);
    assert.equal(stream.stats.input?.bufferFrames, 32_000);
    assert.equal(stream.stats.input?.latency.asked, 0.3);
  });

  test("yields to what the call says, and undefined says nothing", async () => {
    configure({ device: LOOP, format: "int16", channels: 2, blockFrames: 33 });
    const unsaid: { blockFrames?: number } = JSON.parse("{}");
    await using stream = await InputStream.open({
      ...unsaid,
      device: RAMP,
      format: "uint8",
      channels: [1],
    });
    assert.match(stream.device.id, /ramp/);
    assert.equal(stream.format, "uint8");
    assert.deepEqual(stream.channelNumbers, [1]);
    assert.equal(stream.blockFrames, 33);
  });

  test("has a device for each direction, over that for both", async () => {
    configure({ device: LOOP, inputDevice: RAMP, outputDevice: SINK });
    await using heard = await InputStream.open();
    await using played = await OutputStream.open();
    assert.match(heard.device.id, /ramp/);
    assert.match(played.device.id, /sink/);
  });

  test("yields with those to the one device that a call names for both directions", async () => {
    configure({ inputDevice: RAMP, outputDevice: SINK });
    await using stream = await DuplexStream.open({ device: LOOP });
    assert.match(stream.inputDevice.id, /loopback/);
    assert.match(stream.outputDevice.id, /loopback/);
    configure({ inputDevice: OTHER });
    await using both = await DuplexStream.open({ outputDevice: OTHER });
    assert.match(both.outputDevice.id, /latency=0.5/);
    await using input = await InputStream.open({ device: RAMP });
    assert.match(input.device.id, /ramp/);
  });

  test("holds for recordings too", async () => {
    configure({ device: RAMP, format: "int16", sampleRate: 4000 });
    const take = await record({ frames: 100 });
    assert.equal(take.sampleRate, 4000);
  });

  test("replaces all earlier defaults with each call, and {} removes them", async () => {
    configure({ device: RAMP, format: "int16", blockFrames: 7 });
    configure({ device: RAMP });
    await using stream = await InputStream.open();
    assert.equal(stream.format, "float32");
    assert.equal(stream.blockFrames, 400);
    configure({});
    await using other = await InputStream.open({ device: SINK.replace("sink", "tone") });
    assert.match(other.device.id, /tone/);
  });

  test("takes the values as they are then", async () => {
    const channels = [0, 1];
    const defaults = { device: RAMP, channels };
    configure(defaults);
    defaults.device = SINK;
    await using stream = await InputStream.open();
    assert.match(stream.device.id, /ramp/);
  });

  test("changes no stream that is open", async () => {
    await using stream = await InputStream.open({ device: RAMP });
    configure({ format: "int16", sampleRate: 4000 });
    assert.equal(stream.format, "float32");
    assert.equal(stream.sampleRate, 8000);
  });

  test("holds in the thread that calls it", async () => {
    configure({ device: RAMP, format: "int16" });
    const script = `
      const { parentPort } = require("node:worker_threads");
      import(${JSON.stringify(new URL("../src/index.js", import.meta.url).href)}).then(async (roomtone) => {
        const stream = await roomtone.InputStream.open({ device: ${JSON.stringify(RAMP)} });
        parentPort.postMessage(stream.format);
        await stream.close();
      });`;
    const worker = new Worker(script, { eval: true });
    const format = await new Promise((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
    });
    assert.equal(format, "float32");
    await worker.terminate();
  });

  test("refuses a default that does not fit the device when a stream is opened", async () => {
    configure({ device: "virtual:ramp?channels=1", channels: 2 });
    await assert.rejects(InputStream.open(), RangeError);
    configure({ device: "virtual:nonsense" });
    await assert.rejects(InputStream.open());
  });

  const { signal, processor, processorOptions, onMessage, ...common } = COMMON_WRONG_TYPE;
  const {
    signal: noSignal,
    processor: noProcessor,
    processorOptions: noProcessorOptions,
    onMessage: noMessage,
    ...commonRanges
  } = COMMON_OUT_OF_RANGE;
  const wrongType: Readonly<Record<keyof Configuration, readonly unknown[]>> = {
    ...common,
    device: [null, true, {}],
    inputDevice: [null, true],
    outputDevice: [null, true],
    channels: [null, "1", {}, ["0"]],
    latency: [null, {}],
    bufferSeconds: [null, "1"],
  };
  const outOfRange: Readonly<Record<keyof Configuration, readonly unknown[]>> = {
    ...commonRanges,
    device: [""],
    inputDevice: [""],
    outputDevice: [""],
    channels: [0, [], [1, 1]],
    latency: ["fast", 0],
    bufferSeconds: [0, 601],
  };
  test("refuses wrong values as the streams would, and leaves the defaults as they were", async () => {
    configure({ device: RAMP, format: "int16" });
    for (const [table, Kind] of [
      [wrongType, TypeError],
      [outOfRange, RangeError],
    ] as const) {
      for (const [name, values] of Object.entries(table)) {
        for (const value of values) {
          const defaults: unknown = { [name]: value };
          assert.throws(
            () => configure(defaults as Configuration),
            Kind,
            `${name} ${shown(value)}`,
          );
        }
      }
    }
    for (const defaults of [undefined, null, 5, [], "x"] as unknown[]) {
      assert.throws(() => configure(defaults as Configuration), TypeError);
    }
    const unknown = [
      { signal, noSignal },
      { processor, noProcessor },
      { processorOptions, noProcessorOptions },
      { onMessage, noMessage },
      { onBlock() {} },
      { devise: RAMP },
    ];
    for (const defaults of unknown) {
      assert.throws(() => configure(defaults as Configuration), /unknown option/);
    }
    await using stream = await InputStream.open();
    assert.equal(stream.format, "int16");
  });
});

test("no default is left of the tests before", async () => {
  await using stream = await InputStream.open({ device: RAMP });
  assert.equal(stream.format, "float32");
});
