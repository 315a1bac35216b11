import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { AudioError } from "../../src/errors.js";
import { SAMPLE_FORMATS } from "../../src/format.js";
import type { StreamRequest } from "../../src/hosts/host.js";
import { virtualDeviceInfo } from "../../src/hosts/virtual/device.js";
import { VirtualHost } from "../../src/hosts/virtual/host.js";

const host = new VirtualHost();

describe("the virtual host", () => {
  test("lists the devices that need no options, and none of them is a default", () => {
    host.initialise();
    const { devices, hostApis, defaultHostApi } = host.listing();
    assert.deepEqual(
      devices.map(({ index, name, id }) => [index, name, id]),
      [
        [0, "silence", "virtual:silence"],
        [1, "tone", "virtual:tone"],
        [2, "noise", "virtual:noise"],
        [3, "ramp", "virtual:ramp"],
        [4, "sink", "virtual:sink"],
        [5, "loopback", "virtual:loopback"],
      ],
    );
    assert.equal(defaultHostApi, 0);
    assert.deepEqual(hostApis, [
      {
        index: 0,
        structVersion: 1,
        type: -1,
        name: "virtual",
        deviceCount: devices.length,
        defaultInputDevice: -1,
        defaultOutputDevice: -1,
      },
    ]);
    for (const device of devices) {
      assert.equal(device.hostApi, hostApis[0]);
      assert.deepEqual(device, virtualDeviceInfo(device.id));
      assert.ok(!device.isDefaultInput && !device.isDefaultOutput);
      assert.ok(Object.isFrozen(device) && Object.isFrozen(device.hostApi));
      assert.equal(device.isLoopback, device.name === "loopback");
      const plays = device.name === "sink" || device.name === "loopback";
      assert.equal(device.maxInputChannels, device.name === "sink" ? 0 : 2);
      assert.equal(device.maxOutputChannels, plays ? 2 : 0);
      assert.equal(device.defaultLowInputLatency, device.name === "sink" ? 0 : 0.01);
      assert.equal(device.defaultHighInputLatency, device.defaultLowInputLatency);
      assert.equal(device.defaultLowOutputLatency, plays ? 0.02 : 0);
      assert.equal(device.defaultHighOutputLatency, device.defaultLowOutputLatency);
    }
    host.terminate();
  });

  test("a device has its canonical string as id, and the rate and channels that were asked for", () => {
    const device = virtualDeviceInfo(
      "virtual:tone?channels=8&frequency=440&rate=96000&pace=realtime",
    );
    assert.equal(device.id, "virtual:tone?rate=96000&channels=8");
    assert.equal(device.name, "tone?rate=96000&channels=8");
    assert.equal(device.index, -1);
    assert.equal(device.maxInputChannels, 8);
    assert.equal(device.defaultSampleRate, 96_000);
    assert.equal(device.defaultLowInputLatency, 0.01);
    assert.equal(virtualDeviceInfo("virtual:tone?pace=fast").defaultHighInputLatency, 0);
    assert.equal(virtualDeviceInfo("virtual:ramp?channels=2").index, 3);
  });

  test("opens at any rate from 1 to 768,000 Hz, in any format, with any channels up to the device's", () => {
    for (const sampleRate of [1, 8000, 22_050.5, 768_000]) {
      for (const format of SAMPLE_FORMATS) {
        for (const channels of [1, 5]) {
          const request = inputRequest("virtual:ramp?channels=5&pace=fast", {
            sampleRate,
            channels,
            format,
          });
          host.checkSupported(request);
          const stream = host.open(request);
          assert.equal(stream.sampleRate, sampleRate);
          assert.deepEqual(stream.input, { channels, format, latency: 0 });
          stream.close();
        }
      }
    }
  });

  const refused: readonly [name: string, request: StreamRequest, message: RegExp][] = [
    [
      "a rate below 1 Hz",
      inputRequest("virtual:tone", { sampleRate: 0.5 }),
      /0\.5 Hz.*1 to 768000/,
    ],
    [
      "a rate above 768,000 Hz",
      inputRequest("virtual:tone", { sampleRate: 768_001 }),
      /1 to 768000/,
    ],
    [
      "a rate that is no number",
      inputRequest("virtual:tone", { sampleRate: Number.NaN }),
      /NaN Hz/,
    ],
    [
      "more channels than it has",
      inputRequest("virtual:tone", { channels: 3 }),
      /3 input channels.*1 to 2/,
    ],
    ["no channels", inputRequest("virtual:tone", { channels: 0 }), /0 input channels.*1 to 2/],
    ["an output", outputRequest("virtual:tone", 1), /virtual:tone has no output channels/],
    [
      "more output channels than it has",
      outputRequest("virtual:sink", 3),
      /3 output channels.*1 to 2/,
    ],
    ["no output channels", outputRequest("virtual:loopback", 0), /0 output channels.*1 to 2/],
    [
      "an output at a rate above 768,000 Hz",
      { ...outputRequest("virtual:sink", 1), sampleRate: 768_001 },
      /768001 Hz.*1 to 768000/,
    ],
    [
      "input and output of two devices",
      { ...inputRequest("virtual:tone", {}), ...outputRequest("virtual:sink", 1) },
      /virtual:tone and virtual:sink .* same virtual device/,
    ],
    [
      "input and output of one device with different options",
      {
        ...inputRequest("virtual:loopback?latency=1", {}),
        ...outputRequest("virtual:loopback?latency=2", 1),
      },
      /same virtual device/,
    ],
    ["an input of a sink", inputRequest("virtual:sink", {}), /virtual:sink has no input channels/],
    [
      "an output of a file, a tone and the like, also beside an input",
      { ...inputRequest("virtual:noise", {}), ...outputRequest("virtual:noise", 1) },
      /virtual:noise has no output channels/,
    ],
    [
      "neither input nor output",
      { sampleRate: 48_000, framesPerBuffer: 0 },
      /opened for input, for output, or for both/,
    ],
  ];
  test("takes one device in two spellings as one", () => {
    const stream = host.open({
      ...inputRequest("virtual:loopback?channels=2&latency=0.01", {}),
      ...outputRequest("virtual:loopback", 2),
    });
    assert.deepEqual(stream.input, { channels: 1, format: "int16", latency: 0.01 });
    assert.deepEqual(stream.output, { channels: 2, format: "int16", latency: 0.1 });
    stream.close();
  });

  for (const [name, request, message] of refused) {
    test(`refuses ${name} and says what works`, () => {
      for (const call of [() => host.checkSupported(request), () => host.open(request)]) {
        assert.throws(call, (error: unknown) => {
          assert.ok(error instanceof AudioError, String(error));
          assert.equal(error.code, "format-not-supported");
          assert.match(error.message, message);
          return true;
        });
      }
    });
  }

  test("a real-time device delivers about as many frames as the clock of the machine says", async () => {
    const stream = host.open(inputRequest("virtual:ramp", {}));
    const before = performance.now();
    stream.start();
    const target = new Uint8Array(48_000 * 2);
    let frames = 0;
    let first = -1;
    while (performance.now() - before < 500) {
      await sleep(5);
      const available = stream.readAvailable();
      if (available > 0) {
        first = first < 0 ? performance.now() - before : first;
        assert.equal(available % 480, 0);
        assert.equal(stream.read(target, available), 0);
        frames += available;
      }
    }
    const elapsed = performance.now() - before;
    stream.close();
    assert.ok(first >= 9.9, `first frames after ${first} ms`);
    assert.ok(frames <= elapsed * 48, `${frames} frames in ${elapsed} ms`);
    assert.ok(frames >= (elapsed - 250) * 48, `${frames} frames in ${elapsed} ms`);
  });

  test("a fast device makes a minute of sound in much less than a minute", () => {
    const stream = host.open(inputRequest("virtual:noise?pace=fast", { channels: 2 }));
    const before = performance.now();
    stream.start();
    const target = new Uint8Array(4096 * 4);
    for (let frames = 0; frames < 60 * 48_000; frames += 4096) {
      assert.ok(stream.readAvailable() >= 4096);
      stream.read(target, 4096);
    }
    stream.close();
    assert.ok(performance.now() - before < 10_000);
  });
});

function inputRequest(
  deviceId: string,
  change: { sampleRate?: number; channels?: number; format?: (typeof SAMPLE_FORMATS)[number] },
): StreamRequest {
  const { sampleRate = 48_000, channels = 1, format = "int16" } = change;
  return { sampleRate, framesPerBuffer: 0, input: { deviceId, channels, format, latency: 0.1 } };
}

function outputRequest(deviceId: string, channels: number): StreamRequest {
  return {
    sampleRate: 48_000,
    framesPerBuffer: 0,
    output: { deviceId, channels, format: "int16", latency: 0.1 },
  };
}
