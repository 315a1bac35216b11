import assert from "node:assert/strict";
import { test } from "node:test";
import { fitText, lettersOf, textWidth, wrapText } from "../../src/picture/text-width.js";

test("text is as wide as in Arial, with a little reserve", () => {
  assert.ok(Math.abs(textWidth("0123456789", 10) / 1.08 - 55.6) < 1e-9);
  assert.ok(Math.abs(textWidth("Wi", 100) / 1.08 - (94.4 + 22.2)) < 1e-9);
  assert.ok(textWidth("麦克风", 10) > 30);
});

test("what is too wide is cut in its middle, and both ends stay", () => {
  assert.equal(fitText("short", 10, 100), "short");
  const cut = fitText(`Interface ${"x".repeat(100)} (hw:2,0)`, 10, 120);
  assert.match(cut, /^Interface.*….*2,0\)$/);
  assert.ok(textWidth(cut, 10) <= 120);
  assert.equal(fitText("anything", 10, 0), "…");
});

test("a letter of several code points is not cut apart", () => {
  assert.equal(lettersOf("a👩‍👩‍👧é").length, 3);
  assert.ok(
    fitText("👩‍👩‍👧".repeat(9), 10, 200)
      .split("…")
      .every((part) => part.length % 8 === 0),
  );
});

test("words are set into lines that fit, with no separator at their ends", () => {
  const words = ["one", "two", "three", "four"];
  assert.deepEqual(wrapText(words, " · ", 10, 1000), ["one · two · three · four"]);
  const lines = wrapText(words, " · ", 10, textWidth("one · two", 10));
  assert.deepEqual(lines, ["one · two", "three", "four"]);
  assert.deepEqual(wrapText([], " ", 10, 100), []);
});
