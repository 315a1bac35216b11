import assert from "node:assert/strict";
import { test } from "node:test";
import { Block } from "../../src/stream/block.js";
import type { Looks } from "../../src/terminal/looks.js";
import { meterLines } from "../../src/terminal/meter-lines.js";
import { MeterState } from "../../src/terminal/meter-state.js";
import { plain } from "../rig/pty.js";

const RATE = 8000;
const TITLE = { device: "A microphone", format: "8000 Hz, 1 channel, float32" };
const COLOURS: Looks = { depth: 24, unicode: true };
const PLAIN: Looks = { depth: 1, unicode: false };

test("peaks rise at once, are held for two seconds and fall by 20 dB a second", () => {
  const state = new MeterState(1);
  feed(state, 0.5, 0.1);
  const [start] = state.channels;
  assert.ok(Math.abs((start?.peak ?? 0) + 6.02) < 0.01);
  feed(state, 0, 1);
  const [later] = state.channels;
  assert.ok(Math.abs((later?.peak ?? 0) + 26.02) < 0.01, `${later?.peak}`);
  assert.ok(Math.abs((later?.held ?? 0) + 6.02) < 0.01);
  feed(state, 0, 1.5);
  const [end] = state.channels;
  assert.ok((end?.held ?? 0) < -40, `${end?.held}`);
  assert.ok(Math.abs((end?.most ?? 0) + 6.02) < 0.01);
});

test("the RMS comes near to that of a steady sound within a second, whatever the blocks", () => {
  for (const blockSeconds of [0.001, 0.02, 0.5]) {
    const state = new MeterState(1);
    for (let time = 0; time < 2; time += blockSeconds) {
      feed(state, 0.5, blockSeconds);
    }
    assert.ok(Math.abs((state.channels[0]?.rms ?? 0) + 6.02) < 0.1, `${blockSeconds}`);
  }
});

test("clipped samples and lost frames are counted, and time goes on over a gap", () => {
  const state = new MeterState(2);
  state.add(blockOf([1, 0.5, -1, 0.2], 2, 0));
  state.add(blockOf([0, 0, 0, 0], 2, 796));
  assert.deepEqual(
    state.channels.map(({ clipped }) => clipped),
    [2, 0],
  );
  assert.deepEqual([state.gaps, state.lostFrames, state.seconds], [1, 796, 0.1]);
});

test("NaN and infinities from a device do not stop the meter", () => {
  const state = new MeterState(1);
  state.add(blockOf([Number.NaN, 0.5, Number.POSITIVE_INFINITY], 1, 0));
  feed(state, 0.25, 0.1);
  assert.ok(Math.abs((state.channels[0]?.peak ?? 0) + 12.04) < 0.01);
  assert.ok(Number.isFinite(state.channels[0]?.rms));
});

test("lines fit every terminal, with and without colours", () => {
  for (const channels of [1, 2, 64]) {
    const state = new MeterState(channels);
    state.add(
      blockOf(
        Array.from({ length: channels * 100 }, (_, i) => (i % 7) / 6),
        channels,
        50,
      ),
    );
    for (const [columns, rows] of [
      [20, 6],
      [40, 10],
      [80, 24],
      [200, 80],
    ] as const) {
      for (const looks of [COLOURS, PLAIN]) {
        const lines = meterLines(TITLE, state, columns, rows, looks);
        assert.ok(lines.length <= Math.max(rows, 6), `${lines.length} of ${rows}`);
        for (const line of lines.slice(0, -2)) {
          assert.ok(
            Array.from(plain(line)).length <= Math.max(columns, 20),
            `${columns}: ${plain(line)}`,
          );
        }
        assert.doesNotMatch(lines.join(""), /NaN|undefined|Infinity/);
      }
    }
  }
});

test("the bar ends at its level, the numbers are those of the peak, and the scale says where", () => {
  const state = new MeterState(1);
  feed(state, 0.5, 3);
  const [, , bar = "", scale = "", loss = ""] = meterLines(TITLE, state, 100, 24, PLAIN);
  const inside = bar.slice(bar.indexOf("|") + 1, bar.lastIndexOf("|"));
  const full = inside.lastIndexOf("|") + 1;
  // -6.02 dBFS of a scale that begins at -60.
  assert.ok(Math.abs(full / inside.length - (1 - 6.02 / 60)) < 1.5 / inside.length, bar);
  assert.match(bar, /-6\.0 max {4}-6\.0$/);
  const place = scale.indexOf("-30") + 1.5 - (bar.indexOf("|") + 1);
  assert.ok(Math.abs(place / inside.length - 0.5) < 1.5 / inside.length, scale);
  assert.match(scale, / 0 dBFS$/);
  assert.equal(loss, "no frame lost");
});

test("a clip light and a gap counter stay, in red when they are fresh", () => {
  const state = new MeterState(1);
  state.add(blockOf([1, 1], 1, 0));
  state.add(blockOf([0, 0], 1, 441));
  const coloured = meterLines(TITLE, state, 80, 24, COLOURS);
  assert.match(coloured[2] ?? "", /CLIP/);
  assert.ok(coloured.at(-1)?.startsWith("\u001b[31m1 gap, 441 frames lost"));
  for (let seconds = 0; seconds < 8; seconds++) {
    feed(state, 0, 1);
  }
  const later = meterLines(TITLE, state, 80, 24, COLOURS);
  assert.match(later[2] ?? "", /CLIP/);
  assert.match(later.at(-1) ?? "", /^1 gap, 441 frames lost, the last 8 s ago$/);
});

test("without colours there is no escape sequence, and in ASCII no letter beyond it", () => {
  const state = new MeterState(3);
  state.add(blockOf([1, 0.5, 0.1, -1, -0.5, -0.1], 3, 5));
  const text = meterLines(TITLE, state, 80, 24, PLAIN).join("\n");
  assert.match(text, /^[\n\u0020-\u007e]*$/);
});

function feed(state: MeterState, amplitude: number, seconds: number): void {
  const frames = Math.round(seconds * RATE);
  state.add(
    blockOf(
      Array.from({ length: frames }, (_, i) => (i % 2 === 0 ? amplitude : -amplitude)),
      1,
      0,
    ),
  );
}

function blockOf(samples: readonly number[], channels: number, droppedBefore: number): Block {
  const format = { sampleRate: RATE, numberOfChannels: channels, format: "float32" } as const;
  const place = { position: 0, time: 0, timeUncertainty: 0, droppedBefore, dropCause: undefined };
  return new Block(format, new Uint8Array(Float32Array.from(samples).buffer), place);
}
