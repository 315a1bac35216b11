import assert from "node:assert/strict";
import { test } from "node:test";
import {
  checkTemplate,
  checkTemplateOfMany,
  fillTemplate,
} from "../../src/recording/files/name-template.js";

// Local time, so that the test holds in any zone.
const startedAt = new Date(2026, 10, 3, 4, 5, 9, 870);
const FIELDS = { startedAt, index: 7, device: "HDA Intel PCH: ALC257 Analog (hw:0,0)" };

test("each field has its value", () => {
  for (const [template, filled] of [
    ["plain.wav", "plain.wav"],
    ["{date}.wav", "2026-11-03.wav"],
    ["{time}.wav", "04-05-09.wav"],
    ["{index}.wav", "0007.wav"],
    ["{index:1}.wav", "7.wav"],
    ["{index:9}.wav", "000000007.wav"],
    ["{device}.wav", "HDA-Intel-PCH-ALC257-Analog-(hw-0,0).wav"],
    ["a{label}b.wav", "ab.wav"],
    ["{date}/{date}_{time}_{index}.wav", "2026-11-03/2026-11-03_04-05-09_0007.wav"],
  ] as const) {
    assert.equal(checkTemplate(template), template);
    assert.equal(fillTemplate(template, FIELDS), filled);
  }
});

test("{utc} is universal time, without what file names refuse", () => {
  const fields = { ...FIELDS, startedAt: new Date("2026-11-23T23:59:08.999Z") };
  assert.equal(fillTemplate("{utc}.wav", fields), "20261123T235908Z.wav");
});

test("an index longer than its width is not cut", () => {
  assert.equal(fillTemplate("{index}", { ...FIELDS, index: 123_456 }), "123456");
});

test("names of devices and labels become safe parts of a name", () => {
  for (const [name, safe] of [
    ["../../etc/passwd", "etc-passwd"],
    ["..", ""],
    ['a\\b|c?d*e"f<g>h:i', "a-b-c-d-e-f-g-h-i"],
    ["two\nlines\u0000\u0007", "two-lines"],
    ["{index}", "index"],
    ["Mikrofon für Übung", "Mikrofon-für-Übung"],
    // The same letter in two characters.
    ["fu\u0308r", "für"],
    ["half \ud800 pair", "half-pair"],
    ["name.", "name"],
    ["x".repeat(500), "x".repeat(60)],
    ["🎙".repeat(100), "🎙".repeat(60)],
  ] as const) {
    assert.equal(fillTemplate("{label}", { ...FIELDS, label: name }), safe, JSON.stringify(name));
    assert.equal(fillTemplate("{device}", { ...FIELDS, device: name }), safe || "device");
  }
});

test("a value with dollar signs or fields in it is taken as it is", () => {
  assert.equal(fillTemplate("{label}-{index}", { ...FIELDS, label: "$&$1" }), "$&$1-0007");
});

test("what is no template is refused", () => {
  for (const wrong of [undefined, null, 1, {}, ["{index}"]]) {
    assert.throws(() => checkTemplate(wrong), { name: "TypeError", message: /`file`/ });
  }
  for (const wrong of [
    "",
    "{}.wav",
    "{Date}.wav",
    "{ index }.wav",
    "{index:}.wav",
    "{index:0}.wav",
    "{index:10}.wav",
    "{index:-1}.wav",
    "{index:1:2}.wav",
    "{date:4}.wav",
    "{index.wav",
    "index}.wav",
    "{{index}}.wav",
  ]) {
    assert.throws(() => checkTemplate(wrong), { name: "RangeError", message: /file/ }, wrong);
  }
  assert.throws(() => checkTemplate("{devise}.wav"), { message: /did you mean `device`/ });
  assert.throws(() => checkTemplate("{x}", "template"), { message: /template/ });
});

test("a template of many files needs {index}", () => {
  assert.equal(checkTemplateOfMany("{index:6}.wav"), "{index:6}.wav");
  assert.equal(checkTemplateOfMany("{utc}_{index}.wav"), "{utc}_{index}.wav");
  for (const wrong of ["take.wav", "{date}_{time}.wav", "{utc}.wav"]) {
    assert.throws(() => checkTemplateOfMany(wrong), { name: "RangeError", message: /\{index\}/ });
  }
});
