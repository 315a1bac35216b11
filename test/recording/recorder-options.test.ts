import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Recorder, type RecorderOptions, type RecordOptions, record } from "../../src/index.js";
import { describe as shown } from "../../src/options.js";
import { COMMON_OUT_OF_RANGE, COMMON_WRONG_TYPE } from "../rig/wrong-options.js";

const FAST = "virtual:ramp?rate=8000&pace=fast";

/** What an option needs beside it. */
const NEEDS: Readonly<Record<string, RecorderOptions>> = {
  preRoll: { trigger: { above: -30 } },
  maxWait: { trigger: { above: -30 } },
  fileFormat: { file: "never-made.wav" },
  overwrite: { file: "never-made.wav" },
  split: { file: "never-made-{index}.wav" },
  index: { file: "never-made.wav" },
  keep: { file: "never-made-{index}.wav", split: { seconds: 1 } },
  label: { file: "never-made.wav" },
  metadata: { file: "never-made.wav" },
  onDiskError: { file: "never-made.wav" },
  diskTimeoutSeconds: { file: "never-made.wav" },
};

const WRONG_TYPE: Readonly<Record<string, readonly unknown[]>> = {
  ...COMMON_WRONG_TYPE,
  device: [null, true],
  channels: [null, "1"],
  latency: [null, true],
  bufferSeconds: [null, "10"],
  seconds: [null, "5", true, {}, 5n],
  frames: [null, "5", true, {}, 5n],
  silence: [null, true, -45, "quiet", {}, { below: "-45" }, { below: -45, four: 1 }],
  until: [null, true, 1, "x", {}],
  maxBytes: [null, "1000", {}, 10n],
  startAt: [null, "2026-11-23", 0, {}],
  trigger: [null, true, -35, {}, { above: "-35" }, { above: -35, til: 1 }],
  voice: [null, 1, "yes", { aggression: 1 }],
  preRoll: [null, "1", {}],
  maxWait: [null, "1", {}],
  mixDown: [null, 1, {}, [1]],
  removeDc: [null, 1, "yes"],
  gain: [null, "6", {}],
  file: [null, 1, {}, new URL("file:///x.wav")],
  memory: [null, 1, "yes", {}],
  fileFormat: [null, 1, {}],
  overwrite: [null, 1, "yes"],
  split: [null, 1, "1", {}, { minutes: 1 }],
  index: [null, 1, {}],
  keep: [null, 1, {}, { days: 1 }],
  label: [null, 1, {}],
  metadata: [{ info: 1 }, { title: "x" }],
  onDiskError: [null, 1, true],
  diskTimeoutSeconds: [null, "30", {}],
  fillGaps: [null, 1, "no"],
  levelSeconds: [null, "1", {}],
};

const OUT_OF_RANGE: Readonly<Record<string, readonly unknown[]>> = {
  ...COMMON_OUT_OF_RANGE,
  device: [-1, ""],
  channels: [0, 3, [5]],
  latency: ["fast", 0],
  bufferSeconds: [0, 601],
  seconds: [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e12, 1e-9],
  frames: [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60],
  silence: [{ below: 1 }, { below: -200 }, { below: -45, for: 0 }],
  maxBytes: [0, -1, 1.5, 1],
  startAt: [new Date(Number.NaN)],
  trigger: [{ above: 1 }, { above: -35, for: -1 }],
  voice: [{ aggressiveness: 4 }],
  preRoll: [-1, 601, Number.NaN],
  maxWait: [0, -1, Number.NaN, 1e12],
  mixDown: ["stereo", [], [[1, 1, 1]]],
  removeDc: [{ cutoff: 0 }, { cutoff: 4000 }],
  gain: [Number.NaN, 1000],
  file: ["", "{nothing}.wav", "{index.wav"],
  fileFormat: ["mp3", ""],
  split: [{ seconds: 0 }, { frames: 0 }, { bytes: 1 }],
  index: [""],
  keep: [{ files: 0 }, { bytes: 0 }],
  label: [""],
  onDiskError: ["ignore", ""],
  diskTimeoutSeconds: [0, -1, 3601],
  levelSeconds: [0, -1, 61],
};

describe("options of a recorder", { concurrency: 8, timeout: 60_000 }, () => {
  for (const [table, kind] of [
    [WRONG_TYPE, TypeError],
    [OUT_OF_RANGE, RangeError],
  ] as const) {
    for (const [name, values] of Object.entries(table)) {
      for (const value of values) {
        test(`${name}: ${shown(value)} is a ${kind.name}`, async () => {
          const options: unknown = { device: FAST, ...NEEDS[name], [name]: value };
          await assert.rejects(Recorder.open(options as RecorderOptions), (error) => {
            assert.ok(error instanceof kind, `got ${String(error)}`);
            return true;
          });
        });
      }
    }
  }

  for (const [name, needed] of Object.entries(NEEDS)) {
    const [other = ""] = Object.keys(needed);
    test(`${name} without ${other} is a TypeError`, async () => {
      const value = {
        preRoll: 1,
        maxWait: 1,
        fileFormat: "wav",
        overwrite: true,
        split: { seconds: 1 },
        keep: { files: 1 },
        metadata: {},
        onDiskError: "memory",
        diskTimeoutSeconds: 1,
      };
      const given: unknown = { device: FAST, [name]: Reflect.get(value, name) ?? "x" };
      await assert.rejects(Recorder.open(given as RecorderOptions), {
        name: "TypeError",
        message: /together with|start condition/,
      });
    });
  }

  test("an unknown option names the nearest known one", async () => {
    const given: unknown = { device: FAST, tigger: { above: -30 } };
    await assert.rejects(Recorder.open(given as RecorderOptions), {
      name: "TypeError",
      message: /unknown option `tigger`; did you mean `trigger`\?/,
    });
  });

  test("a recorder pushes no blocks to a callback: onBlock is unknown", async () => {
    const given: unknown = { device: FAST, onBlock: () => {} };
    await assert.rejects(Recorder.open(given as RecorderOptions), TypeError);
  });

  test("what contradicts itself is a TypeError", async () => {
    const wrong: readonly RecorderOptions[] = [
      { seconds: 1, frames: 8000 },
      { file: "x.wav", keep: { files: 1 } },
    ];
    for (const options of wrong) {
      await assert.rejects(Recorder.open({ device: FAST, ...options }), TypeError);
    }
    await assert.rejects(
      Recorder.open({ device: FAST, file: "x.wav", split: { seconds: 1 } }),
      RangeError,
    );
  });

  test("record() takes them too, but for those that make no sense there", async () => {
    for (const options of [{ memory: true }, { levelSeconds: 1 }]) {
      const given: unknown = { device: FAST, frames: 10, ...options };
      await assert.rejects(record(given as RecordOptions), TypeError);
    }
    const take = await record({
      device: FAST,
      format: "int16",
      channels: 2,
      mixDown: "mono",
      maxBytes: 100,
    });
    assert.deepEqual([take.length, take.numberOfChannels], [50, 1]);
  });

  test("arguments of mark() and start() are checked", async () => {
    await using recorder = await Recorder.open({ device: FAST });
    await recorder.start();
    for (const label of [null, 1, {}]) {
      await assert.rejects(recorder.mark(label as unknown as string), TypeError);
    }
    await assert.rejects(recorder.mark(""), RangeError);
  });
});
