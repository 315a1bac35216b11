import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AudioError, type AudioErrorCode } from "../src/errors.js";
import type { HostStream } from "../src/hosts/host.js";
import type { RecoveryPolicy } from "../src/stream/protocol.js";
import { DEFAULT_RECOVERY, Recovery } from "../src/stream/recovery.js";

/** A device that can only be opened anew. */
function device(reopen: (standIn: boolean) => void, paced = true): HostStream {
  return {
    sampleRate: 8000,
    input: undefined,
    output: undefined,
    paced,
    primes: false,
    lossCause: "overrun",
    start() {},
    readAvailable: () => 0,
    read: () => 0,
    writeAvailable: () => 0,
    write: () => 0,
    reopen: (standIn = false) => reopen(standIn),
    stop() {},
    abort() {},
    close() {},
  };
}

function fault(code: AudioErrorCode, text = "the driver says no"): AudioError {
  return new AudioError(code, text);
}

/** Polls every 10 ms of a made-up clock; `poll` says whether frames came. Returns the times of reopening. */
function watchFor(
  recovery: Recovery,
  seconds: number,
  poll: (now: number) => boolean | AudioError,
): number[] {
  const reopened: number[] = [];
  recovery.started(0);
  for (let now = 0; now < seconds * 1000; now += 10) {
    const came = poll(now);
    if (came === true) {
      recovery.progress(now);
    } else if (came instanceof AudioError) {
      recovery.fault(came, now);
    }
    if (recovery.watch(now)) {
      reopened.push(now);
    }
  }
  return reopened;
}

/** A recovery on the made-up clock: `clock` tells the time that an attempt to open the device takes. */
function watcher(
  stream: HostStream,
  recovery: RecoveryPolicy,
  latency: number,
  clock: () => number = () => 0,
): Recovery {
  return new Recovery(stream, recovery, latency, clock);
}

function policy(onDeviceLost: RecoveryPolicy["onDeviceLost"], waitSeconds: number): RecoveryPolicy {
  return { onDeviceLost, waitSeconds };
}

describe("stalls", () => {
  test("a device that makes progress is left alone", () => {
    const recovery = watcher(
      device(() => assert.fail("it was opened anew")),
      DEFAULT_RECOVERY,
      0.01,
    );
    assert.deepEqual(
      watchFor(recovery, 60, () => true),
      [],
    );
  });

  test("a running device that gives nothing is opened anew after a quarter of a second, or four of its buffers", () => {
    for (const [latency, expected] of [
      [0.01, 1250],
      [0.25, 2000],
    ] as const) {
      const recovery = watcher(
        device(() => {}),
        DEFAULT_RECOVERY,
        latency,
      );
      const [first] = watchFor(recovery, 3, (now) => now <= 1000);
      assert.equal(first, expected);
    }
  });

  test("a device that was just started has five seconds for its first frame", () => {
    const recovery = watcher(
      device(() => {}),
      DEFAULT_RECOVERY,
      0.01,
    );
    assert.equal(watchFor(recovery, 6, () => false)[0], 5000);
  });

  test("a device that stays silent however often it is opened anew is given up as stalled", () => {
    const recovery = watcher(
      device(() => {}),
      DEFAULT_RECOVERY,
      0.01,
    );
    assert.throws(() => watchFor(recovery, 60, () => false), {
      code: "stalled",
      message: /since it was started for 13 s/,
    });
  });
});

describe("pauses of the thread itself", () => {
  test("a time in which the thread did not look is not held against the device", () => {
    let reopened = 0;
    const recovery = watcher(
      device(() => {
        reopened += 1;
      }),
      DEFAULT_RECOVERY,
      0.01,
    );
    recovery.started(0);
    recovery.progress(10);
    // The process was stopped for a minute. What came meanwhile is there a moment later.
    assert.equal(recovery.watch(60_010), false);
    assert.equal(recovery.watch(60_200), false);
    recovery.progress(60_200);
    assert.equal(reopened, 0);
    // Another one, and then the device is silent indeed: it still has all of waitSeconds.
    assert.equal(recovery.watch(120_200), false);
    assert.equal(recovery.watch(120_449), false);
    assert.equal(recovery.watch(120_450), true);
  });

  test("a device whose calls hold the thread is opened anew, and given up in the end", () => {
    const recovery = watcher(
      device(() => {}),
      DEFAULT_RECOVERY,
      0.01,
    );
    recovery.started(0);
    recovery.progress(0);
    const reopened: number[] = [];
    assert.throws(
      () => {
        for (let now = 400; now < 60_000; now += 400) {
          if (recovery.watch(now)) {
            reopened.push(now);
          }
        }
      },
      { code: "stalled" },
    );
    assert.deepEqual(reopened, [800, 3600, 6400, 9200]);
  });

  test("a device that hangs while it is opened has its time for frames from then on, within waitSeconds", () => {
    let time = 0;
    const recovery = watcher(
      device(() => {
        time += 4000;
      }),
      DEFAULT_RECOVERY,
      0.01,
      () => time,
    );
    recovery.started(0);
    recovery.progress(0);
    const reopened: number[] = [];
    assert.throws(
      () => {
        for (; time < 60_000; time += 10) {
          const now = time;
          if (recovery.watch(now)) {
            reopened.push(now);
          }
        }
      },
      { code: "stalled" },
    );
    assert.deepEqual(reopened, [250, 6750]);
  });
});

describe("faults", () => {
  test("a device whose calls fail is opened anew and then given up, with the fault as the cause", () => {
    let reopened = 0;
    const recovery = watcher(
      device(() => {
        reopened += 1;
      }),
      DEFAULT_RECOVERY,
      0.01,
    );
    assert.throws(() => watchFor(recovery, 60, () => fault("host-error")), {
      code: "device-lost",
      message: /the driver says no/,
    });
    assert.ok(reopened > 1);
  });

  test("a source without a clock that fails ends at once: nothing can mend a file", () => {
    const recovery = watcher(
      device(() => {}, false),
      DEFAULT_RECOVERY,
      0,
    );
    assert.throws(() => recovery.fault(fault("host-error"), 0), { code: "host-error" });
  });

  test("a fault of our own, or of a processor, is not taken for one of the device", () => {
    const recovery = watcher(
      device(() => {}),
      policy("wait", 60),
      0.01,
    );
    assert.throws(() => recovery.fault(new RangeError("a mistake"), 0), RangeError);
    for (const code of ["internal", "processor-failed", "malformed-file"] as const) {
      assert.throws(() => recovery.fault(fault(code), 0), { code });
    }
  });

  test("the cause of the frames that are missing is that the device was away only when it said so", () => {
    const recovery = watcher(
      device(() => {}),
      DEFAULT_RECOVERY,
      0.01,
    );
    recovery.started(0);
    assert.equal(recovery.cause, "stall");
    recovery.fault(fault("host-error"), 10);
    assert.equal(recovery.cause, "device-lost");
    recovery.progress(20);
    assert.equal(recovery.cause, "stall");
  });
});

describe("policies", () => {
  test('with "fail" a device that says that it is gone ends the stream at once', () => {
    const recovery = watcher(
      device(() => {}),
      policy("fail", 60),
      0.01,
    );
    assert.throws(() => recovery.fault(fault("device-lost"), 0), { code: "device-lost" });
  });

  test('with "wait" it is tried four times a second until it is back', () => {
    let tries = 0;
    const recovery = watcher(
      device(() => {
        tries += 1;
        if (tries < 20) {
          throw fault("device-not-found");
        }
      }),
      policy("wait", 60),
      0.01,
    );
    const [back] = watchFor(recovery, 10, (now) => now < 1000 || fault("device-lost"));
    assert.equal(tries >= 20, true);
    assert.ok(back !== undefined && back > 5000 && back < 8000, `${back}`);
  });

  test('with "wait" it is given up after waitSeconds, with the first fault as the cause', () => {
    const recovery = watcher(
      device(() => {
        throw fault("device-not-found", "no such device");
      }),
      policy("wait", 3),
      0.01,
    );
    assert.throws(
      () => watchFor(recovery, 60, (now) => now < 1000 || fault("device-lost", "unplugged")),
      { code: "device-lost", message: /for 3 s .* unplugged/ },
    );
  });

  test('with "default-device" the device itself is tried for a second, then the default stands in', () => {
    const asked: boolean[] = [];
    const recovery = watcher(
      device((standIn) => {
        asked.push(standIn);
        if (!standIn) {
          throw fault("device-not-found");
        }
      }),
      policy("default-device", 60),
      0.01,
    );
    const [back] = watchFor(recovery, 5, (now) => now < 1000 || now > 3000);
    assert.ok(back !== undefined && back > 2000 && back < 3000, `${back}`);
    assert.equal(asked[0], false);
    assert.equal(asked.at(-1), true);
  });
});
