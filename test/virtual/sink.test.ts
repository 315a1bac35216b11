import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { HostStream } from "../../src/hosts/host.js";
import { virtualDevice } from "../../src/hosts/virtual/spec-text.js";
import { clockedHost, isError, request, type TestClock, type Wanted } from "./rig.js";

const SEED = 20_260_731;
const CHUNK = 65_536;

describe("a sink with a clock", () => {
  test("has a buffer of the asked latency, but of two periods at least", () => {
    const { host } = clockedHost();
    const rate = 44_100;
    for (const [framesPerBuffer, outputLatency, buffer] of [
      [0, 0, 882],
      [0, 0.1, 4410],
      [0, 0.10001, 4410],
      [3000, 0.1, 6000],
      [1, 0, 2],
      [2 ** 20, 0.1, 2 ** 21],
    ] as const) {
      const wanted = { device: "virtual:sink", sampleRate: rate, framesPerBuffer, outputLatency };
      const stream = host.open(request({ ...wanted, output: 2 }));
      assert.equal(stream.paced, true);
      assert.equal(stream.primes, true);
      assert.equal(stream.input, undefined);
      assert.deepEqual(stream.output, { channels: 2, format: "int16", latency: buffer / rate });
      assert.equal(stream.writeAvailable(), buffer);
    }
  });

  test("can be filled before it starts, and then takes what the clock says", () => {
    const { stream, clock } = openSink("virtual:sink", 100);
    assert.equal(write(stream, 60), 0);
    assert.equal(stream.writeAvailable(), 40);
    clock.now = 5000;
    assert.equal(stream.writeAvailable(), 40);
    stream.start();
    assert.equal(stream.writeAvailable(), 40);
    clock.now = 5000.9;
    assert.equal(stream.writeAvailable(), 40);
    clock.now = 5010;
    assert.equal(stream.writeAvailable(), 50);
    assert.equal(write(stream, 50), 0);
    assert.equal(stream.writeAvailable(), 0);
    clock.now = 9999;
    assert.equal(stream.writeAvailable(), 100);
  });

  test("tells the next write exactly how much silence it has played, once", () => {
    const { stream, clock } = openSink("virtual:sink", 100);
    write(stream, 30);
    stream.start();
    clock.now = 30;
    assert.equal(write(stream, 10), 0, "the last frame has just been played");
    clock.now = 41;
    assert.equal(write(stream, 10), 1);
    assert.equal(write(stream, 10), 0);
    clock.now = 1000;
    assert.equal(stream.writeAvailable(), 100);
    assert.equal(write(stream, 0), 0, "a write of nothing tells nothing");
    assert.equal(write(stream, 1), 1000 - 61);
  });

  test("counts the silence before the first write after the start", () => {
    const { stream, clock } = openSink("virtual:sink", 100);
    clock.now = 777;
    stream.start();
    clock.now += 250;
    assert.equal(write(stream, 20), 250);
  });

  test("takes nothing in a stall, and plays no silence in it either", () => {
    const { stream, clock } = openSink("virtual:sink?stall=0.1:0.5", 200);
    write(stream, 150);
    stream.start();
    clock.now = 100;
    assert.equal(stream.writeAvailable(), 150);
    for (const now of [101, 350, 600]) {
      clock.now = now;
      assert.equal(stream.writeAvailable(), 150, `at ${now} ms`);
      stream.reopen();
    }
    clock.now = 620;
    assert.equal(stream.writeAvailable(), 170);
    clock.now = 655;
    assert.equal(write(stream, 1), 5);
    const dry = openSink("virtual:sink?stall=0.1:0.5", 200);
    dry.stream.start();
    dry.clock.now = 700;
    assert.equal(write(dry.stream, 1), 200);
  });

  test("stands still while it is stopped", () => {
    const { stream, clock } = openSink("virtual:sink", 100);
    stream.start();
    clock.now = 10;
    stream.stop();
    clock.now = 5000;
    assert.equal(stream.writeAvailable(), 100);
    assert.equal(write(stream, 50), 10, "the silence before the stop");
    stream.start();
    clock.now = 5020;
    assert.equal(stream.writeAvailable(), 70);
    assert.equal(write(stream, 1), 0);
  });

  test("plays what is queued when it is stopped, and drops it when it is aborted", () => {
    const stopped = openSink("virtual:sink?stall=0.02:0.1&unplug=0.3", 100);
    write(stopped.stream, 80);
    stopped.stream.start();
    stopped.clock.now = 10;
    stopped.stream.stop();
    assert.equal(stopped.stream.writeAvailable(), 100);
    assert.equal(write(stopped.stream, 10), 0);
    // 80 frames and the stall have passed, as if the stop had waited.
    stopped.stream.start();
    stopped.clock.now = 10 + 119;
    stopped.stream.writeAvailable();
    stopped.clock.now = 10 + 120;
    assert.throws(() => stopped.stream.writeAvailable(), isError("device-lost"));

    const aborted = openSink("virtual:sink", 100);
    write(aborted.stream, 80);
    aborted.stream.start();
    aborted.clock.now = 10;
    aborted.stream.abort();
    assert.equal(aborted.stream.writeAvailable(), 100);
    aborted.stream.start();
    aborted.clock.now = 15;
    assert.equal(write(aborted.stream, 1), 5);

    const primed = openSink("virtual:sink", 100);
    write(primed.stream, 80);
    primed.stream.abort();
    assert.equal(primed.stream.writeAvailable(), 100);
  });

  test("any writes in any rhythm are counted as a device that plays frame by frame counts them", () => {
    const ms = (most: number): fc.Arbitrary<number> => fc.integer({ min: 1, max: most });
    const stalls = fc.array(fc.record({ at: fc.nat(300), length: ms(60) }), { maxLength: 3 });
    const steps = fc.array(
      fc.record({
        wait: fc.nat(60),
        frames: fc.nat(60),
        end: fc.constantFrom("go on", "go on", "stop", "abort"),
      }),
      { minLength: 1, maxLength: 30 },
    );
    fc.assert(
      fc.property(stalls, ms(80), fc.nat(50), steps, (given, buffer, primed, rhythm) => {
        const device = virtualDevice("sink", {
          stalls: given.map(({ at, length }) => ({ at: at / 1000, seconds: length / 1000 })),
        });
        const { stream, clock } = openSink(device, buffer, 1);
        const model = new SinkModel(given, Math.max(2, buffer));
        const put = (frames: number): void => {
          assert.equal(stream.writeAvailable(), model.room);
          const part = Math.min(frames, model.room);
          assert.equal(part === 0 ? 0 : write(stream, part), part === 0 ? 0 : model.write(part));
        };
        put(primed);
        for (const { wait, frames, end } of rhythm) {
          stream.start();
          clock.now += wait;
          model.pass(wait);
          put(frames);
          if (end === "stop") {
            stream.stop();
            model.drain();
            clock.now += 12_345;
          } else if (end === "abort") {
            stream.abort();
            model.queued = 0;
            clock.now += 12_345;
          }
        }
      }),
      { seed: SEED, numRuns: 1000 },
    );
  });
});

describe("a fast sink", () => {
  test("has room for a chunk at any time, takes it at once and never runs dry", () => {
    const { stream, clock } = openSink("virtual:sink?pace=fast&stall=0.1:5", 100);
    assert.equal(stream.paced, false);
    assert.equal(stream.output?.latency, 0);
    assert.equal(stream.writeAvailable(), CHUNK);
    assert.equal(write(stream, 1000), 0);
    stream.start();
    for (let round = 0; round < 50; round++) {
      clock.now += 10_000;
      assert.equal(stream.writeAvailable(), CHUNK);
      assert.equal(stream.write(new Uint8Array(2 * 4096), 4096), 0);
    }
    stream.stop();
    assert.equal(stream.writeAvailable(), CHUNK);
    stream.abort();
    assert.equal(stream.writeAvailable(), CHUNK);
  });
});

describe("any sink", () => {
  test("refuses to take more than it has promised", () => {
    const { stream } = openSink("virtual:sink", 100);
    assert.throws(() => stream.write(new Uint8Array(2), 1), isError("internal", /room for 0/));
    assert.equal(stream.writeAvailable(), 100);
    assert.equal(stream.write(new Uint8Array(200), 60), 0);
    assert.throws(() => stream.write(new Uint8Array(82), 41), isError("internal", /room for 40/));
  });

  test("has no input", () => {
    const { host } = clockedHost();
    const { stream } = openSink("virtual:sink", 100);
    for (const call of [() => stream.readAvailable(), () => stream.read(new Uint8Array(0), 0)]) {
      assert.throws(call, isError("format-not-supported", /input/));
    }
    assert.throws(
      () => host.open(request({ device: "virtual:sink", input: 1, output: 1 })),
      isError("format-not-supported", /virtual:sink has no input channels/),
    );
  });

  test("is closed for everything after close, which may come twice", () => {
    const { stream } = openSink("virtual:sink", 100);
    stream.start();
    stream.close();
    stream.close();
    stream.stop();
    stream.abort();
    for (const call of [
      () => stream.start(),
      () => stream.writeAvailable(),
      () => stream.write(new Uint8Array(0), 0),
      () => stream.reopen(),
    ]) {
      assert.throws(call, isError("stream-closed"));
    }
  });
});

/** A sink as a list of facts that time passes through one frame after another. */
class SinkModel {
  queued = 0;
  #silence = 0;
  #time = 0;
  readonly #stalls: readonly { readonly at: number; readonly length: number }[];
  readonly #buffer: number;

  constructor(stalls: readonly { readonly at: number; readonly length: number }[], buffer: number) {
    this.#stalls = stalls;
    this.#buffer = buffer;
  }

  get room(): number {
    return this.#buffer - this.queued;
  }

  write(frames: number): number {
    const silence = this.#silence;
    this.#silence = 0;
    this.queued += frames;
    return silence;
  }

  pass(frames: number): void {
    for (let left = frames; left > 0; left--) {
      const time = this.#time++;
      const stalled = this.#stalls.some(({ at, length }) => time >= at && time < at + length);
      if (!stalled && this.queued > 0) {
        this.queued -= 1;
      } else if (!stalled) {
        this.#silence += 1;
      }
    }
  }

  drain(): void {
    while (this.queued > 0) {
      this.pass(1);
    }
  }
}

/** A mono sink at 1,000 Hz: a millisecond is a frame. */
function openSink(
  device: string,
  buffer: number,
  framesPerBuffer = 0,
): { stream: HostStream; clock: TestClock } {
  const { host, clock } = clockedHost();
  const wanted: Wanted = { device, output: 1, outputLatency: buffer / 1000, framesPerBuffer };
  return { stream: host.open(request(wanted)), clock };
}

/** Writes frames for which there must be room. */
function write(stream: HostStream, frames: number): number {
  assert.ok(stream.writeAvailable() >= frames);
  return stream.write(new Uint8Array(frames * 2), frames);
}
