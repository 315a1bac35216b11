import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import {
  AudioError,
  type Device,
  type DeviceChange,
  type WatchDevicesOptions,
  watchDevices,
} from "../src/index.js";
import { ChangeQueue } from "../src/watch/change-queue.js";
import { deviceChanges } from "../src/watch/device-changes.js";
import { type DeviceLister, DeviceWatcher, type WatchPlan } from "../src/watch/device-watcher.js";
import { keepHeld } from "../src/watch/keep-held.js";
import { runScript, type ScriptResult } from "./rig/child.js";

interface Looks {
  readonly inputs?: number;
  readonly outputs?: number;
  readonly index?: number;
}

function device(name: string, defaults = "", looks: Looks = {}): Device {
  const { inputs = 1, outputs = 1, index = 0 } = looks;
  return {
    host: "portaudio",
    hostApi: {
      index: 0,
      structVersion: 1,
      type: 8,
      name: "ALSA",
      deviceCount: 1,
      defaultInputDevice: 0,
      defaultOutputDevice: 0,
    },
    index,
    structVersion: 2,
    name,
    id: `portaudio:ALSA:${name}`,
    maxInputChannels: inputs,
    maxOutputChannels: outputs,
    defaultSampleRate: 48_000,
    defaultLowInputLatency: 0.01,
    defaultHighInputLatency: 0.04,
    defaultLowOutputLatency: 0.01,
    defaultHighOutputLatency: 0.04,
    isDefaultInput: defaults.includes("i"),
    isDefaultOutput: defaults.includes("o"),
    isLoopback: false,
  };
}

const A = device("a", "io");
const B = device("b");
const C = device("c");

/** A change as a few words. */
function told(change: DeviceChange): string {
  const what = change.device?.name ?? "none";
  return change.type === "added" || change.type === "removed"
    ? `${change.type} ${what}`
    : `${change.type} ${change.previous?.name ?? "none"} ${what}`;
}

/** Gives the lists that the test tells, one for each look; a look waits until there is one. */
class FakeLister implements DeviceLister {
  readonly known: (readonly Device[])[] = [];
  closed = 0;
  #steps: (readonly Device[] | Error)[] = [];
  #wake: () => void = () => {};

  give(...steps: (readonly Device[] | Error)[]): void {
    this.#steps.push(...steps);
    this.#wake();
  }

  async list(known: readonly Device[]): Promise<readonly Device[]> {
    this.known.push(known);
    while (this.#steps.length === 0 && this.closed === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const step = this.#steps.shift() ?? new AudioError("host-error", "closed meanwhile");
    if (step instanceof Error) {
      throw step;
    }
    return step;
  }

  close(): Promise<void> {
    this.closed += 1;
    this.#wake();
    return Promise.resolve();
  }
}

function watch(
  lister: DeviceLister,
  plan: Partial<WatchPlan> = {},
): { watcher: DeviceWatcher; next: () => Promise<string> } {
  const watcher = new DeviceWatcher(lister, {
    intervalSeconds: 0,
    retrySeconds: 0,
    onChange: undefined,
    signal: undefined,
    ...plan,
  });
  const changes = watcher[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { done, value } = await changes.next();
    return done === true ? "done" : told(value);
  };
  return { watcher, next };
}

describe("deviceChanges", () => {
  test("tells what was removed, then what was added, then the defaults", () => {
    const before = [A, B];
    const after = [device("b", "o"), device("c", "i"), device("d")];
    const changes = deviceChanges(before, after);
    assert.deepEqual(changes.map(told), [
      "removed a",
      "added c",
      "added d",
      "default-input-changed a c",
      "default-output-changed a b",
    ]);
    for (const change of changes) {
      assert.equal(change.devices, after);
      assert.ok(Object.isFrozen(change));
    }
    assert.equal(changes[0]?.device, A);
  });

  test("tells that there is no default any more, and that there is one again", () => {
    const none = [device("a")];
    assert.deepEqual(deviceChanges([A], none).map(told), [
      "default-input-changed a none",
      "default-output-changed a none",
    ]);
    assert.deepEqual(deviceChanges(none, [A]).map(told), [
      "default-input-changed none a",
      "default-output-changed none a",
    ]);
  });

  test("a device at another index or with other channels is the same", () => {
    const moved = device("a", "io", { index: 7, inputs: 32 });
    assert.deepEqual(deviceChanges([A, B], [B, moved]), []);
    assert.deepEqual(deviceChanges([], []), []);
  });

  test("applied to the old list, the changes give the ids of the new one", () => {
    const names = fc.uniqueArray(fc.constantFrom<string[]>("a", "b", "c", "d", "e"));
    fc.assert(
      fc.property(names, names, (before, after) => {
        const ids = new Set(before);
        const toDevice = (name: string): Device => device(name);
        for (const change of deviceChanges(before.map(toDevice), after.map(toDevice))) {
          const name = change.device?.name ?? "";
          assert.equal(change.type === "added", !ids.has(name));
          if (change.type === "added") {
            ids.add(name);
          } else {
            ids.delete(name);
          }
        }
        assert.deepEqual(ids, new Set(after));
      }),
      { seed: 1 },
    );
  });
});

describe("keepHeld", () => {
  const held = (...names: string[]) => {
    return (asked: Device): boolean => names.includes(asked.name);
  };

  test("keeps a device that is missing because a program holds it, and drops one that is gone", () => {
    const known = [device("hw", "", { index: 0 }), device("usb", "", { index: 1 })];
    assert.deepEqual(
      keepHeld(known, [], held("hw")).map(({ name }) => name),
      ["hw"],
    );
    const listed: Device[] = [];
    assert.equal(keepHeld(known, listed, held()), listed);
  });

  test("keeps the channels of the direction that is held, at the old place", () => {
    const hw = device("hw", "", { index: 0, inputs: 2, outputs: 2 });
    const busy = device("hw", "", { index: 0, inputs: 0, outputs: 2 });
    const kept = keepHeld([hw], [busy, device("x", "", { index: 1 })], (asked, direction) => {
      assert.equal(asked.name, "hw");
      return direction === "input";
    });
    assert.deepEqual(
      kept.map(({ name, maxInputChannels }) => [name, maxInputChannels]),
      [
        ["hw", 2],
        ["x", 1],
      ],
    );
  });

  test("asks only for what is missing", () => {
    const never = (): boolean => assert.fail("asked");
    const list = [device("mic", "", { outputs: 0 }), device("speaker", "", { inputs: 0 })];
    assert.deepEqual(keepHeld(list, [...list, B], never), [...list, B]);
  });

  test("a default stays the default while it is held", () => {
    const kept = keepHeld([A, B], [device("b", "io")], held("a"));
    assert.deepEqual(kept, [A, B]);
  });
});

describe("ChangeQueue", () => {
  /** Adds the rounds that lead from each list to the next. */
  function fill(queue: ChangeQueue, lists: readonly (readonly Device[])[]): void {
    lists.forEach((after, index) => {
      const before = lists[index - 1];
      if (before !== undefined) {
        queue.add(before, after, deviceChanges(before, after));
      }
    });
  }

  async function takeAll(queue: ChangeQueue): Promise<string[]> {
    queue.fail(new Error("the end"));
    const all: string[] = [];
    try {
      for (let change = await queue.take(); change !== undefined; change = await queue.take()) {
        all.push(told(change));
      }
    } catch (error) {
      assert.ok(error instanceof Error && error.message === "the end");
    }
    return all;
  }

  test("gives every one of 64 rounds, in order, to a reader that is late", async () => {
    const queue = new ChangeQueue();
    fill(
      queue,
      Array.from({ length: 65 }, (_, index) => (index % 2 === 0 ? [A] : [A, B])),
    );
    const all = await takeAll(queue);
    assert.deepEqual(
      all,
      Array.from({ length: 64 }, (_, index) => (index % 2 === 0 ? "added b" : "removed b")),
    );
  });

  test("draws more rounds together to what they come to, behind the round that was begun", async () => {
    const queue = new ChangeQueue();
    const begun = [A, device("x"), device("y")];
    fill(queue, [[A], begun]);
    const first = await queue.take();
    assert.equal(first && told(first), "added x");
    const flapping = Array.from({ length: 64 }, (_, index) =>
      index % 2 === 0 ? [...begun, B] : begun,
    );
    fill(queue, [begun, ...flapping, [A, C]]);
    assert.deepEqual(await takeAll(queue), ["added y", "removed x", "removed y", "added c"]);
  });

  test("rounds that come to nothing leave nothing", async () => {
    const queue = new ChangeQueue();
    fill(
      queue,
      Array.from({ length: 67 }, (_, index) => (index % 2 === 0 ? [A] : [A, B])),
    );
    const all = await takeAll(queue);
    assert.deepEqual(all, ["added b", "removed b"].slice(0, all.length));
    assert.equal(all.length % 2, 0);
  });
});

describe("a watch", { timeout: 30_000 }, () => {
  test("tells nothing of the first list, and each change after it once and in order", async () => {
    const lister = new FakeLister();
    const { watcher, next } = watch(lister);
    const newest = [device("c", "io")];
    lister.give([A], [A], [A, B], [A, B], [B, C], newest);
    assert.deepEqual(
      [await next(), await next(), await next(), await next(), await next()],
      [
        "added b",
        "removed a",
        "added c",
        "default-input-changed a none",
        "default-output-changed a none",
      ],
    );
    assert.equal(await next(), "removed b");
    assert.equal(await next(), "default-input-changed none c");
    assert.equal(await watcher.devices(), newest);
    assert.deepEqual(lister.known[0], []);
    assert.deepEqual(lister.known[3], [A, B]);
    await watcher.close();
    assert.equal(lister.closed, 1);
  });

  test("devices() waits for the first list", async () => {
    const lister = new FakeLister();
    const { watcher } = watch(lister);
    const list = watcher.devices();
    lister.give([A, B]);
    assert.deepEqual(await list, [A, B]);
    await watcher.close();
    assert.deepEqual(await watcher.devices(), [A, B]);
  });

  test("close() ends a loop that waits, and may be called again", async () => {
    const lister = new FakeLister();
    const { watcher, next } = watch(lister);
    const pending = [next(), next()];
    lister.give([A]);
    await watcher.devices();
    await Promise.all([watcher.close(), watcher.close()]);
    assert.deepEqual(await Promise.all(pending), ["done", "done"]);
    assert.equal(await next(), "done");
    assert.equal(lister.closed, 1);
  });

  test("closed before the first list, devices() rejects and nothing waits for ever", async () => {
    const lister = new FakeLister();
    const { watcher, next } = watch(lister);
    const list = watcher.devices();
    const pending = next();
    await watcher.close();
    await assert.rejects(list, { name: "AudioError", code: "stream-closed" });
    assert.equal(await pending, "done");
  });

  test("leaving the loop closes it, by break and by an exception", async () => {
    for (const leave of ["break", "throw"]) {
      const lister = new FakeLister();
      const { watcher } = watch(lister);
      lister.give([A], [A, B], [A]);
      const loop = async (): Promise<void> => {
        for await (const change of watcher) {
          assert.equal(told(change), "added b");
          if (leave === "break") {
            break;
          }
          throw new Error("mine");
        }
      };
      if (leave === "break") {
        await loop();
      } else {
        await assert.rejects(loop(), /mine/);
      }
      assert.equal(lister.closed, 1);
    }
  });

  test("await using closes it", async () => {
    const lister = new FakeLister();
    {
      await using watcher = watch(lister).watcher;
      lister.give([A]);
      await watcher.devices();
    }
    assert.equal(lister.closed, 1);
  });

  test("an aborted signal ends it, and its listener is gone after an end of another kind", async () => {
    const lister = new FakeLister();
    const stop = new AbortController();
    const { watcher, next } = watch(lister, { signal: stop.signal });
    lister.give([A]);
    await watcher.devices();
    const pending = next();
    stop.abort();
    assert.equal(await pending, "done");
    assert.equal(lister.closed, 1);

    const other = new FakeLister();
    const later = new AbortController();
    const closed = watch(other, { signal: later.signal }).watcher;
    assert.equal(getEventListeners(later.signal, "abort").length, 1);
    await closed.close();
    assert.equal(getEventListeners(later.signal, "abort").length, 0);
  });

  test("a fault at the beginning ends it at once, and whoever waits is told", async () => {
    const lister = new FakeLister();
    const { watcher, next } = watch(lister);
    const fault = new AudioError("library-not-found", "no library");
    const list = watcher.devices();
    const pending = next();
    lister.give(fault);
    await assert.rejects(list, fault);
    await assert.rejects(pending, fault);
    await assert.rejects(next(), fault);
    await assert.rejects(watcher.devices(), fault);
    assert.equal(lister.known.length, 1);
    assert.equal(lister.closed, 1);
    await watcher.close();
  });

  test("a fault that comes before the loop begins is told to the loop", async () => {
    const lister = new FakeLister();
    const fault = new AudioError("library-not-found", "no library");
    lister.give(fault);
    const { watcher } = watch(lister);
    await assert.rejects(watcher.devices(), fault);
    await assert.rejects(async () => {
      for await (const change of watcher) {
        assert.fail(told(change));
      }
    }, fault);
  });

  test("later faults are survived up to five in a row, and nothing is lost", async () => {
    const lister = new FakeLister();
    const { watcher, next } = watch(lister);
    const faults = Array.from({ length: 5 }, () => new AudioError("host-error", "again"));
    lister.give([A], ...faults, [A, B], ...faults, [B]);
    assert.equal(await next(), "added b");
    assert.equal(await next(), "removed a");
    await watcher.close();
  });

  test("the sixth fault in a row ends it, behind the changes before", async () => {
    const lister = new FakeLister();
    const { watcher, next } = watch(lister);
    const faults = Array.from({ length: 6 }, (_, n) => new AudioError("host-error", `fault ${n}`));
    lister.give([A], [A, B], ...faults);
    while (lister.closed === 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(await next(), "added b");
    await assert.rejects(next(), { code: "host-error", message: "fault 5" });
    await assert.rejects(watcher.devices(), { message: "fault 5" });
  });

  test("onChange is called for each change, in order, and a loop beside it gets them too", async () => {
    const lister = new FakeLister();
    const called: string[] = [];
    const { watcher, next } = watch(lister, { onChange: (change) => called.push(told(change)) });
    lister.give([B], [B, C], [C]);
    assert.deepEqual([await next(), await next()], ["added c", "removed b"]);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(called, ["added c", "removed b"]);
    await watcher.close();
  });

  test("after close() onChange is not called any more", async () => {
    const lister = new FakeLister();
    const called: string[] = [];
    const { watcher } = watch(lister, {
      onChange: (change) => {
        called.push(told(change));
        void watcher.close();
      },
    });
    lister.give([], [A, B, C]);
    await watcher.devices();
    while (lister.closed === 0) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(called, ["added a"]);
  });
});

describe("watchDevices", { timeout: 60_000 }, () => {
  test("refuses wrong options, and starts nothing", () => {
    const wrong: readonly [unknown, typeof TypeError | typeof RangeError][] = [
      [null, TypeError],
      [5, TypeError],
      ["usb", TypeError],
      [[], TypeError],
      [{ interval: 1 }, TypeError],
      [{ host: "virtual" }, TypeError],
      [{ intervalSeconds: "2" }, TypeError],
      [{ intervalSeconds: null }, TypeError],
      [{ intervalSeconds: 0.2 }, RangeError],
      [{ intervalSeconds: 0 }, RangeError],
      [{ intervalSeconds: -1 }, RangeError],
      [{ intervalSeconds: 3601 }, RangeError],
      [{ intervalSeconds: Number.NaN }, RangeError],
      [{ intervalSeconds: Number.POSITIVE_INFINITY }, RangeError],
      [{ onChange: "log" }, TypeError],
      [{ onChange: null }, TypeError],
      [{ signal: {} }, TypeError],
      [{ signal: null }, TypeError],
    ];
    for (const [options, error] of wrong) {
      assert.throws(() => watchDevices(options as WatchDevicesOptions), error);
    }
    assert.throws(
      () => watchDevices({ intervalSecond: 1 } as unknown as WatchDevicesOptions),
      /did you mean `intervalSeconds`/,
    );
    assert.throws(() => watchDevices({ signal: AbortSignal.abort(new Error("mine")) }), /mine/);
    assert.deepEqual(
      process.getActiveResourcesInfo().filter((name) => name === "ProcessWrap"),
      [],
    );
  });

  test("without the library the loop is told so, and nothing is printed", async () => {
    const result = await child("loop");
    assert.equal(result.stderr, "");
    assert.match(result.stdout, /^library-not-found .*Install it with/);
    assert.equal(result.code, 0);
  });

  test("a fault that nobody but onChange could be told of is an uncaught error", async () => {
    const result = await child("callback");
    assert.match(result.stderr, /AudioError: The PortAudio library was not found/);
    assert.equal(result.code, 1);
    const awaited = await child("callback and devices()");
    assert.deepEqual([awaited.code, awaited.stderr], [0, ""]);
    assert.equal(awaited.stdout, "library-not-found\n");
  });

  test("an exception in onChange is uncaught, and the other changes are told all the same", async () => {
    const result = await child("throwing callback");
    assert.equal(result.stderr, "");
    assert.equal(result.stdout, "added a\nuncaught mine\nadded b\nuncaught mine\n");
    assert.equal(result.code, 0);
  });
});

function child(way: string): Promise<ScriptResult> {
  return runScript(fileURLToPath(new URL("./watch-devices.child.js", import.meta.url)), {
    args: [way],
    env: { ROOMTONE_PORTAUDIO: "/nonexistent/libportaudio.so", NODE_DEBUG: undefined },
  });
}
