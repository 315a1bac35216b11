import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { selectDevice } from "../src/device-query.js";
import {
  AudioError,
  type Device,
  type DeviceQuery,
  devices,
  type FindOptions,
  findDevice,
  type HostApi,
  InputStream,
  type ListOptions,
  refreshDevices,
} from "../src/index.js";

function hostApi(index: number, name: string): HostApi {
  return {
    index,
    structVersion: 1,
    type: 8,
    name,
    deviceCount: 4,
    defaultInputDevice: 0,
    defaultOutputDevice: 0,
  };
}

const ALSA = hostApi(0, "ALSA");
const JACK = hostApi(1, "JACK Audio Connection Kit");

function device(
  index: number,
  api: HostApi,
  name: string,
  inputs: number,
  outputs: number,
  twin = "",
): Device {
  return {
    host: "portaudio",
    hostApi: api,
    index,
    structVersion: 2,
    name,
    id: `portaudio:${api.name}:${name}${twin}`,
    maxInputChannels: inputs,
    maxOutputChannels: outputs,
    defaultSampleRate: 48_000,
    defaultLowInputLatency: 0.01,
    defaultHighInputLatency: 0.04,
    defaultLowOutputLatency: 0.01,
    defaultHighOutputLatency: 0.04,
    isDefaultInput: false,
    isDefaultOutput: false,
    isLoopback: false,
  };
}

const LIST: readonly Device[] = [
  device(0, ALSA, "HDA Intel PCH: ALC887 (hw:0,0)", 2, 2),
  device(1, ALSA, "HDA Intel PCH: HDMI 0 (hw:0,3)", 0, 8),
  device(2, ALSA, "USB Microphone", 1, 0),
  device(3, ALSA, "usb microphone", 1, 0),
  device(4, ALSA, "pulse", 32, 32),
  device(5, ALSA, "default", 32, 32),
  device(6, JACK, "pulse", 2, 2),
  device(7, JACK, "system", 2, 2),
  device(8, ALSA, "Webcam", 1, 0),
  device(9, ALSA, "Webcam", 1, 0, "#2"),
  device(12, ALSA, "7", 1, 0),
];

function indexOf(query: DeviceQuery, direction?: "input" | "output"): number {
  return selectDevice(query, LIST, direction).index;
}

function refused(code: string, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof AudioError, `got ${String(error)}`);
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  };
}

describe("a query", () => {
  test("finds a device by its index, which need not be its place in the list", () => {
    assert.equal(indexOf(0), 0);
    assert.equal(indexOf(12), 12);
    assert.throws(() => indexOf(10), refused("device-not-found", /index 10.*\n.*0 {2}HDA Intel/));
    assert.throws(() => indexOf(77), refused("device-not-found", /index 77/));
  });

  test("finds a device by its id, also the second of the same name", () => {
    for (const known of LIST) {
      assert.equal(indexOf(known.id), known.index);
    }
  });

  test("takes the exact name before one in other letters, and that before a part", () => {
    assert.equal(indexOf("USB Microphone"), 2);
    assert.equal(indexOf("usb microphone"), 3);
    assert.throws(() => indexOf("USB MICROPHONE"), refused("device-ambiguous", /2 devices match/));
    assert.equal(indexOf("DEFAULT"), 5);
    assert.equal(indexOf("alc887"), 0);
    assert.equal(indexOf("syst"), 7);
  });

  test("that is a number in a string is an exact name and never a part", () => {
    assert.equal(indexOf("7"), 12);
    assert.throws(() => indexOf("0"), refused("device-not-found", /"0"/));
    assert.throws(() => indexOf("887"), refused("device-not-found", /"887"/));
    assert.equal(indexOf("hw:0,3"), 1);
  });

  test("finds a device by a name with its host API", () => {
    for (const query of ["ALSA: pulse", "ALSA:pulse", "pulse, ALSA", "alsa: PULSE"]) {
      assert.equal(indexOf(query), 4, query);
    }
    assert.equal(indexOf("JACK Audio Connection Kit: pulse"), 6);
    assert.equal(indexOf("pulse, jack audio connection kit"), 6);
  });

  test("finds a device by a RegExp, from the start of each name, whatever its flags", () => {
    for (const flags of ["", "g", "y", "gy", "u"]) {
      const query = new RegExp("^USB", flags);
      for (let round = 0; round < 3; round++) {
        assert.equal(indexOf(query), 2, `${query} in round ${round}`);
      }
    }
    assert.throws(() => indexOf(/usb/i), refused("device-ambiguous", /\/usb\/i/));
    const used = /Microphone/g;
    used.lastIndex = 10;
    assert.equal(indexOf(used), 2);
  });

  test("finds a device by a predicate, and lets its error out", () => {
    assert.equal(
      indexOf((candidate) => candidate.maxOutputChannels === 8),
      1,
    );
    assert.throws(() => indexOf(() => false), refused("device-not-found", /the predicate/));
    const mine = new Error("mine");
    assert.throws(
      () =>
        indexOf(() => {
          throw mine;
        }),
      (error) => error === mine,
    );
  });

  test("finds a device by itself, wherever it stands by now", () => {
    const own = LIST[4];
    assert.ok(own !== undefined);
    assert.equal(indexOf(own), 4);
    const moved = LIST.map((known) => ({ ...known, index: known.index + 20 }));
    assert.equal(selectDevice(own, moved, undefined).index, 24);
    assert.throws(
      () => selectDevice(own, LIST.slice(0, 4), undefined),
      refused("device-not-found", /pulse.* is gone/),
    );
  });

  test("that several devices match lists them, and only them", () => {
    assert.throws(
      () => indexOf("Webcam"),
      refused(
        "device-ambiguous",
        /^2 devices match "Webcam".*\n {2}8 {2}Webcam \(ALSA, 1 in, 0 out\) {2}id portaudio:ALSA:Webcam\n {2}9 {2}Webcam .*id portaudio:ALSA:Webcam#2$/,
      ),
    );
  });

  test("that no device matches lists all that could have been meant", () => {
    const message = /No input device matches "nosuch"/;
    try {
      indexOf("nosuch", "input");
      assert.fail("a device was found");
    } catch (error) {
      assert.ok(refused("device-not-found", message)(error));
      const text = error instanceof Error ? error.message : "";
      for (const known of LIST) {
        assert.equal(text.includes(known.id), known.maxInputChannels > 0, known.id);
      }
    }
    assert.throws(
      () => selectDevice("x", [], undefined),
      refused("device-not-found", /There are no such devices/),
    );
  });

  test("looks only at devices of its direction", () => {
    assert.throws(() => indexOf("HDMI", "input"), refused("device-not-found", /HDMI/));
    assert.equal(indexOf("HDMI", "output"), 1);
    assert.equal(indexOf("HDA Intel", "input"), 0);
    assert.throws(() => indexOf("HDA Intel"), refused("device-ambiguous", /2 devices/));
    assert.throws(() => indexOf(1, "input"), refused("device-not-found", /no input channels/));
    assert.throws(() => indexOf(2, "output"), refused("device-not-found", /no output channels/));
    assert.equal(indexOf(1, "output"), 1);
    assert.equal(indexOf(1), 1);
  });
});

describe("findDevice", () => {
  test("makes a virtual device from its string, without the library", async () => {
    const tone = await findDevice("virtual:tone?frequency=1000&channels=1&rate=16000");
    assert.equal(tone.host, "virtual");
    assert.equal(tone.maxInputChannels, 1);
    assert.equal(tone.defaultSampleRate, 16_000);
    assert.ok(Object.isFrozen(tone));
    assert.deepEqual(await findDevice(tone), tone);
    assert.deepEqual(await findDevice(tone.id), tone);
    await using stream = await InputStream.open({ device: tone });
    assert.equal(await stream.readInto(new Float32Array(10)), 10);
  });

  test("finds the output of a virtual device only where it has one", async () => {
    await assert.rejects(
      findDevice("virtual:tone", { direction: "output" }),
      refused("device-not-found", /output/),
    );
    await assert.rejects(
      findDevice("virtual:sink", { direction: "input" }),
      refused("device-not-found", /input/),
    );
    const loopback = await findDevice("virtual:loopback", { direction: "output" });
    assert.equal(loopback.maxOutputChannels, 2);
  });

  test("refuses queries of a wrong type or out of range", async () => {
    for (const query of [null, undefined, true, {}, [], 1n, Symbol("x"), { id: 5, host: "x" }]) {
      await assert.rejects(findDevice(query as unknown as DeviceQuery), TypeError);
    }
    for (const query of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, "", "virtual:tune"]) {
      await assert.rejects(findDevice(query), RangeError, String(query));
    }
  });

  test("refuses wrong options", async () => {
    for (const options of [null, 5, [], { way: "input" }, { direction: 1 }, { direction: null }]) {
      await assert.rejects(
        findDevice("virtual:tone", options as unknown as FindOptions),
        TypeError,
        JSON.stringify(options),
      );
    }
    await assert.rejects(
      findDevice("virtual:tone", { direction: "in" } as unknown as FindOptions),
      RangeError,
    );
  });
});

describe("devices", () => {
  test("lists the virtual host's devices when it is asked for them", async () => {
    const list = await devices({ host: "virtual" });
    assert.deepEqual(
      list.map(({ index, name, id }) => [index, name, id]),
      ["silence", "tone", "noise", "ramp", "sink", "loopback"].map((name, index) => [
        index,
        name,
        `virtual:${name}`,
      ]),
    );
  });

  test("gives frozen values, and the same list until it is refreshed", async () => {
    const list = await devices({ host: "virtual" });
    assert.ok(Object.isFrozen(list));
    for (const known of list) {
      assert.ok(Object.isFrozen(known));
      assert.ok(Object.isFrozen(known.hostApi));
      assert.equal(known.isDefaultInput || known.isDefaultOutput, false);
    }
    assert.equal(await devices({ host: "virtual" }), list);
    const fresh = await refreshDevices({ host: "virtual" });
    assert.notEqual(fresh, list);
    assert.deepEqual(fresh, list);
  });

  test("are not taken anew while a stream is open", async () => {
    await using stream = await InputStream.open({ device: "virtual:silence" });
    await assert.rejects(refreshDevices({ host: "virtual" }), refused("streams-open", /1 stream/));
    await stream.close();
    assert.equal((await refreshDevices({ host: "virtual" })).length, 6);
  });

  test("refuse wrong options", async () => {
    for (const list of [devices, refreshDevices]) {
      for (const options of [null, 5, "virtual", [], { hosts: "virtual" }, { host: 1 }]) {
        await assert.rejects(list(options as unknown as ListOptions), TypeError);
      }
      await assert.rejects(list({ host: "jack" } as unknown as ListOptions), RangeError);
    }
  });
});
