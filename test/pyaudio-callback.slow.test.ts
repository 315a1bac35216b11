import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { selectDevice } from "../src/device-query.js";
import { describe as shown } from "../src/options.js";
import {
  AudioError,
  type CallbackResult,
  PyAudio,
  paAbort,
  paComplete,
  paContinue,
  paInputOverflow,
  paInt16,
  Stream,
  type StreamCallback,
  type StreamOptions,
  type TimeInfo,
} from "../src/portaudio.js";
import { wavHeader } from "../src/wav/header.js";
import { runScript } from "./rig/child.js";
import { assertCounters, counterAt } from "./rig/counter.js";
import { requireTool } from "./rig/tools.js";

const FAST = "virtual:ramp?rate=8000&pace=fast";
const PACED = "virtual:ramp?rate=8000";
const GO_ON: CallbackResult = [null, paContinue];

/** A stream as `PyAudio.open` makes it, but without a manager, which would need PortAudio's library. */
function open(
  device: string,
  streamCallback: StreamCallback,
  options: Partial<StreamOptions> = {},
): Stream {
  return new Stream(
    {
      rate: 8000,
      channels: 1,
      format: paInt16,
      input: true,
      inputDeviceIndex: device,
      framesPerBuffer: 500,
      streamCallback,
      ...options,
    },
    (query, direction) => selectDevice(query ?? "", [], direction),
  );
}

function words(bytes: Buffer | null): Int16Array {
  assert.ok(Buffer.isBuffer(bytes));
  return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
}

function block(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await sleep(2);
  }
}

/** Whether an error is an AudioError with this number of PortAudio's. */
function fault(number: number): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof AudioError, `got ${String(error)}`);
    assert.equal(error.host?.code, number);
    return true;
  };
}

interface Seen {
  readonly calls: number;
  readonly active: boolean;
  readonly stopped: boolean;
  readonly uncaught: readonly {
    readonly name: string;
    readonly message: string;
    readonly cause?: unknown;
  }[];
}

function runChild(way: string, device?: string): ReturnType<typeof runScript> {
  return runScript(fileURLToPath(new URL("./pyaudio-callback.child.js", import.meta.url)), {
    args: device === undefined ? [way] : [way, device],
  });
}

async function reportOf<Report>(way: string, device?: string): Promise<Report> {
  const { code, stdout, stderr, timedOut } = await runChild(way, device);
  assert.deepEqual([code, timedOut, stderr], [0, false, ""]);
  // The program and this test agree on the type.
  return JSON.parse(stdout) as Report;
}

describe("calls", { timeout: 60_000 }, () => {
  test("each block of framesPerBuffer frames comes once, in order, and none before open returns", async () => {
    let position = 0;
    let opened = false;
    const stream = open(
      FAST,
      (inData, frameCount, _timeInfo, statusFlags) => {
        assert.equal(opened, true);
        assert.equal(frameCount, 333);
        assert.equal(inData?.length, 333 * 4);
        assert.equal(statusFlags, 0);
        assertCounters(words(inData), position, "a block", 2);
        position += frameCount;
        return [null, position === 33_300 ? paComplete : paContinue];
      },
      { channels: 2, framesPerBuffer: 333 },
    );
    opened = true;
    assert.equal(stream.isActive(), true);
    await until(() => !stream.isActive());
    assert.equal(position, 33_300);
    assert.deepEqual(stream.gaps, []);
    stream.close();
  });

  test("a block belongs to the callback: later ones do not change it", async () => {
    const blocks: Int16Array[] = [];
    using stream = open(FAST, (inData) => {
      blocks.push(words(inData));
      return [null, blocks.length === 40 ? paAbort : paContinue];
    });
    await until(() => !stream.isActive());
    for (const [index, samples] of blocks.entries()) {
      assertCounters(samples, index * 500);
    }
  });

  test("without framesPerBuffer a block has 1,024 frames", async () => {
    const counts: number[] = [];
    for (const framesPerBuffer of [undefined, 0]) {
      using stream = new Stream(
        {
          rate: 8000,
          channels: 1,
          format: paInt16,
          input: true,
          inputDeviceIndex: FAST,
          ...(framesPerBuffer === undefined ? {} : { framesPerBuffer }),
          streamCallback: (_inData, frameCount) => {
            counts.push(frameCount);
            return [null, paComplete];
          },
        },
        (query, direction) => selectDevice(query ?? "", [], direction),
      );
      await until(() => !stream.isActive());
    }
    assert.deepEqual(counts, [1024, 1024]);
  });

  test("when the event loop was held, all blocks are caught up in order", async () => {
    let position = 0;
    using stream = open(PACED, (inData, frameCount) => {
      assertCounters(words(inData), position);
      position += frameCount;
      return GO_ON;
    });
    await until(() => position >= 1000);
    block(1000);
    const before = position;
    await sleep(1);
    await until(() => position >= before + 7000);
    assert.deepEqual(stream.gaps, []);
  });

  test("timers run beside a device that always has a block ready", async () => {
    let calls = 0;
    using stream = open(FAST, () => {
      calls += 1;
      // Slower than the device: without a pause for others there would be no end.
      block(2);
      return GO_ON;
    });
    for (let turn = 0; turn < 20; turn++) {
      await sleep(1);
    }
    assert.ok(calls > 0);
    assert.equal(stream.isActive(), true);
  });

  test("frames lost are flagged with the block that they precede, and listed at their place", async () => {
    const flags: number[] = [];
    const all: number[] = [];
    using stream = open(
      `${FAST}&overrun=0.5:100&overrun=0.6:40`,
      (inData, _count, _time, status) => {
        flags.push(status);
        all.push(...words(inData));
        return [null, flags.length === 12 ? paComplete : paContinue];
      },
    );
    await until(() => !stream.isActive());
    // Frame 4000 begins a block; frame 4800 is amid one: block 9 has frames 4600 to 4799 and 4840 on.
    const lossy = flags.flatMap((status, index) => (status === paInputOverflow ? [index] : []));
    assert.deepEqual(lossy, [8, 9]);
    assert.ok(flags.every((status) => status === 0 || status === paInputOverflow));
    assert.deepEqual(stream.gaps, [
      { position: 4000, frames: 100, cause: "overrun" },
      { position: 4800, frames: 40, cause: "overrun" },
    ]);
    assertCounters(all.slice(0, 4000), 0);
    assertCounters(all.slice(4000, 4700), 4100);
    assertCounters(all.slice(4700), 4840);
  });

  test("timeInfo has PyAudio's keys, in seconds of getTime", async () => {
    const infos: TimeInfo[] = [];
    using stream = open(PACED, (_inData, _count, timeInfo) => {
      infos.push(timeInfo);
      return [null, infos.length === 5 ? paComplete : paContinue];
    });
    const before = stream.getTime();
    await until(() => !stream.isActive());
    const after = stream.getTime();
    for (const [index, info] of infos.entries()) {
      assert.deepEqual(Object.keys(info).sort(), [
        "current_time",
        "input_buffer_adc_time",
        "output_buffer_dac_time",
      ]);
      assert.equal(info.output_buffer_dac_time, 0);
      assert.ok(info.current_time >= before && info.current_time <= after);
      assert.ok(info.input_buffer_adc_time < info.current_time);
      const heardSince = info.input_buffer_adc_time - (infos[0]?.input_buffer_adc_time ?? 0);
      // The clock learns from each poll; a block lasts 62.5 ms.
      assert.ok(Math.abs(heardSince - index * 0.0625) < 0.0625, `block ${index}: ${heardSince} s`);
    }
  });

  test("getCpuLoad is the share of time spent in the callback, and 0 when inactive", async () => {
    let calls = 0;
    let load = 0;
    using stream = open(FAST, () => {
      block(10);
      calls += 1;
      load = stream.getCpuLoad();
      return [null, calls === 20 ? paComplete : paContinue];
    });
    assert.equal(stream.getCpuLoad(), 0);
    await until(() => !stream.isActive());
    // A block lasts 62.5 ms; after 19 blocks the average has 86 % of its way behind it.
    assert.ok(load > 0.12, `${load}`);
    assert.equal(stream.getCpuLoad(), 0);
  });
});

describe("states in callback mode", { timeout: 60_000 }, () => {
  for (const [name, flag] of [
    ["paComplete", paComplete],
    ["paAbort", paAbort],
  ] as const) {
    test(`after ${name} no call comes; the stream is inactive but not stopped until stopStream`, async () => {
      let calls = 0;
      using stream = open(FAST, () => [null, ++calls === 3 ? flag : paContinue]);
      await until(() => !stream.isActive());
      assert.equal(stream.isStopped(), false);
      stream.startStream();
      assert.equal(stream.isActive(), false, "a start before stopStream does nothing");
      await sleep(20);
      assert.equal(calls, 3);
      stream.stopStream();
      assert.deepEqual([stream.isActive(), stream.isStopped()], [false, true]);
      calls = 0;
      stream.startStream();
      assert.deepEqual([stream.isActive(), stream.isStopped()], [true, false]);
      await until(() => !stream.isActive());
      assert.equal(calls, 3);
    });
  }

  test("start: false makes no call before startStream", async () => {
    let calls = 0;
    using stream = open(
      FAST,
      () => {
        calls += 1;
        return GO_ON;
      },
      { start: false },
    );
    assert.deepEqual([stream.isActive(), stream.isStopped()], [false, true]);
    await sleep(30);
    assert.equal(calls, 0);
    stream.startStream();
    await until(() => calls > 0);
  });

  test("stopStream hands over every whole block before it returns, and then none", async () => {
    let position = 0;
    using stream = open(PACED, (inData, frameCount) => {
      assertCounters(words(inData), position);
      position += frameCount;
      return GO_ON;
    });
    block(700);
    assert.equal(position, 0);
    stream.stopStream();
    assert.ok(position >= 5000, `${position}`);
    assert.equal(position % 500, 0);
    const handed = position;
    await sleep(50);
    assert.equal(position, handed);
    stream.startStream();
    await until(() => position > handed + 500);
    assert.deepEqual(stream.gaps, []);
  });

  test("a callback that stops its stream is not called again, and what waited comes after the next start", async () => {
    let position = 0;
    let stops = 0;
    using stream = open(FAST, (inData, frameCount) => {
      assertCounters(words(inData), position);
      position += frameCount;
      if (position % 1500 === 0) {
        stops += 1;
        stream.stopStream();
        assert.deepEqual([stream.isActive(), stream.isStopped()], [false, true]);
      }
      return GO_ON;
    });
    for (const start of [1, 2, 3]) {
      await until(() => stops === start);
      await sleep(20);
      assert.equal(position, start * 1500);
      stream.startStream();
    }
  });

  test("a callback that stops and starts its stream goes on", async () => {
    let position = 0;
    using stream = open(FAST, (inData, frameCount) => {
      assertCounters(words(inData), position);
      position += frameCount;
      if (position === 1500) {
        stream.stopStream();
        stream.startStream();
      }
      return [null, position === 1500 ? paAbort : paContinue];
    });
    await until(() => position > 5000);
  });

  test("a callback that closes its stream is not called again", async () => {
    let calls = 0;
    const stream = open(FAST, () => {
      calls += 1;
      stream.close();
      stream.close();
      return GO_ON;
    });
    await until(() => calls > 0);
    await sleep(20);
    assert.equal(calls, 1);
    assert.throws(() => stream.isActive(), fault(-9988));
  });

  test("a callback may terminate the manager", async (t) => {
    if (!requireTool(t, "libportaudio2")) {
      return;
    }
    const manager = new PyAudio();
    let calls = 0;
    const stream = manager.open({
      rate: 8000,
      channels: 1,
      format: paInt16,
      input: true,
      inputDeviceIndex: FAST,
      streamCallback: () => {
        calls += 1;
        manager.terminate();
        return GO_ON;
      },
    });
    await until(() => calls > 0);
    await sleep(20);
    assert.equal(calls, 1);
    assert.throws(() => stream.isActive(), fault(-9988));
  });

  test("read and write throw with PortAudio's numbers, and the stream goes on", async () => {
    let calls = 0;
    using stream = open(FAST, () => {
      calls += 1;
      return GO_ON;
    });
    assert.throws(() => stream.read(10), fault(-9977));
    assert.throws(() => stream.getReadAvailable(), fault(-9977));
    // PyAudio looks at the direction first.
    assert.throws(() => stream.write(Buffer.alloc(2)), fault(-9974));
    assert.throws(() => stream.getWriteAvailable(), fault(-9974));
    await until(() => calls > 2);
  });

  test("what was recorded behind the last call is dropped by the next start", async () => {
    const firsts: (number | undefined)[] = [];
    using stream = open(PACED, (inData) => {
      firsts.push(words(inData)[0]);
      return [null, paComplete];
    });
    // 4,000 frames have come when the callback ends the stream with its first 500.
    block(500);
    await until(() => !stream.isActive());
    stream.stopStream();
    stream.startStream();
    await until(() => !stream.isActive());
    assert.equal(firsts[0], 0);
    assert.ok((firsts[1] ?? 0) >= 3000, `${firsts[1]}`);
  });
});

describe("a callback that fails", { timeout: 60_000, concurrency: 2 }, () => {
  const wrong: readonly (readonly [way: string, name: string, message: RegExp])[] = [
    ["is async", "TypeError", /at frame 2000 .*promise.*async/],
    ["returns undefined", "TypeError", /at frame 2000 .*\[outData, flag\], got undefined/],
    ["returns null", "TypeError", /got null/],
    ["returns a number", "TypeError", /got 0 \(number\)/],
    ["returns one value", "TypeError", /got an array of 1/],
    ["returns three values", "TypeError", /got an array of 3/],
    ["returns a string", "TypeError", /outData .* at frame 2000 .*got "frames"/],
    ["returns no outData", "TypeError", /outData .*got undefined/],
    ["returns an array of numbers", "TypeError", /outData .*got an array of 2/],
    ["returns no flag", "TypeError", /flag .* at frame 2000 .*got undefined/],
    ["returns a word", "TypeError", /flag .*got "paContinue"/],
    ["returns another flag", "RangeError", /flag .*got 3/],
    ["returns half a flag", "RangeError", /flag .*got 0.5/],
    ["returns NaN", "RangeError", /flag .*got NaN/],
  ];
  for (const [way, name, message] of wrong) {
    test(`${way}: the stream is inactive and a ${name} is uncaught, once`, async () => {
      const seen = await reportOf<Seen>(way);
      assert.deepEqual([seen.calls, seen.active, seen.stopped], [3, false, false]);
      assert.equal(seen.uncaught.length, 1);
      assert.equal(seen.uncaught[0]?.name, name);
      assert.match(seen.uncaught[0]?.message ?? "", message);
    });
  }

  for (const [way, cause] of [
    ["throws", "RangeError: mine"],
    ["throws no error", "mine"],
  ] as const) {
    test(`${way}: what it threw is the cause of an uncaught error that says where`, async () => {
      const seen = await reportOf<Seen>(way);
      assert.deepEqual([seen.calls, seen.active, seen.stopped], [3, false, false]);
      assert.deepEqual(seen.uncaught, [
        { name: "Error", message: "streamCallback threw at frame 2000: mine", cause },
      ]);
    });
  }

  test("ends a script that does not listen, with code 1 and both errors on stderr", async () => {
    const { code, stderr } = await runChild("uncaught");
    assert.equal(code, 1);
    assert.match(stderr, /streamCallback threw at frame 0: mine/);
    assert.match(stderr, /RangeError: mine/);
  });
});

describe("the process", { timeout: 60_000 }, () => {
  test("is kept alive by an active stream, and ends when the callback completes, closed or not", async () => {
    const seen = await reportOf<Seen>("completes", PACED);
    assert.equal(seen.calls, 5);
  });

  test("ends when the callback stops its stream", async () => {
    const seen = await reportOf<Seen>("is stopped", PACED);
    assert.equal(seen.calls, 3);
  });
});

describe("a device that ends in callback mode", { timeout: 60_000 }, () => {
  for (const pace of ["fast", "realtime"]) {
    test(`an unplugged device: all frames are handed over, then its error is uncaught (${pace})`, async () => {
      const seen = await reportOf<Seen & { lengths: number[]; again: string[] }>(
        "device ends",
        `virtual:ramp?rate=8000&pace=${pace}&unplug=0.3`,
      );
      assert.deepEqual(seen.lengths, [1000, 2000, 1000, 2000, 400, 800]);
      assert.deepEqual(
        seen.uncaught.map(({ name }) => name),
        ["AudioError"],
      );
      assert.match(seen.uncaught[0]?.message ?? "", /unplugged/);
      assert.match(seen.again[0] ?? "", /unplugged/);
    });
  }

  test("the end of a file is no error; its last block is shorter", async () => {
    const folder = await mkdtemp(join(tmpdir(), "roomtone-"));
    try {
      const path = join(folder, "ramp.wav");
      const header = wavHeader({ sampleRate: 8000, channels: 1, format: "int16" }, 2400);
      const data = Int16Array.from({ length: 1200 }, (_, index) => counterAt(index));
      await writeFile(path, Buffer.concat([header, new Uint8Array(data.buffer)]));
      const counts: number[] = [];
      const all: number[] = [];
      using stream = open(
        `virtual:file?pace=fast&path=${encodeURIComponent(path)}`,
        (inData, count) => {
          counts.push(count);
          all.push(...words(inData));
          return GO_ON;
        },
      );
      await until(() => !stream.isActive());
      assert.deepEqual(counts, [500, 500, 200]);
      assertCounters(all, 0);
      assert.equal(stream.isStopped(), false);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe("the option streamCallback", () => {
  for (const value of [null, true, 0, "callback", {}, [], Promise.resolve()]) {
    test(`${shown(value)} is a TypeError`, () => {
      assert.throws(() => open(FAST, value as unknown as StreamCallback).close(), {
        name: "TypeError",
        message: /`streamCallback`/,
      });
    });
  }
});
