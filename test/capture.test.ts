import assert from "node:assert/strict";
import { test } from "node:test";
import { type HostStream, LOSS_UNKNOWN } from "../src/hosts/host.js";
import { createRing, RingReader } from "../src/ring.js";
import { Capture } from "../src/stream/capture.js";

const SIDE = { channels: 1, format: "int16", latency: 0.01 } as const;

/** A device with a clock that has 80 frames at each poll; `read` is the test's. */
function device(faults: { read?: () => number }): HostStream {
  return {
    sampleRate: 8000,
    input: SIDE,
    output: undefined,
    paced: true,
    primes: false,
    lossCause: "overrun",
    start() {},
    readAvailable: () => 80,
    read: faults.read ?? (() => 0),
    writeAvailable: () => 0,
    write: () => 0,
    reopen() {},
    stop() {},
    abort() {},
    close() {},
  };
}

function captureOf(stream: HostStream): { capture: Capture; reader: RingReader } {
  const ring = createRing(8000, 2);
  const capture = new Capture(stream, { ring, format: "int16", channels: [0] }, 0);
  capture.started(0);
  return { capture, reader: new RingReader(ring) };
}

/** Polls every 10 ms of a made-up clock. */
function pumpFor(capture: Capture, seconds: number): void {
  for (let now = 0; now < seconds * 1000; now += 10) {
    capture.pump(now);
  }
}

test("a reader that is late for long finds one gap, not one for each poll", () => {
  const { capture, reader } = captureOf(device({}));
  pumpFor(capture, 3);
  const target = new Uint8Array(8000 * 2);
  assert.equal(reader.tryReadInto(target, 8000), 8000);
  assert.equal(reader.takeGap(), undefined, "it is told with the frames behind it");
  pumpFor(capture, 0.1);
  assert.equal(reader.takeGap()?.frames, 300 * 80 - 8000);
  assert.equal(reader.hasGap, false);
});

test("after the device was opened anew, what is missing is measured by the clock, within a block", () => {
  let unknown = false;
  const { capture, reader } = captureOf(device({ read: () => (unknown ? LOSS_UNKNOWN : 0) }));
  const target = new Uint8Array(8000 * 2);
  for (let now = 0; now < 1000; now += 10) {
    capture.pump(now);
    reader.tryReadInto(target, 8000);
  }
  // 2.5 s pass in which nothing came.
  unknown = true;
  capture.reopened("device-lost");
  capture.pump(3500);
  const gap = reader.takeGap();
  assert.equal(gap?.cause, "device-lost");
  assert.ok(Math.abs((gap?.frames ?? 0) - 2500 * 8) <= 80, `${gap?.frames} frames`);
  assert.equal(capture.counts.stalls, 1);
});
