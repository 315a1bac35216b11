import assert from "node:assert/strict";
import { test } from "node:test";
import { halfBlocks, shade } from "../../src/terminal/half-blocks.js";
import { colourCode, looksOf, RESET } from "../../src/terminal/looks.js";

test("colours are exact in 24 bits, the nearest of xterm's in 256, none else", () => {
  assert.equal(colourCode([1, 2, 3], "letters", 24), "\u001b[38;2;1;2;3m");
  assert.equal(colourCode([1, 2, 3], "ground", 24), "\u001b[48;2;1;2;3m");
  for (const [rgb, index] of [
    [[0, 0, 0], 16],
    [[255, 255, 255], 231],
    [[255, 0, 0], 196],
    [[95, 135, 175], 67],
    [[128, 128, 128], 244],
    [[12, 10, 9], 232],
    [[200, 90, 20], 166],
  ] as const) {
    assert.equal(colourCode(rgb, "ground", 8), `\u001b[48;5;${index}m`, rgb.join());
  }
  assert.equal(colourCode([1, 2, 3], "letters", 4), "");
  assert.equal(colourCode([1, 2, 3], "letters", 1), "");
});

test("what is no terminal has no colours and no Unicode, unless it is said", () => {
  const { LC_ALL } = process.env;
  process.env.LC_ALL = "C.UTF-8";
  try {
    const pipe = process.stdout.isTTY ? process.stderr : process.stdout;
    if (!pipe.isTTY) {
      assert.deepEqual(looksOf(pipe, "auto", false), { depth: 1, unicode: false });
      assert.deepEqual(looksOf(pipe, "24bit", false), { depth: 24, unicode: true });
      assert.deepEqual(looksOf(pipe, "256", true), { depth: 8, unicode: false });
    }
  } finally {
    if (LC_ALL === undefined) {
      delete process.env.LC_ALL;
    } else {
      process.env.LC_ALL = LC_ALL;
    }
  }
});

test("a half block is two pixels, and colours that stay are not said again", () => {
  const at = (column: number, row: number) => [column < 2 ? 7 : 9, row, 0] as const;
  const [first, second, ...rest] = halfBlocks({ columns: 3, rows: 4, at }, 24);
  assert.equal(
    first,
    `\u001b[38;2;7;0;0m\u001b[48;2;7;1;0m▀▀\u001b[38;2;9;0;0m\u001b[48;2;9;1;0m▀${RESET}`,
  );
  assert.ok(second?.startsWith("\u001b[38;2;7;2;0m\u001b[48;2;7;3;0m▀▀"));
  assert.deepEqual(rest, []);
});

test("shades go from nothing to full, and no value is outside", () => {
  assert.equal([-1, 0, 0.1, 0.5, 0.99, 1, 2, Number.NaN].map(shade).join(""), "  .+@@@ ");
});
