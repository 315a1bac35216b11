import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { bytesPerFrame, SAMPLE_FORMATS, silenceByte } from "../../src/format.js";
import type { HostStream } from "../../src/hosts/host.js";
import { convertFrames } from "../../src/samples.js";
import {
  clockedHost,
  count,
  isError,
  readCount,
  request,
  silence,
  type TestClock,
  type Wanted,
  writeCount,
} from "./rig.js";

const SEED = 20_260_731;
const CHUNK = 65_536;

describe("a loopback with a clock", () => {
  test("hears output frame 0, written before the start, as input frame `latency`, and silence before", () => {
    for (const [latency, frames] of [
      [0, 0],
      [0.01, 10],
      [0.0256, 26],
      [1, 1000],
    ] as const) {
      const { stream, clock } = duplex(`virtual:loopback?latency=${latency}`, {
        outputLatency: 0.5,
      });
      assert.equal(stream.writeAvailable(), 500);
      assert.equal(writeCount(stream, 1, 500), 0);
      assert.equal(stream.readAvailable(), 0);
      clock.now = 123;
      stream.start();
      assert.equal(stream.readAvailable(), 0);
      clock.now += frames + 500;
      assert.equal(stream.readAvailable(), frames + 500);
      assert.deepEqual(readCount(stream, frames + 500), {
        samples: [...silence(frames), ...count(1, 500)],
        lost: 0,
      });
    }
  });

  test("hears silence where its output ran dry, for as long as the output tells", () => {
    const { stream, clock } = duplex("virtual:loopback?latency=0.005");
    stream.writeAvailable();
    writeCount(stream, 1, 20);
    stream.start();
    clock.now = 33;
    stream.writeAvailable();
    assert.equal(writeCount(stream, 21, 10), 13);
    clock.now = 60;
    assert.equal(stream.readAvailable(), 60);
    assert.deepEqual(readCount(stream, 60).samples, [
      ...silence(5),
      ...count(1, 20),
      ...silence(13),
      ...count(21, 10),
      ...silence(12),
    ]);
  });

  test("keeps what is played last and heard first apart over a stop", () => {
    const { stream, clock } = duplex("virtual:loopback?latency=0.01");
    stream.writeAvailable();
    writeCount(stream, 1, 40);
    stream.start();
    clock.now = 20;
    stream.stop();
    clock.now = 9000;
    assert.equal(stream.readAvailable(), 0);
    assert.equal(stream.writeAvailable(), 50);
    assert.equal(writeCount(stream, 41, 30), 0);
    stream.start();
    // The stop played the 20 frames that were queued: they were heard, all but the last 10.
    assert.equal(stream.readAvailable(), 40);
    clock.now = 9040;
    assert.equal(stream.readAvailable(), 80);
    assert.deepEqual(readCount(stream, 80).samples, [...silence(10), ...count(1, 70)]);
  });

  test("does not hear what an abort dropped", () => {
    const { stream, clock } = duplex("virtual:loopback?latency=0.01");
    stream.writeAvailable();
    writeCount(stream, 1, 40);
    stream.start();
    clock.now = 20;
    stream.abort();
    stream.writeAvailable();
    assert.equal(writeCount(stream, 101, 5), 0);
    stream.start();
    clock.now = 60;
    assert.equal(stream.readAvailable(), 60);
    assert.deepEqual(readCount(stream, 60).samples, [
      ...silence(10),
      ...count(1, 20),
      ...count(101, 5),
      ...silence(25),
    ]);
  });

  test("loses frames of its input by overruns and stalls, while its output goes on", () => {
    const { stream, clock } = duplex("virtual:loopback?latency=0&overrun=0.01:5&stall=0.02:0.02");
    stream.writeAvailable();
    writeCount(stream, 1, 50);
    stream.start();
    clock.now = 39;
    assert.equal(stream.writeAvailable(), 39);
    assert.equal(stream.readAvailable(), 10);
    assert.deepEqual(readCount(stream, 10), { samples: count(1, 10), lost: 0 });
    assert.equal(stream.readAvailable(), 5);
    assert.deepEqual(readCount(stream, 5), { samples: count(16, 5), lost: 5 });
    assert.equal(stream.readAvailable(), 0);
    clock.now = 50;
    assert.equal(stream.readAvailable(), 10);
    assert.deepEqual(readCount(stream, 10), { samples: count(41, 10), lost: 20 });
    assert.equal(stream.lossCause, "stall");
  });

  test("holds two seconds for a late reader; what is older is lost and counted", () => {
    const { stream, clock } = duplex("virtual:loopback?latency=0.01");
    let written = 0;
    const playUntil = (now: number): void => {
      while (clock.now < now) {
        clock.now += 10;
        const room = stream.writeAvailable();
        assert.equal(writeCount(stream, written + 1, room), 0);
        written += room;
      }
    };
    stream.writeAvailable();
    writeCount(stream, 1, 50);
    written = 50;
    stream.start();
    playUntil(2000);
    assert.equal(stream.readAvailable(), 2000);
    assert.equal(readCount(stream, 10).lost, 0);
    playUntil(5000);
    assert.equal(stream.readAvailable(), 2000);
    assert.deepEqual(readCount(stream, 2000), { samples: count(2991, 2000), lost: 2990 });
    assert.equal(stream.lossCause, "overrun");
    playUntil(5100);
    stream.readAvailable();
    assert.deepEqual(readCount(stream, 100), { samples: count(4991, 100), lost: 0 });
  });

  test("counts what a late reader lost together with the faults in it, up to the unplugging", () => {
    const device = "virtual:loopback?overrun=0.5:10&stall=2.9:0.5&overrun=4.5:5&unplug=5";
    const { stream, clock } = duplex(device);
    stream.start();
    clock.now = 4990;
    // Frames are held from second 2.99 on, which is in the stall.
    assert.equal(stream.readAvailable(), 1100);
    assert.equal(readCount(stream, 1100).lost, 3400);
    assert.equal(stream.lossCause, "overrun");
    clock.now = 9000;
    assert.throws(() => stream.readAvailable(), isError("device-lost"));
    assert.equal(stream.read(new Uint8Array(0), 0), 500);
  });

  test("tells a stall that is longer than it holds frames as one stall", () => {
    const { stream, clock } = duplex("virtual:loopback?stall=0.1:5");
    stream.start();
    clock.now = 100;
    assert.equal(stream.readAvailable(), 100);
    readCount(stream, 100);
    clock.now = 4000;
    assert.equal(stream.readAvailable(), 0);
    clock.now = 5200;
    assert.equal(stream.readAvailable(), 100);
    assert.equal(readCount(stream, 1).lost, 5000);
    assert.equal(stream.lossCause, "stall");
  });

  test("has a buffer of one second at most, and periods of at most half of that", () => {
    const { host } = clockedHost();
    const wanted = { device: "virtual:loopback", sampleRate: 48_000, input: 1, output: 1 };
    const deep = host.open(request({ ...wanted, outputLatency: 9 }));
    assert.equal(deep.writeAvailable(), 48_000);
    assert.equal(deep.output?.latency, 1);
    const slow = host.open(request({ ...wanted, framesPerBuffer: 2 ** 20 }));
    assert.equal(slow.input?.latency, 0.5);
    assert.equal(slow.output?.latency, 1);
  });

  test("any writes and reads in any rhythm give what was played, one latency later", () => {
    const steps = fc.array(
      fc.record({ wait: fc.nat(120), write: fc.nat(100), read: fc.nat(200) }),
      { minLength: 1, maxLength: 40 },
    );
    fc.assert(
      fc.property(fc.nat(60), fc.nat(100), steps, (latency, primed, rhythm) => {
        const { stream, clock } = duplex(`virtual:loopback?latency=${latency / 1000}`, {
          outputLatency: 0.1,
        });
        const played: number[] = [];
        const heard: number[] = [];
        const put = (frames: number): void => {
          const room = Math.min(stream.writeAvailable(), frames);
          if (room > 0) {
            const first = played.length + 1;
            const dry = writeCount(stream, first, room);
            played.push(...silence(dry), ...count(first, room));
          }
        };
        put(primed);
        stream.start();
        for (const { wait, write, read } of rhythm) {
          clock.now += wait;
          put(write);
          const frames = Math.min(stream.readAvailable(), read);
          const { samples, lost } = readCount(stream, frames);
          assert.equal(lost, 0);
          heard.push(...samples);
        }
        const expected = heard.map((_, index) => played[index - latency] ?? 0);
        assert.deepEqual(heard, expected);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  test("that comes back hears what was played before, then what is played after, and counts the rest", () => {
    const { stream, clock } = duplex("virtual:loopback?latency=0.01&unplug=0.1&replug=0.2");
    stream.start();
    clock.now = 90;
    stream.writeAvailable();
    writeCount(stream, 1, 50);
    clock.now = 150;
    assert.throws(() => stream.writeAvailable(), isError("device-lost"));
    assert.equal(stream.readAvailable(), 100);
    assert.deepEqual(readCount(stream, 100).samples, silence(100));
    assert.throws(() => stream.readAvailable(), isError("device-lost"));
    clock.now = 203;
    stream.reopen();
    stream.writeAvailable();
    assert.equal(writeCount(stream, 1001, 5), 103);
    clock.now = 230;
    assert.equal(stream.readAvailable(), 27);
    assert.deepEqual(readCount(stream, 27), {
      samples: [...silence(10), ...count(1001, 5), ...silence(12)],
      lost: 103,
    });
    assert.equal(stream.lossCause, "device-lost");
  });

  test("hears nothing that was queued when it was unplugged, however short it was away", () => {
    const { stream, clock } = duplex("virtual:loopback?latency=0&unplug=0.1&replug=0.11");
    stream.start();
    clock.now = 90;
    stream.writeAvailable();
    writeCount(stream, 1, 50);
    clock.now = 110;
    stream.reopen();
    clock.now = 150;
    assert.equal(stream.readAvailable(), 100);
    assert.deepEqual(readCount(stream, 100).samples, [...silence(90), ...count(1, 10)]);
    assert.equal(stream.readAvailable(), 40);
    assert.deepEqual(readCount(stream, 40), { samples: silence(40), lost: 10 });
  });
});

describe("a fast loopback", () => {
  test("has heard exactly what was written and the latency before it", () => {
    const { stream, clock } = duplex("virtual:loopback?pace=fast&latency=0.7", {
      framesPerBuffer: 64,
    });
    assert.equal(stream.paced, false);
    assert.equal(stream.writeAvailable(), CHUNK);
    writeCount(stream, 1, 300);
    assert.equal(stream.readAvailable(), 0, "it is not started");
    stream.start();
    clock.now = 1e6;
    assert.equal(stream.readAvailable(), 1000);
    assert.deepEqual(readCount(stream, 900).samples, [...silence(700), ...count(1, 200)]);
    assert.equal(stream.readAvailable(), 100);
    assert.deepEqual(readCount(stream, 100).samples, count(201, 100));
    assert.equal(stream.readAvailable(), 0);
    stream.writeAvailable();
    assert.equal(writeCount(stream, 301, 50), 0);
    assert.equal(stream.readAvailable(), 50);
    assert.deepEqual(readCount(stream, 50), { samples: count(301, 50), lost: 0 });
  });

  test("stops taking when four chunks were not read, and goes on when they are", () => {
    const { stream } = duplex("virtual:loopback?pace=fast");
    stream.start();
    const bytes = new Uint8Array(2 * CHUNK);
    for (let chunk = 0; chunk < 4; chunk++) {
      assert.equal(stream.writeAvailable(), CHUNK);
      stream.write(bytes.fill(chunk + 1), CHUNK);
    }
    assert.equal(stream.writeAvailable(), 0);
    assert.equal(stream.readAvailable(), 4 * CHUNK + 10);
    stream.read(new Uint8Array(20), 10);
    assert.equal(stream.writeAvailable(), 10);
    for (let chunk = 0; chunk < 4; chunk++) {
      assert.ok(stream.readAvailable() >= CHUNK);
      assert.equal(stream.read(bytes, CHUNK), 0);
      assert.ok(bytes.every((byte) => byte === chunk + 1));
    }
    assert.equal(stream.writeAvailable(), CHUNK);
  });

  test("gives the same frames and the same losses in any rhythm", () => {
    const device =
      "virtual:loopback?pace=fast&latency=0.03&overrun=0.2:33&stall=0.5:0.1&unplug=0.9&replug=1.5&overrun=1.6:10";
    const steps = fc.array(fc.record({ write: fc.nat(150), read: fc.nat(150) }), {
      minLength: 1,
      maxLength: 20,
    });
    const expected = play(device, [{ write: 1, read: 1 }]);
    assert.deepEqual(expected.losses, [
      [200, 33, "overrun"],
      [500, 100, "stall"],
      [900, 600, "device-lost"],
      [1600, 10, "overrun"],
    ]);
    assert.equal(expected.silence, 600);
    fc.assert(
      fc.property(steps, (rhythm) => {
        fc.pre(rhythm.some(({ write }) => write > 0) && rhythm.some(({ read }) => read > 0));
        assert.deepEqual(play(device, rhythm), expected);
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  test("is refused for input alone, and is a fast sink for output alone", () => {
    const { host } = clockedHost();
    const device = "virtual:loopback?pace=fast";
    const alone = request({ device, input: 1 });
    for (const call of [() => host.checkSupported(alone), () => host.open(alone)]) {
      assert.throws(
        call,
        isError("format-not-supported", /input alone.*both directions.*realtime/),
      );
    }
    const stream = host.open(request({ device, output: 1 }));
    for (let chunk = 0; chunk < 10; chunk++) {
      assert.equal(stream.writeAvailable(), CHUNK);
      assert.equal(stream.write(new Uint8Array(CHUNK * 2), CHUNK), 0);
    }
    assert.throws(() => stream.readAvailable(), isError("format-not-supported", /input/));
  });
});

describe("samples through a loopback", () => {
  for (const pace of ["realtime", "fast"]) {
    for (const format of SAMPLE_FORMATS) {
      test(`come back bit by bit as ${format}, pace ${pace}`, () => {
        const frames = 50;
        const { stream, clock } = duplex(`virtual:loopback?latency=0&channels=3&pace=${pace}`, {
          format,
          input: 3,
          output: 3,
        });
        const bytes = randomBytes(frames * bytesPerFrame(format, 3));
        stream.writeAvailable();
        stream.write(bytes, frames);
        stream.start();
        clock.now = frames;
        assert.equal(stream.readAvailable(), frames);
        const heard = new Uint8Array(bytes.length);
        stream.read(heard, frames);
        assert.deepEqual(heard, bytes);
      });
    }
  }

  for (const from of SAMPLE_FORMATS) {
    test(`are converted from ${from} to every other format as everywhere`, () => {
      for (const to of SAMPLE_FORMATS) {
        const frames = 40;
        const { stream } = duplex("virtual:loopback?latency=0.002&pace=fast", {
          format: to,
          outputFormat: from,
          input: 2,
          output: 2,
        });
        const bytes = randomBytes(frames * bytesPerFrame(from, 2));
        stream.writeAvailable();
        stream.write(bytes, frames);
        stream.start();
        assert.equal(stream.readAvailable(), frames + 2);
        const heard = new Uint8Array((frames + 2) * bytesPerFrame(to, 2));
        stream.read(heard, frames + 2);
        const before = 2 * bytesPerFrame(to, 2);
        const expected = new Uint8Array(heard.length).fill(silenceByte(to), 0, before);
        const source = { bytes, format: from, channels: 2 };
        convertFrames(source, undefined, frames, expected.subarray(before), to);
        assert.deepEqual(heard, expected, `${from} to ${to}`);
      }
    });
  }

  test("stay in their channel; channels that only one side has are silent", () => {
    for (const [outputs, inputs, heard] of [
      [1, 3, [1, 0, 0, 2, 0, 0]],
      [3, 1, [1, 4]],
      [2, 2, [1, 2, 3, 4]],
      [4, 3, [1, 2, 3, 5, 6, 7]],
    ] as const) {
      for (const [format, zero] of [
        ["int8", 0],
        ["uint8", 0x80],
      ] as const) {
        const { stream } = duplex("virtual:loopback?latency=0&channels=4&pace=fast", {
          format,
          input: inputs,
          output: outputs,
        });
        const bytes = Uint8Array.from(count(1, 2 * outputs), (value) => value ^ zero);
        stream.writeAvailable();
        stream.write(bytes, 2);
        stream.start();
        stream.readAvailable();
        const got = new Uint8Array(2 * inputs);
        stream.read(got, 2);
        assert.deepEqual(
          [...got].map((value) => value ^ zero),
          [...heard],
          `${outputs} to ${inputs} as ${format}`,
        );
      }
    }
  });
});

/** A mono loopback at 1,000 Hz with both directions open: a millisecond is a frame and a period. */
function duplex(
  device: string,
  change: Partial<Wanted> = {},
): { stream: HostStream; clock: TestClock } {
  const { host, clock } = clockedHost();
  const wanted = { device, input: 1, output: 1, framesPerBuffer: 1, ...change };
  return { stream: host.open(request(wanted)), clock };
}

/** Writes 1, 2, 3, ... to a fast loopback and reads 1,700 frames of its time, opening it anew when it is lost. */
function play(
  device: string,
  rhythm: readonly { readonly write: number; readonly read: number }[],
): { heard: number[]; losses: (readonly [number, number, string])[]; silence: number } {
  const { stream } = duplex(device);
  const heard: number[] = [];
  const losses: (readonly [number, number, string])[] = [];
  let position = 0;
  let written = 0;
  let dry = 0;
  stream.start();
  for (let round = 0; position < 1700; round++) {
    const { write, read } = rhythm[round % rhythm.length] ?? { write: 1, read: 1 };
    try {
      const frames = Math.min(read, stream.readAvailable(), 1700 - position);
      const { samples, lost } = readCount(stream, frames);
      if (lost > 0) {
        losses.push([position, lost, stream.lossCause]);
      }
      position += lost + frames;
      heard.push(...samples);
    } catch (error) {
      assert.ok(isError("device-lost")(error));
      stream.reopen();
    }
    try {
      const room = Math.min(write, stream.writeAvailable());
      dry += writeCount(stream, written + 1, room);
      written += room;
    } catch (error) {
      assert.ok(isError("device-lost")(error));
      assert.equal(written, 900);
    }
  }
  const lost = losses.reduce((sum, [, frames]) => sum + frames, 0);
  return { heard: heard.slice(0, 1700 - lost), losses, silence: dry };
}

/** The same bytes in every run; no floats that are not numbers among them. */
function randomBytes(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, (_, index) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const byte = state >>> 24;
    return index % 4 === 3 ? byte & 0xbf : byte;
  });
}
