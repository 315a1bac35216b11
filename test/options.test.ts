import assert from "node:assert/strict";
import { test } from "node:test";
import {
  checkBoolean,
  checkNumber,
  checkOptions,
  checkSignal,
  checkText,
  checkWord,
  describe,
} from "../src/options.js";

const KNOWN = ["sampleRate", "channels", "format"];

test("options with known keys pass, and so do none", () => {
  checkOptions(undefined, KNOWN, "f()");
  checkOptions({}, KNOWN, "f()");
  checkOptions({ sampleRate: 1, channels: undefined }, KNOWN, "f()");
  checkOptions(Object.assign(Object.create(null), { format: 1 }), KNOWN, "f()");
});

test("what is no options object is a TypeError that says what came", () => {
  for (const [value, shown] of [
    [null, "null"],
    [5, "5 \\(number\\)"],
    ["x", '"x" \\(string\\)'],
    [[1, 2], "an array of 2"],
    [() => 1, "a function"],
    [true, "true \\(boolean\\)"],
  ] as const) {
    assert.throws(() => checkOptions(value, KNOWN, "f()"), {
      name: "TypeError",
      message: new RegExp(`^f\\(\\): expected an options object, got ${shown}$`),
    });
  }
});

test("an unknown key is an error that names the nearest known one and lists all", () => {
  for (const [key, meant] of [
    ["samplerate", "sampleRate"],
    ["sample_rate", "sampleRate"],
    ["SampleRate", "sampleRate"],
    ["chanels", "channels"],
    ["fromat", "format"],
  ] as const) {
    assert.throws(() => checkOptions({ [key]: 1 }, KNOWN, "f()"), {
      name: "TypeError",
      message: new RegExp(
        `unknown option \`${key}\`; did you mean \`${meant}\`\\? Known options: sampleRate, channels, format\\.$`,
      ),
    });
  }
});

test("a key that is near to none gets no guess", () => {
  assert.throws(() => checkOptions({ zzz: 1 }, KNOWN, "f()"), {
    message: "f(): unknown option `zzz`. Known options: sampleRate, channels, format.",
  });
});

test("names that every object inherits are unknown options too", () => {
  for (const key of ["toString", "constructor", "hasOwnProperty"]) {
    assert.throws(() => checkOptions({ [key]: 1 }, KNOWN, "f()"), TypeError);
  }
});

test("a number within its rule comes back as it is", () => {
  assert.equal(checkNumber(5, "n"), 5);
  assert.equal(checkNumber(0, "n", { min: 0, max: 0 }), 0);
  assert.equal(checkNumber(0.001, "n", { min: 0, above: true }), 0.001);
  assert.equal(checkNumber(-3, "n", { integer: true }), -3);
});

test("what is no number is a TypeError", () => {
  for (const value of ["5", null, undefined, true, 5n, {}, [5], new Number(5)]) {
    assert.throws(() => checkNumber(value, "n", { min: 0 }), {
      name: "TypeError",
      message: /^Expected `n` to be a number from 0 up, got /,
    });
  }
});

test("a number outside of its rule is a RangeError that tells the range", () => {
  for (const [value, rule, range] of [
    [Number.NaN, {}, "a number"],
    [Number.POSITIVE_INFINITY, {}, "a number"],
    [-1, { min: 0 }, "a number from 0 up"],
    [0, { min: 0, above: true }, "a number above 0"],
    [11, { min: 1, max: 10, integer: true }, "an integer from 1 to 10"],
    [0, { min: 0, max: 10, above: true }, "a number above 0 and up to 10"],
    [1.5, { integer: true, max: 5 }, "an integer up to 5"],
  ] as const) {
    assert.throws(() => checkNumber(value, "n", rule), {
      name: "RangeError",
      message: `Expected \`n\` to be ${range}, got ${value} (number)`,
    });
  }
});

test("a word is one of the words, else an error that names the nearest", () => {
  assert.equal(checkWord("low", "latency", ["low", "high"]), "low");
  assert.throws(() => checkWord("hihg", "latency", ["low", "high"]), {
    name: "RangeError",
    message:
      'Expected `latency` to be one of "low", "high", got "hihg" (string); did you mean `high`?',
  });
  for (const value of [1, null, undefined, ["low"], {}]) {
    assert.throws(() => checkWord(value, "latency", ["low", "high"]), TypeError);
  }
});

test("truth is true or false and nothing like it", () => {
  assert.equal(checkBoolean(false, "b"), false);
  assert.equal(checkBoolean(true, "b"), true);
  for (const value of [0, 1, "true", null, undefined, {}]) {
    assert.throws(() => checkBoolean(value, "b"), TypeError);
  }
});

test("a text is a string that is not empty and has no zero character", () => {
  assert.equal(checkText(" ", "path"), " ");
  assert.throws(() => checkText("", "path"), RangeError);
  assert.throws(() => checkText("a\0b", "path"), { name: "RangeError", message: /zero character/ });
  for (const value of [0, null, undefined, {}, ["a"]]) {
    assert.throws(() => checkText(value, "path"), TypeError);
  }
});

test("a signal is an AbortSignal, not its controller and nothing shaped like it", () => {
  const { signal } = new AbortController();
  assert.equal(checkSignal(signal, "signal"), signal);
  for (const value of [new AbortController(), { aborted: false }, null, undefined, true]) {
    assert.throws(() => checkSignal(value, "signal"), TypeError);
  }
});

test("every kind of value is described in a few words", () => {
  for (const [value, shown] of [
    [undefined, "undefined"],
    [null, "null"],
    [1.5, "1.5 (number)"],
    [Number.NaN, "NaN (number)"],
    [7n, "7n (bigint)"],
    [Symbol("s"), "a symbol"],
    [{}, "an object"],
    [Object.create(null), "an object"],
    [new Map(), "an object (Map)"],
    [new Int16Array(2), "an object (Int16Array)"],
    [class {}, "a function"],
    ["y".repeat(61), `"${"y".repeat(60)}…" (string)`],
  ] as const) {
    assert.equal(describe(value), shown);
  }
});
