import assert from "node:assert/strict";
import { test } from "node:test";
import { AudioError } from "../src/errors.js";
import type { HostStream } from "../src/hosts/host.js";
import { createRing, RingReader } from "../src/ring.js";
import { Capture } from "../src/stream/capture.js";

const SIDE = { channels: 1, format: "int16", latency: 0.01 } as const;

/** A device with a clock that has 80 frames at each poll; `read` and `reopen` are the test's. */
function device(faults: { read?: () => number; reopen?: () => void; paced?: boolean }): HostStream {
  return {
    sampleRate: 8000,
    input: SIDE,
    output: undefined,
    paced: faults.paced ?? true,
    primes: false,
    lossCause: "overrun",
    start() {},
    readAvailable: () => 80,
    read: faults.read ?? (() => 0),
    writeAvailable: () => 0,
    write: () => 0,
    reopen: faults.reopen ?? (() => {}),
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

function hostFault(): never {
  throw new AudioError("host-error", "the driver says no");
}

/** Polls every 10 ms of a made-up clock. */
function pumpFor(capture: Capture, seconds: number): void {
  for (let now = 0; now < seconds * 1000; now += 10) {
    capture.pump(now);
  }
}

test("a device whose reads fail is opened anew and then given up, with the fault as the cause", () => {
  let reopened = 0;
  const { capture } = captureOf(
    device({
      read: hostFault,
      reopen: () => {
        reopened += 1;
      },
    }),
  );
  assert.throws(() => pumpFor(capture, 60), { code: "device-lost", message: /the driver says no/ });
  assert.ok(reopened > 1, `it was opened anew ${reopened} times`);
});

test("a device whose reads fail and work again after it was opened anew goes on", () => {
  let broken = true;
  const { capture, reader } = captureOf(
    device({
      read: () => (broken ? hostFault() : 0),
      reopen: () => {
        broken = false;
      },
    }),
  );
  pumpFor(capture, 5);
  assert.ok(reader.available > 0);
});

test("a source without a clock that cannot be read ends at once: nothing can mend a file", () => {
  const { capture } = captureOf(device({ read: hostFault, paced: false }));
  assert.throws(() => pumpFor(capture, 1), { code: "host-error" });
});

test("a fault of our own is not taken for one of the device", () => {
  const { capture } = captureOf(
    device({
      read: () => {
        throw new RangeError("a mistake");
      },
    }),
  );
  assert.throws(() => pumpFor(capture, 1), RangeError);
});

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
