import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { selectDevice } from "../src/device-query.js";
import { refreshDevices } from "../src/devices.js";
import { describe as shown } from "../src/options.js";
import * as portaudio from "../src/portaudio.js";
import {
  AudioError,
  getFormatFromWidth,
  getSampleSize,
  PyAudio,
  paFloat32,
  paInt8,
  paInt16,
  paInt24,
  paInt32,
  paUInt8,
  Stream,
  type StreamOptions,
} from "../src/portaudio.js";
import { wavHeader } from "../src/wav/header.js";
import { runScript } from "./rig/child.js";
import { assertCounters, counterAt } from "./rig/counter.js";
import { requireTool } from "./rig/tools.js";

const FAST = "virtual:ramp?rate=8000&pace=fast";
const PACED = "virtual:ramp?rate=8000";

/** It takes twelve seconds, in which the other tests go on. */
const slowScript = runScript(fileURLToPath(new URL("./pyaudio.child.js", import.meta.url)));

/** A stream as `PyAudio.open` makes it, but without a manager, which would need PortAudio's library. */
function open(device: string, options: Partial<StreamOptions> = {}): Stream {
  return new Stream(
    {
      rate: 8000,
      channels: 1,
      format: paInt16,
      input: true,
      inputDeviceIndex: device,
      ...options,
    },
    (query, direction) => selectDevice(query ?? "", [], direction),
  );
}

function words(bytes: Buffer): Int16Array {
  return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
}

function block(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

/** Whether an error is an AudioError of this code with this number of PortAudio's. */
function fault(code: string, number?: number): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof AudioError, `got ${String(error)}`);
    assert.equal(error.code, code, error.message);
    if (number !== undefined) {
      assert.equal(error.host?.code, number);
    }
    return true;
  };
}

describe("constants", () => {
  // As `dir(pyaudio)` of PyAudio 0.2.13 prints them.
  const pyaudio: Readonly<Record<string, number>> = {
    paFloat32: 1,
    paInt32: 2,
    paInt24: 4,
    paInt16: 8,
    paInt8: 16,
    paUInt8: 32,
    paCustomFormat: 65_536,
    paInDevelopment: 0,
    paDirectSound: 1,
    paMME: 2,
    paASIO: 3,
    paSoundManager: 4,
    paCoreAudio: 5,
    paOSS: 7,
    paALSA: 8,
    paAL: 9,
    paBeOS: 10,
    paWDMKS: 11,
    paJACK: 12,
    paWASAPI: 13,
    paNoDevice: -1,
    paNoError: 0,
    paNotInitialized: -10_000,
    paUnanticipatedHostError: -9999,
    paInvalidChannelCount: -9998,
    paInvalidSampleRate: -9997,
    paInvalidDevice: -9996,
    paInvalidFlag: -9995,
    paSampleFormatNotSupported: -9994,
    paBadIODeviceCombination: -9993,
    paInsufficientMemory: -9992,
    paBufferTooBig: -9991,
    paBufferTooSmall: -9990,
    paNullCallback: -9989,
    paBadStreamPtr: -9988,
    paTimedOut: -9987,
    paInternalError: -9986,
    paDeviceUnavailable: -9985,
    paIncompatibleHostApiSpecificStreamInfo: -9984,
    paStreamIsStopped: -9983,
    paStreamIsNotStopped: -9982,
    paInputOverflowed: -9981,
    paOutputUnderflowed: -9980,
    paHostApiNotFound: -9979,
    paInvalidHostApi: -9978,
    paCanNotReadFromACallbackStream: -9977,
    paCanNotWriteToACallbackStream: -9976,
    paCanNotReadFromAnOutputOnlyStream: -9975,
    paCanNotWriteToAnInputOnlyStream: -9974,
    paIncompatibleStreamHostApi: -9973,
    paContinue: 0,
    paComplete: 1,
    paAbort: 2,
    paInputUnderflow: 1,
    paInputOverflow: 2,
    paOutputUnderflow: 4,
    paOutputOverflow: 8,
    paPrimingOutput: 16,
    paFramesPerBufferUnspecified: 0,
  };

  test("every constant of PyAudio is there with PyAudio's number, and no other one", () => {
    const ours = Object.fromEntries(
      Object.entries(portaudio).filter(([name]) => name.startsWith("pa")),
    );
    assert.deepEqual(ours, pyaudio);
  });

  test("getSampleSize gives the bytes of a sample", () => {
    const sizes = [paFloat32, paInt32, paInt24, paInt16, paInt8, paUInt8].map(getSampleSize);
    assert.deepEqual(sizes, [4, 4, 3, 2, 1, 1]);
  });

  test("getSampleSize refuses what is no format", () => {
    for (const format of [0, 3, -1, 64, 65_536, 1.5, Number.NaN]) {
      assert.throws(() => getSampleSize(format), RangeError);
    }
    for (const format of ["int16", null, undefined, {}, 8n]) {
      assert.throws(() => getSampleSize(format as unknown as number), TypeError);
    }
  });

  test("getFormatFromWidth gives PyAudio's formats", () => {
    assert.deepEqual(
      [1, 2, 3, 4].map((width) => getFormatFromWidth(width)),
      [paUInt8, paInt16, paInt24, paFloat32],
    );
    assert.equal(getFormatFromWidth(1, false), paInt8);
    assert.equal(getFormatFromWidth(2, false), paInt16);
  });

  test("getFormatFromWidth refuses what is no width", () => {
    for (const width of [0, 5, -1, 1.5, Number.NaN]) {
      assert.throws(() => getFormatFromWidth(width), RangeError);
    }
    assert.throws(() => getFormatFromWidth("2" as unknown as number), TypeError);
    assert.throws(() => getFormatFromWidth(2, 1 as unknown as boolean), TypeError);
  });
});

describe("read", { timeout: 60_000 }, () => {
  test("gives just the frames that were asked for, in order", () => {
    using stream = open(FAST, { channels: 2, framesPerBuffer: 2048 });
    let position = 0;
    for (const frames of [2048, 1, 333, 4096, 50_000, 2]) {
      const bytes = stream.read(frames);
      assert.ok(Buffer.isBuffer(bytes));
      assert.equal(bytes.byteLength, frames * 4);
      assertCounters(words(bytes), position, `a read of ${frames}`, 2);
      position += frames;
    }
    assert.deepEqual(stream.gaps, []);
  });

  test("gives as many bytes as the format has", () => {
    for (const [format, width] of [
      [paFloat32, 4],
      [paInt32, 4],
      [paInt24, 3],
      [paInt16, 2],
      [paInt8, 1],
      [paUInt8, 1],
    ] as const) {
      using stream = open(FAST, { format, channels: 2 });
      assert.equal(stream.read(100).byteLength, 100 * width * 2);
    }
  });

  test("of more frames than the stream keeps gives them all", () => {
    using stream = open(FAST);
    const bytes = stream.read(200_000);
    assertCounters(words(bytes), 0);
    assertCounters(words(stream.read(10)), 200_000);
  });

  test("refuses a wrong number of frames, and loses nothing by it", () => {
    using stream = open(FAST);
    assert.equal(stream.read(0).byteLength, 0);
    for (const frames of [-1, -(2 ** 40), 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e300]) {
      assert.throws(() => stream.read(frames), RangeError, `${frames}`);
    }
    for (const frames of ["1024", null, undefined, {}, [1], 5n, true]) {
      assert.throws(() => stream.read(frames as unknown as number), TypeError);
    }
    assert.throws(() => stream.read(10, 1 as unknown as boolean), TypeError);
    assertCounters(words(stream.read(10)), 0);
  });

  test("a script that is slow between two reads loses nothing", () => {
    using stream = open(PACED);
    let position = 0;
    for (const pause of [400, 0, 300, 0]) {
      block(pause);
      assertCounters(words(stream.read(1024)), position);
      position += 1024;
    }
    assert.deepEqual(stream.gaps, []);
  });
});

describe("overflow", { timeout: 60_000 }, () => {
  const device = `${FAST}&overrun=0.5:100`;

  test("throws, and the next read has everything from before and behind the loss", () => {
    using stream = open(device);
    for (const position of [0, 1000, 2000]) {
      assertCounters(words(stream.read(1000)), position);
    }
    assert.throws(() => stream.read(1500), fault("input-overflowed", -9981));
    assert.equal(stream.isActive(), true);
    assert.ok(stream.getReadAvailable() >= 1000);
    const samples = words(stream.read(1500));
    assertCounters(samples.subarray(0, 1000), 3000, "before the loss");
    assertCounters(samples.subarray(1000), 4100, "behind the loss");
    assertCounters(words(stream.read(100)), 4600);
    assert.deepEqual(stream.gaps, [{ position: 4000, frames: 100, cause: "overrun" }]);
  });

  test("what was kept comes in reads of any size", () => {
    using stream = open(device);
    assert.throws(() => stream.read(5000), fault("input-overflowed"));
    assertCounters(words(stream.read(1)), 0);
    assertCounters(words(stream.read(3998)), 1);
    const samples = words(stream.read(2));
    assert.deepEqual([...samples], [counterAt(3999), counterAt(4100)]);
    assertCounters(words(stream.read(100)), 4101);
  });

  test("a loss right before a read throws, and the read can be done again", () => {
    using stream = open(device);
    stream.read(4000);
    assert.throws(() => stream.read(10), fault("input-overflowed"));
    assertCounters(words(stream.read(10)), 4100);
  });

  test("each loss throws once", () => {
    using stream = open(`${FAST}&overrun=0.1:10&overrun=0.2:20`);
    assert.throws(() => stream.read(4000), /10 frames/);
    assert.throws(() => stream.read(4000), /20 frames/);
    const samples = words(stream.read(4000));
    assertCounters(samples.subarray(0, 800), 0);
    assertCounters(samples.subarray(800, 1590), 810);
    assertCounters(samples.subarray(1590), 1620);
    assert.deepEqual(stream.gaps, [
      { position: 800, frames: 10, cause: "overrun" },
      { position: 1600, frames: 20, cause: "overrun" },
    ]);
  });

  test("with exceptionOnOverflow false the read goes on behind the loss, and gaps tells", () => {
    using stream = open(device);
    const samples = words(stream.read(5000, false));
    assertCounters(samples.subarray(0, 4000), 0);
    assertCounters(samples.subarray(4000), 4100);
    assert.deepEqual(stream.gaps, [{ position: 4000, frames: 100, cause: "overrun" }]);
    stream.read(1000);
  });

  test("a stall is waited for and told", () => {
    using stream = open("virtual:ramp?rate=8000&stall=0.05:0.4");
    assert.throws(() => stream.read(1000), fault("input-overflowed"));
    const samples = words(stream.read(1000));
    assertCounters(samples.subarray(0, 400), 0);
    assertCounters(samples.subarray(400), 3600);
    assert.deepEqual(stream.gaps, [{ position: 400, frames: 3200, cause: "stall" }]);
  });

  test("a script that is slower than ten seconds is told of one loss, once", async () => {
    const { code, stdout, stderr } = await slowScript;
    assert.equal(stderr, "");
    assert.equal(code, 0);
    const told: { overflows: number; gaps: { position: number; cause: string }[] } =
      JSON.parse(stdout);
    assert.equal(told.gaps[0]?.position, 80_000);
    assert.equal(told.gaps[0]?.cause, "buffer-full");
    assert.deepEqual([told.overflows, told.gaps.length], [1, 1]);
  });
});

describe("states", { timeout: 60_000 }, () => {
  test("a stream starts by itself, stops, starts again and closes", () => {
    const stream = open(PACED);
    assert.equal(stream.isActive(), true);
    assert.equal(stream.isStopped(), false);
    const samples = words(stream.read(400));
    assertCounters(samples, 0);
    stream.stopStream();
    stream.stopStream();
    assert.equal(stream.isActive(), false);
    assert.equal(stream.isStopped(), true);
    stream.startStream();
    stream.startStream();
    assert.equal(stream.isActive(), true);
    assertCounters(words(stream.read(400)), 400, "after the second start");
    stream.close();
    stream.close();
    stream[Symbol.dispose]();
  });

  test("start: false leaves it stopped", () => {
    using stream = open(FAST, { start: false });
    assert.equal(stream.isStopped(), true);
    assert.equal(stream.isActive(), false);
    assert.throws(() => stream.read(10), fault("stream-stopped", -9983));
    stream.startStream();
    assertCounters(words(stream.read(10)), 0);
  });

  test("a stopped stream gives what came until then; a read of more throws and keeps it", () => {
    using stream = open(PACED);
    stream.read(100);
    block(100);
    stream.stopStream();
    const left = stream.getReadAvailable();
    assert.ok(left >= 400, `${left} frames`);
    assert.throws(() => stream.read(left + 1), fault("stream-stopped", -9983));
    assert.equal(stream.getReadAvailable(), left);
    assertCounters(words(stream.read(left - 10)), 100);
    assert.throws(() => stream.read(11), fault("stream-stopped"));
    stream.startStream();
    assertCounters(words(stream.read(500)), 100 + left - 10, "over the stop");
  });

  test("a closed stream says so, whatever is asked of it", () => {
    const stream = open(FAST);
    stream.read(10);
    stream.close();
    const calls: readonly (() => unknown)[] = [
      () => stream.read(10),
      () => stream.read(0),
      () => stream.write(Buffer.alloc(2)),
      () => stream.startStream(),
      () => stream.stopStream(),
      () => stream.isActive(),
      () => stream.isStopped(),
      () => stream.getInputLatency(),
      () => stream.getOutputLatency(),
      () => stream.getTime(),
      () => stream.getCpuLoad(),
      () => stream.getReadAvailable(),
      () => stream.getWriteAvailable(),
    ];
    for (const call of calls) {
      assert.throws(call, fault("stream-closed", -9988), String(call));
    }
  });

  test("an input stream cannot be written to", () => {
    using stream = open(FAST);
    assert.throws(() => stream.write(Buffer.alloc(2)), fault("stream-closed", -9974));
    assert.throws(() => stream.getWriteAvailable(), fault("stream-closed", -9974));
  });

  test("latencies, time and load are numbers", () => {
    using stream = open(PACED);
    assert.ok(stream.getInputLatency() > 0);
    assert.equal(stream.getOutputLatency(), 0);
    assert.equal(stream.getCpuLoad(), 0);
    const time = stream.getTime();
    block(20);
    assert.ok(stream.getTime() > time);
  });
});

describe("a device that ends", { timeout: 60_000 }, () => {
  for (const pace of ["fast", "realtime"]) {
    test(`an unplugged device throws, does not hang, and what came before is kept (${pace})`, () => {
      using stream = open(`virtual:ramp?rate=8000&pace=${pace}&unplug=0.25`);
      assertCounters(words(stream.read(1500)), 0);
      assert.throws(() => stream.read(1000), fault("device-lost"));
      assert.throws(() => stream.read(1000), fault("device-lost"));
      assert.equal(stream.isActive(), false);
      assert.equal(stream.getReadAvailable(), 500);
      assertCounters(words(stream.read(500)), 1500);
      assert.throws(() => stream.read(1), fault("device-lost"));
      assert.throws(() => stream.startStream(), fault("device-lost"));
      stream.stopStream();
    });
  }

  test("the end of a file throws, and the frames before it can be read", async () => {
    const folder = await mkdtemp(join(tmpdir(), "roomtone-"));
    try {
      const path = join(folder, "ramp.wav");
      const header = wavHeader({ sampleRate: 8000, channels: 1, format: "int16" }, 2000);
      const data = Int16Array.from({ length: 1000 }, (_, index) => counterAt(index));
      await writeFile(path, Buffer.concat([header, new Uint8Array(data.buffer)]));
      using stream = open(`virtual:file?pace=fast&path=${encodeURIComponent(path)}`);
      assertCounters(words(stream.read(900)), 0);
      assert.throws(() => stream.read(101), fault("stream-closed"));
      assertCounters(words(stream.read(100)), 900);
      assert.equal(stream.isActive(), false);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("options of a stream", { timeout: 60_000 }, () => {
  const wrongType: readonly (readonly [keyof StreamOptions, unknown])[] = [
    ["rate", "8000"],
    ["rate", null],
    ["rate", undefined],
    ["channels", "1"],
    ["channels", [0]],
    ["channels", undefined],
    ["format", "int16"],
    ["format", undefined],
    ["input", 1],
    ["input", null],
    ["output", 1],
    ["inputDeviceIndex", null],
    ["inputDeviceIndex", true],
    ["inputDeviceIndex", {}],
    ["framesPerBuffer", "1024"],
    ["framesPerBuffer", null],
    ["start", 1],
    ["start", null],
    ["latency", true],
    ["latency", null],
  ];
  const outOfRange: readonly (readonly [keyof StreamOptions, unknown])[] = [
    ["rate", 0],
    ["rate", -8000],
    ["rate", Number.NaN],
    ["rate", 1e9],
    ["channels", 0],
    ["channels", -1],
    ["channels", 1.5],
    ["channels", 3],
    ["channels", 1e9],
    ["format", 0],
    ["format", 9],
    ["format", -1],
    ["inputDeviceIndex", -1],
    ["inputDeviceIndex", 1.5],
    ["inputDeviceIndex", Number.NaN],
    ["inputDeviceIndex", ""],
    ["framesPerBuffer", -1],
    ["framesPerBuffer", 0.5],
    ["framesPerBuffer", 2 ** 31],
    ["latency", "medium"],
    ["latency", 0],
    ["latency", -1],
    ["latency", Number.NaN],
  ];
  for (const [cases, kind] of [
    [wrongType, TypeError],
    [outOfRange, RangeError],
  ] as const) {
    for (const [name, value] of cases) {
      test(`${name}: ${shown(value)} is a ${kind.name}`, () => {
        assert.throws(() => open(FAST, { [name]: value }).close(), kind);
      });
    }
  }

  test("an unknown option is an error that names the nearest known one", () => {
    const options: object = { framePerBuffer: 1 };
    assert.throws(() => open(FAST, options), {
      name: "TypeError",
      message: /unknown option `framePerBuffer`.*did you mean `framesPerBuffer`/,
    });
  });

  test("neither input nor output is an error", () => {
    assert.throws(() => open(FAST, { input: false }), /`input: true`/);
  });

  test("a virtual device has no output", () => {
    assert.throws(
      () => open(FAST, { output: true, outputDeviceIndex: FAST }),
      (error) => error instanceof AudioError || error instanceof RangeError,
    );
  });

  test("a stream that could not be opened leaves nothing behind", () => {
    for (let attempt = 0; attempt < 5; attempt++) {
      assert.throws(() => open("virtual:file?path=%2Fnowhere.wav"), fault("file-not-readable"));
    }
    open(FAST).close();
  });
});

describe("the manager", { timeout: 60_000 }, () => {
  function manager(t: Parameters<typeof requireTool>[0]): PyAudio | undefined {
    return requireTool(t, "libportaudio2") ? new PyAudio() : undefined;
  }
  const options: StreamOptions = {
    rate: 8000,
    channels: 1,
    format: paInt16,
    input: true,
    inputDeviceIndex: FAST,
  };

  test("opens a virtual device that is named by its string", (t) => {
    using pyaudio = manager(t);
    if (pyaudio === undefined) {
      return;
    }
    const stream = pyaudio.open(options);
    assert.ok(stream instanceof Stream);
    assertCounters(words(stream.read(1024)), 0);
    stream.stopStream();
    stream.close();
  });

  test("an index that does not exist is an error with PortAudio's number", (t) => {
    using pyaudio = manager(t);
    if (pyaudio === undefined) {
      return;
    }
    const noDevice = fault("device-not-found", -9996);
    for (const index of [77, 2 ** 31, 2 ** 40]) {
      assert.throws(() => pyaudio.getDeviceInfoByIndex(index), noDevice);
      assert.throws(() => pyaudio.getDeviceInfoByHostApiDeviceIndex(0, index), noDevice);
      assert.throws(() => pyaudio.open({ ...options, inputDeviceIndex: index }), noDevice);
    }
    assert.throws(() => pyaudio.getDeviceInfoByIndex(-1), noDevice);
    assert.throws(() => pyaudio.getHostApiInfoByIndex(77), fault("host-not-available", -9978));
    assert.throws(() => pyaudio.getHostApiInfoByType(99), fault("host-not-available", -9979));
  });

  test("wrong types are a TypeError", (t) => {
    using pyaudio = manager(t);
    if (pyaudio === undefined) {
      return;
    }
    const wrong = "0" as unknown as number;
    assert.throws(() => pyaudio.getDeviceInfoByIndex(wrong), TypeError);
    assert.throws(() => pyaudio.getHostApiInfoByIndex(wrong), TypeError);
    assert.throws(() => pyaudio.getHostApiInfoByType(wrong), TypeError);
    assert.throws(() => pyaudio.getDeviceInfoByHostApiDeviceIndex(0, wrong), TypeError);
    assert.throws(() => pyaudio.isFormatSupported(44_100, {}), TypeError);
    assert.throws(
      () => pyaudio.isFormatSupported(wrong, { inputDevice: 0, inputChannels: 1, inputFormat: 8 }),
      TypeError,
    );
    assert.throws(() => pyaudio.open(undefined as unknown as StreamOptions), TypeError);
    assert.throws(() => pyaudio.open(null as unknown as StreamOptions), TypeError);
    assert.throws(() => pyaudio.open(5 as unknown as StreamOptions), TypeError);
  });

  test("terminate closes its streams, may be called twice, and ends the manager", (t) => {
    const pyaudio = manager(t);
    if (pyaudio === undefined) {
      return;
    }
    const streams = [pyaudio.open(options), pyaudio.open(options)];
    pyaudio.terminate();
    pyaudio.terminate();
    for (const stream of streams) {
      assert.throws(() => stream.read(10), fault("stream-closed", -9988));
      stream.close();
    }
    for (const call of [
      () => pyaudio.getDeviceCount(),
      () => pyaudio.getHostApiCount(),
      () => pyaudio.getDefaultInputDeviceInfo(),
      () => pyaudio.getDeviceInfoByIndex(0),
      () => pyaudio.open(options),
      () => pyaudio.isFormatSupported(44_100, { inputDevice: 0 }),
    ]) {
      assert.throws(call, fault("stream-closed", -10_000), String(call));
    }
  });

  test("close takes the manager's own streams only", (t) => {
    using pyaudio = manager(t);
    if (pyaudio === undefined) {
      return;
    }
    const own = pyaudio.open(options);
    using foreign = open(FAST);
    assert.throws(() => pyaudio.close(foreign), RangeError);
    assert.throws(() => pyaudio.close(undefined as unknown as Stream), RangeError);
    pyaudio.close(own);
    assert.throws(() => own.read(1), fault("stream-closed"));
    assertCounters(words(foreign.read(10)), 0);
  });

  test("a stream that closed itself is no longer the manager's", (t) => {
    if (!requireTool(t, "libportaudio2")) {
      return;
    }
    using manager = new PyAudio();
    const options = { rate: 8000, channels: 1, format: 8, input: true };
    const stream = manager.open({ ...options, inputDeviceIndex: "virtual:silence?pace=fast" });
    stream.close();
    assert.throws(() => manager.close(stream), RangeError);
  });

  test("the devices can be listed anew as soon as a manager is terminated", async (t) => {
    if (!requireTool(t, "libportaudio2")) {
      return;
    }
    const manager = new PyAudio();
    await assert.rejects(refreshDevices(), { code: "streams-open" });
    manager.terminate();
    await refreshDevices();
  });

  test("several managers live side by side", (t) => {
    using first = manager(t);
    if (first === undefined) {
      return;
    }
    const second = new PyAudio();
    const count = first.getDeviceCount();
    second.terminate();
    assert.equal(first.getDeviceCount(), count);
    const stream = first.open(options);
    assertCounters(words(stream.read(100)), 0);
  });
});
