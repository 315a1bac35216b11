import assert from "node:assert/strict";
import { test } from "node:test";
import { AudioError, type AudioErrorCode } from "../../src/errors.js";
import { openWavSync } from "../../src/wav/sync-file.js";
import { chunk, fmt, riff, seededBytes, wav } from "./files.js";

/** 100 frames of 16-bit stereo. */
const AUDIO = seededBytes(400, 1);
const LIST = chunk("LIST", Buffer.from("INFOISFT\x04\0\0\0test", "latin1"));

function bytesOf(file: Uint8Array): Uint8Array {
  const opened = openWavSync(file);
  const bytes = new Uint8Array(file.byteLength);
  const frames = opened.read(bytes, 0, opened.frames + 1000);
  assert.equal(frames, opened.frames, "every frame that is announced can be read, and no more");
  const width = { uint8: 1, int16: 2, int24: 3, int32: 4, float32: 4, float64: 8 }[opened.format];
  return bytes.slice(0, frames * opened.channels * width);
}

function assertAudio(file: Uint8Array, expected: Uint8Array = AUDIO): void {
  assert.deepEqual(bytesOf(file), expected);
}

function refuses(file: Uint8Array, code: AudioErrorCode, message: RegExp): void {
  assert.throws(
    () => openWavSync(file),
    (error: unknown) =>
      error instanceof AudioError && error.code === code && message.test(error.message),
  );
}

test("unknown chunks before and behind the data are skipped", () => {
  assertAudio(wav(chunk("JUNK", new Uint8Array(4096)), LIST, fmt(), chunk("data", AUDIO), LIST));
  assertAudio(wav(chunk("\x80\xff\0\x01", seededBytes(7, 2)), fmt(), chunk("data", AUDIO)));
});

test("the pad byte of an odd chunk is skipped, and its absence is noticed", () => {
  const odd = Uint8Array.of(1, 2, 3);
  assertAudio(wav(chunk("odd ", odd), fmt(), chunk("data", AUDIO)));
  assertAudio(wav(chunk("odd ", odd, { pad: false }), fmt(), chunk("data", AUDIO)));
  assertAudio(wav(fmt(), chunk("odd ", odd, { pad: false }), chunk("data", AUDIO)));
});

test("odd data at the end of the file need no pad byte", () => {
  const mono = fmt({ channels: 1, bits: 8 });
  const data = seededBytes(5, 3);
  assertAudio(wav(mono, chunk("data", data)), data);
  assertAudio(wav(mono, chunk("data", data, { pad: false })), data);
});

test("a format chunk behind the data is found", () => {
  assertAudio(wav(chunk("data", AUDIO), fmt()));
});

test("the first of two data chunks counts", () => {
  assertAudio(wav(fmt(), chunk("data", AUDIO), chunk("data", seededBytes(8, 4))));
  assertAudio(wav(chunk("data", AUDIO), chunk("data", seededBytes(8, 4)), fmt()));
});

test("a wrong RIFF size changes nothing", () => {
  for (const size of [0, 8, 36, 100, 0x7ffff024, 0xffffffff]) {
    assertAudio(riff([fmt(), chunk("data", AUDIO)], { size }));
  }
});

test("data that claim more than the file has end with the file", () => {
  for (const size of [402, 4000, 0x7ffff000, 0x7fffffff, 0x80000000, 0xffffff9b, 0xffffffff]) {
    assertAudio(riff([fmt(), chunk("data", AUDIO, { size })], { size }));
  }
});

test("data of size 0 with audio behind them, as crashed recorders leave them, are read", () => {
  for (const size of [0, 8, 36]) {
    assertAudio(riff([fmt(), chunk("data", AUDIO, { size: 0 })], { size }));
  }
  assertAudio(wav(fmt(), chunk("data", new Uint8Array(400), { size: 0 })), new Uint8Array(400));
});

test("data of size 0 with chunks behind them are empty", () => {
  assertAudio(wav(fmt(), chunk("data", new Uint8Array(0)), LIST), new Uint8Array(0));
  assertAudio(wav(fmt(), chunk("data", new Uint8Array(0))), new Uint8Array(0));
});

test("a file cut in the middle of a frame has the whole frames before it", () => {
  const file = wav(fmt(), chunk("data", AUDIO));
  assertAudio(file.subarray(0, 44), new Uint8Array(0));
  assertAudio(file.subarray(0, 44 + 201), AUDIO.subarray(0, 200));
});

test("a file cut at any byte gives its whole frames or an error", () => {
  const file = wav(LIST, fmt(), chunk("data", AUDIO));
  const dataPosition = file.byteLength - AUDIO.byteLength;
  for (let length = 0; length < dataPosition; length++) {
    refuses(file.subarray(0, length), "malformed-file", /not a WAV|no "|bytes/);
  }
  for (let length = dataPosition; length <= file.byteLength; length++) {
    const frames = Math.floor((length - dataPosition) / 4);
    assertAudio(file.subarray(0, length), AUDIO.subarray(0, frames * 4));
  }
});

test("sizes that the block align contradicts are those of the bits", () => {
  assertAudio(wav(fmt({ blockAlign: 2 }), chunk("data", AUDIO)));
  assertAudio(wav(fmt({ blockAlign: 0 }), chunk("data", AUDIO)));
});

test("bits that do not fill whole bytes are read as the wider format", () => {
  const formats = [8, 12, 20, 30].map(
    (bits) => openWavSync(wav(fmt({ bits }), LIST, chunk("data", AUDIO))).format,
  );
  assert.deepEqual(formats, ["uint8", "int16", "int24", "int32"]);
});

test("the extensible form is read for integers and floats", () => {
  const cases = [
    [8, 1, "uint8"],
    [16, 1, "int16"],
    [24, 1, "int24"],
    [32, 1, "int32"],
    [32, 3, "float32"],
  ] as const;
  for (const [bits, subFormat, format] of cases) {
    const file = wav(fmt({ tag: 0xfffe, bits, subFormat }), chunk("data", seededBytes(48, 5)));
    assert.equal(openWavSync(file).format, format);
    assertAudio(file, seededBytes(48, 5));
  }
});

test("an unsupported codec is named", () => {
  const data = chunk("data", AUDIO);
  const no = "format-not-supported";
  refuses(wav(fmt({ tag: 0x55 }), data), no, /MP3 \(format tag 0x0055\) is not/);
  refuses(wav(fmt({ tag: 0x31, bits: 0, blockAlign: 65 }), data), no, /GSM 6\.10/);
  refuses(wav(fmt({ tag: 3, bits: 16 }), data), no, /IEEE float .*of 16 bits/);
  refuses(wav(fmt({ tag: 1, bits: 40 }), data), no, /PCM .*of 40 bits/);
  refuses(wav(fmt({ tag: 0x1234 }), data), no, /unknown codec \(format tag 0x1234\)/);
  refuses(wav(fmt({ tag: 0x11, bits: 3, blockAlign: 256 }), data), no, /IMA ADPCM .* of 3 bits/);
  const foreign = fmt({ tag: 0xfffe, subFormat: 1, foreignGuid: true });
  refuses(wav(foreign, data), no, /00000001-0000-0010-8000-00aa00389b99/);
});

test("other containers are named", () => {
  const chunks = [fmt(), chunk("data", AUDIO)];
  for (const id of ["FORM", "fLaC", "OggS", "caff"]) {
    refuses(riff(chunks, { id }), "format-not-supported", /files are not supported/);
  }
});

test("what is no WAV file is refused with the byte and the chunk where that shows", () => {
  const data = chunk("data", AUDIO);
  const bad = "malformed-file";
  refuses(new Uint8Array(0), bad, /too short.*byte 0/);
  refuses(Buffer.from("hello, this is text"), bad, /does not begin with "RIFF"/);
  refuses(riff([fmt(), data], { form: "AVI " }), bad, /"WAVE" is missing.*byte 8/);
  refuses(wav(data), bad, /no "fmt " chunk/);
  refuses(wav(fmt()), bad, /no "data" chunk.*byte 36, chunk "data"/);
  refuses(wav(fmt({ channels: 0 }), data), bad, /no channels.*byte 22, chunk "fmt "/);
  refuses(wav(fmt({ sampleRate: 0 }), data), bad, /sample rate is 0.*byte 24/);
  refuses(wav(fmt({ bits: 0 }), data), bad, /0 bits.*byte 34/);
  refuses(wav(chunk("fmt ", new Uint8Array(14)), data), bad, /14 bytes, 16 are the least/);
  refuses(wav(fmt({ tag: 0xfffe }), data), bad, /too short to name its codec/);
});

test("a file of nothing but empty chunks is refused and not read to its end", () => {
  const file = wav(...Array.from({ length: 20_000 }, () => chunk("void", new Uint8Array(0))));
  refuses(file, "malformed-file", /4096 chunks/);
});

test("most channels and the highest rate that a header can tell are read", () => {
  const opened = openWavSync(
    wav(
      fmt({ channels: 65535, bits: 8, blockAlign: 65535, sampleRate: 0xffffffff }),
      chunk("data", AUDIO),
    ),
  );
  assert.equal(opened.channels, 65535);
  assert.equal(opened.sampleRate, 0xffffffff);
  assert.equal(opened.frames, 0);
});
