import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { AudioError } from "../../src/errors.js";
import { ENDED, type GapCause, type HostStream } from "../../src/hosts/host.js";
import { virtualDevice } from "../../src/hosts/virtual/spec-text.js";
import { clockedHost, isError, request } from "./rig.js";

const SEED = 20_260_731;
const RATE = 44_100;

/** One stretch of frames without a loss in it. */
interface Run {
  readonly start: number;
  readonly frames: number;
  readonly lostBefore: number;
  readonly cause: GapCause | undefined;
}

describe("a fast device", () => {
  test("is not paced, and always has a chunk ready", () => {
    const { stream } = open("virtual:ramp?pace=fast");
    stream.start();
    assert.equal(stream.paced, false);
    assert.equal(stream.input?.latency, 0);
    for (let block = 0; block < 100; block++) {
      assert.ok(stream.readAvailable() >= 4096);
      readRamp(stream, 4096);
    }
  });

  test("overrun=2:4410 loses the 4,410 frames from second 2 on, and the ramp jumps by them", () => {
    const { stream } = open("virtual:ramp?pace=fast&overrun=2:4410");
    stream.start();
    const before = readRunTo(stream, 2 * RATE);
    assert.deepEqual(before, { start: 0, frames: 2 * RATE, lostBefore: 0, cause: undefined });
    assert.ok(stream.readAvailable() > 0);
    const after = readRamp(stream, 100);
    assert.deepEqual(after, { first: (2 * RATE + 4410) % 65_536, lost: 4410 });
    assert.equal(stream.lossCause, "overrun");
    assert.equal(readRamp(stream, 100).lost, 0);
  });

  test("stall=3:2 is told at once as a loss of two seconds, caused by a stall", () => {
    const { stream } = open("virtual:ramp?pace=fast&stall=3:2");
    stream.start();
    readRunTo(stream, 3 * RATE);
    assert.ok(stream.readAvailable() > 0);
    assert.deepEqual(readRamp(stream, 10), { first: (5 * RATE) % 65_536, lost: 2 * RATE });
    assert.equal(stream.lossCause, "stall");
  });

  test("unplug=4 delivers everything before second 4, then device-lost", () => {
    const { stream } = open("virtual:ramp?pace=fast&unplug=4");
    stream.start();
    readRunTo(stream, 4 * RATE);
    for (const call of [
      () => stream.readAvailable(),
      () => stream.reopen(),
      () => stream.readAvailable(),
    ]) {
      assert.throws(call, isError("device-lost"));
    }
    stream.abort();
    assert.throws(() => stream.start(), isError("device-lost"));
    stream.close();
  });

  test("a loss that reaches the unplugging is told by a read of 0 frames", () => {
    const { stream } = open("virtual:ramp?pace=fast&stall=3:9&unplug=4");
    stream.start();
    readRunTo(stream, 3 * RATE);
    assert.throws(() => stream.readAvailable(), isError("device-lost"));
    assert.equal(stream.read(new Uint8Array(0), 0), RATE);
    assert.equal(stream.lossCause, "stall");
    assert.equal(stream.read(new Uint8Array(0), 0), 0);
  });

  test("a fault at second 0 loses the first frames, an unplugging there all of them", () => {
    const lossy = open("virtual:ramp?pace=fast&overrun=0:7").stream;
    lossy.start();
    assert.ok(lossy.readAvailable() > 0);
    assert.deepEqual(readRamp(lossy, 1), { first: 7, lost: 7 });
    const gone = open("virtual:ramp?pace=fast&unplug=0").stream;
    assert.throws(() => gone.start(), isError("device-lost"));
  });

  test("faults that overlap or touch are one loss with the cause of the earliest", () => {
    const { stream } = open(
      "virtual:ramp?pace=fast&overrun=1.1:4410&stall=1:0.1&overrun=1.05:10&overrun=2:5&stall=2:0.5",
    );
    stream.start();
    readRunTo(stream, RATE);
    stream.readAvailable();
    assert.equal(readRamp(stream, 1).lost, 8820);
    assert.equal(stream.lossCause, "stall");
    readRunTo(stream, 2 * RATE, RATE + 8821);
    stream.readAvailable();
    assert.equal(readRamp(stream, 1).lost, RATE / 2);
    assert.equal(stream.lossCause, "stall");
  });

  test("a stall of less than half a frame is none", () => {
    const { stream } = open("virtual:ramp?pace=fast&stall=1:1e-6&overrun=1:10");
    stream.start();
    readRunTo(stream, RATE);
    stream.readAvailable();
    assert.equal(readRamp(stream, 1).lost, 10);
    assert.equal(stream.lossCause, "overrun");
  });

  test("has nothing while it is stopped, and goes on at the next frame", () => {
    const { stream } = open("virtual:ramp?pace=fast");
    assert.equal(stream.readAvailable(), 0);
    stream.start();
    stream.readAvailable();
    readRamp(stream, 123);
    stream.stop();
    assert.equal(stream.readAvailable(), 0);
    assert.throws(() => stream.read(new Uint8Array(4), 1), isError("internal"));
    stream.start();
    stream.start();
    stream.readAvailable();
    assert.deepEqual(readRamp(stream, 1), { first: 123, lost: 0 });
  });
});

describe("a device with a clock", () => {
  test("delivers whole periods of about 10 ms at the moment when they are full", () => {
    const { stream, clock } = open("virtual:ramp");
    assert.equal(stream.paced, true);
    assert.equal(stream.input?.latency, 441 / RATE);
    clock.now = 5000;
    stream.start();
    for (const [elapsed, available] of [
      [0, 0],
      [9.9, 0],
      [10, 441],
      [19, 441],
      [20.1, 882],
      [1000, 44_100],
    ] as const) {
      clock.now = 5000 + elapsed;
      assert.equal(stream.readAvailable(), available, `after ${elapsed} ms`);
    }
  });

  test("takes the period that was asked for", () => {
    const { stream, clock } = open("virtual:ramp", 1000);
    stream.start();
    clock.now = 999;
    assert.equal(stream.readAvailable(), 44_000);
    assert.equal(stream.input?.latency, 1000 / RATE);
  });

  test("has a period of one frame at a rate of 1 Hz", () => {
    const { stream, clock } = open("virtual:ramp", 0, 1);
    stream.start();
    clock.now = 1999;
    assert.equal(stream.readAvailable(), 1);
  });

  test("loses nothing however late it is read", () => {
    const { stream, clock } = open("virtual:ramp");
    stream.start();
    clock.now = 600_000;
    assert.equal(stream.readAvailable(), 600 * RATE);
    readRunTo(stream, 600 * RATE);
  });

  test("keeps what was heard and not read over a stop, and hears nothing while stopped", () => {
    const { stream, clock } = open("virtual:ramp");
    stream.start();
    clock.now = 100;
    assert.equal(stream.readAvailable(), 4410);
    readRamp(stream, 1000);
    stream.stop();
    clock.now = 60_000;
    assert.equal(stream.readAvailable(), 0);
    stream.start();
    assert.equal(stream.readAvailable(), 3410);
    clock.now = 60_010;
    assert.equal(stream.readAvailable(), 3851);
    assert.deepEqual(readRamp(stream, 3851), { first: 1000, lost: 0 });
  });

  test("gives nothing in a stall, lets reopen pass, and goes on two seconds later", () => {
    const { stream, clock } = open("virtual:ramp?stall=3:2");
    stream.start();
    clock.now = 3000;
    readRunTo(stream, 3 * RATE);
    for (const now of [3001, 4000, 4999]) {
      clock.now = now;
      assert.equal(stream.readAvailable(), 0);
      stream.reopen();
    }
    clock.now = 5010;
    assert.equal(stream.readAvailable(), 441);
    assert.deepEqual(readRamp(stream, 441), { first: (5 * RATE) % 65_536, lost: 2 * RATE });
    assert.equal(stream.lossCause, "stall");
  });

  test("delivers what comes before a fault at the time of the fault, in the middle of a period", () => {
    const { stream, clock } = open("virtual:ramp?overrun=0.015:441&unplug=0.033");
    stream.start();
    clock.now = 15.1;
    // round(0.015 × 44,100)
    assert.equal(stream.readAvailable(), 662);
    readRamp(stream, 662);
    clock.now = 25;
    assert.equal(stream.readAvailable(), 0);
    clock.now = 30.1;
    assert.equal(stream.readAvailable(), 1323 - 662 - 441);
    clock.now = 33.1;
    assert.equal(stream.readAvailable(), 1455 - 662 - 441);
    assert.throws(() => stream.reopen(), isError("device-lost"));
    assert.equal(readRamp(stream, 1455 - 662 - 441).lost, 441);
    assert.throws(() => stream.readAvailable(), isError("device-lost"));
  });

  test("an unplugging in a stall shows at its own time", () => {
    const { stream, clock } = open("virtual:ramp?stall=1:10&unplug=2");
    stream.start();
    clock.now = 1999;
    readRunTo(stream, RATE);
    assert.equal(stream.readAvailable(), 0);
    stream.reopen();
    clock.now = 2000.1;
    assert.throws(() => stream.readAvailable(), isError("device-lost"));
  });
});

describe("any device", () => {
  test("any faults, read in any blocks, are told at their exact places", () => {
    const rate = 1000;
    const at = fc.nat(3000).map((frame) => frame / rate);
    const faults = fc.record({
      overruns: fc.array(fc.record({ at, frames: fc.integer({ min: 1, max: 500 }) }), {
        maxLength: 5,
      }),
      stalls: fc.array(
        fc.record({ at, seconds: fc.integer({ min: 1, max: 500 }).map((ms) => ms / rate) }),
        {
          maxLength: 5,
        },
      ),
      unplugAt: fc.integer({ min: 1, max: 3500 }).map((frame) => frame / rate),
    });
    const step = fc.record({ wait: fc.nat(50), block: fc.integer({ min: 1, max: 400 }) });
    fc.assert(
      fc.property(
        faults,
        fc.constantFrom("fast" as const, "realtime" as const),
        fc.nat(20),
        fc.array(step, { minLength: 1, maxLength: 20 }),
        (given, pace, period, steps) => {
          const device = virtualDevice("ramp", { pace, ...given });
          const { stream, clock } = open(device, period, rate);
          const got = readAll(stream, clock, steps);
          assert.deepEqual(got, expectedRuns(given.overruns, given.stalls, given.unplugAt, rate));
        },
      ),
      { seed: SEED, numRuns: 1500 },
    );
  });

  test("refuses to read more than it has promised", () => {
    const { stream, clock } = open("virtual:ramp");
    stream.start();
    clock.now = 10;
    assert.throws(() => stream.read(new Uint8Array(2), 1), isError("internal"));
    assert.equal(stream.readAvailable(), 441);
    assert.throws(() => stream.read(new Uint8Array(884), 442), isError("internal"));
    readRamp(stream, 441);
    assert.throws(() => stream.read(new Uint8Array(2), 1), isError("internal"));
  });

  test("has no output", () => {
    const { stream } = open("virtual:ramp");
    assert.equal(stream.output, undefined);
    assert.throws(() => stream.writeAvailable(), isError("format-not-supported"));
    assert.throws(() => stream.write(new Uint8Array(0), 0), isError("format-not-supported"));
  });

  test("can be closed twice, and is closed for everything then", () => {
    const { stream } = open("virtual:ramp");
    stream.start();
    stream.close();
    stream.close();
    stream.stop();
    stream.abort();
    for (const call of [
      () => stream.start(),
      () => stream.readAvailable(),
      () => stream.read(new Uint8Array(0), 0),
      () => stream.reopen(),
    ]) {
      assert.throws(call, isError("stream-closed"));
    }
  });
});

function open(
  device: string,
  framesPerBuffer = 0,
  sampleRate = RATE,
): { stream: HostStream; clock: { now: number } } {
  const { host, clock } = clockedHost();
  return { stream: host.open(request({ device, sampleRate, framesPerBuffer, input: 1 })), clock };
}

/** Reads frames of the ramp, which must count up without a jump. */
function readRamp(stream: HostStream, frames: number): { first: number; lost: number } {
  const samples = new Int16Array(frames);
  const lost = stream.read(new Uint8Array(samples.buffer), frames);
  const first = (samples[0] ?? 0) & 0xffff;
  for (let index = 0; index < frames; index++) {
    if (((samples[index] ?? 0) & 0xffff) !== (first + index) % 65_536) {
      assert.fail(`the ramp jumps within a block, at ${index} of ${frames}`);
    }
  }
  return { first, lost };
}

/** Reads until `end`, where the device must stop promising; nothing may be lost on the way. */
function readRunTo(stream: HostStream, end: number, start = 0): Run {
  let position = start;
  while (position < end) {
    const available = stream.readAvailable();
    assert.ok(
      available > 0 && available <= end - position,
      `${available} available at ${position}`,
    );
    const { first, lost } = readRamp(stream, Math.min(available, 10_007));
    assert.equal(first, position % 65_536);
    assert.equal(lost, 0);
    position += Math.min(available, 10_007);
  }
  return { start, frames: end - start, lostBefore: 0, cause: undefined };
}

/** Reads to the end in the given rhythm, over and over; returns the runs, and the loss at the end as an empty one. */
function readAll(
  stream: HostStream,
  clock: { now: number },
  steps: readonly { wait: number; block: number }[],
): Run[] {
  const runs: Run[] = [];
  let position = 0;
  const note = (lost: number, frames: number): void => {
    position += lost;
    const last = runs.at(-1);
    if (last === undefined || lost > 0) {
      runs.push({
        start: position,
        frames,
        lostBefore: lost,
        cause: lost > 0 ? stream.lossCause : undefined,
      });
    } else {
      runs[runs.length - 1] = { ...last, frames: last.frames + frames };
    }
    position += frames;
  };
  stream.start();
  for (let round = 0; ; round++) {
    const { wait, block } = steps[round % steps.length] ?? { wait: 1, block: 1 };
    clock.now += wait + 1;
    let available: number;
    try {
      available = stream.readAvailable();
    } catch (error) {
      assert.ok(error instanceof AudioError && error.code === "device-lost");
      const lost = stream.read(new Uint8Array(0), 0);
      if (lost > 0) {
        note(lost, 0);
      }
      return runs;
    }
    assert.notEqual(available, ENDED);
    const frames = Math.min(available, block);
    if (frames > 0) {
      const { first, lost } = readRamp(stream, frames);
      note(lost, frames);
      assert.equal(first, (position - frames) % 65_536);
    }
  }
}

/** The same from a table of all frames: a slow and simple second way to the same answer. */
function expectedRuns(
  overruns: readonly { at: number; frames: number }[],
  stalls: readonly { at: number; seconds: number }[],
  unplugAt: number,
  rate: number,
): Run[] {
  const end = Math.round(unplugAt * rate);
  const lost = Array.from({ length: end }, () => false);
  const starts = new Map<number, GapCause>();
  for (const { at, frames } of overruns) {
    starts.set(Math.round(at * rate), "overrun");
    lost.fill(true, Math.round(at * rate), Math.round(at * rate) + frames);
  }
  for (const { at, seconds } of stalls) {
    starts.set(Math.round(at * rate), "stall");
    lost.fill(true, Math.round(at * rate), Math.round(at * rate) + Math.round(seconds * rate));
  }
  const runs: Run[] = [];
  for (let frame = 0; frame < end; ) {
    const lossStart = frame;
    while (frame < end && lost[frame] === true) {
      frame += 1;
    }
    const start = frame;
    while (frame < end && lost[frame] === false) {
      frame += 1;
    }
    const lostBefore = start - lossStart;
    const cause = lostBefore > 0 ? starts.get(lossStart) : undefined;
    runs.push({ start, frames: frame - start, lostBefore, cause });
  }
  return runs;
}
