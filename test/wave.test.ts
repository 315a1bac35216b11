import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, constants, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { AudioError, type AudioErrorCode } from "../src/errors.js";
import { wavHeader } from "../src/wav/header.js";
import * as wave from "../src/wave.js";
import { PYTHON, requireTool } from "./rig/tools.js";
import { chunk, fmt, linkToDevice, riff, seededBytes, temporaryFolder, wav } from "./wav/files.js";

/** 100 frames of 16-bit stereo at 8,000 Hz. */
const AUDIO = seededBytes(400, 31);
const FILE = wav(fmt(), chunk("data", AUDIO));

const says = (message: string) => (error: unknown) => {
  assert.ok(error instanceof wave.WaveError, String(error));
  assert.equal(error.message, message);
  return true;
};
const hasCode = (code: AudioErrorCode) => (error: unknown) =>
  error instanceof AudioError && error.code === code;

/** A writer that is ready for frames. */
function writerOf(file: string, nchannels: number, sampwidth: number): wave.WaveWrite {
  const writer = wave.open(file, "wb");
  writer.setparams([nchannels, sampwidth, 8000, 0, "NONE", "not compressed"]);
  return writer;
}

test("the walk of a PyAudio user: set, write, close, open, read", (t) => {
  const file = path.join(temporaryFolder(t), "recorded_audio.wav");
  const writer = wave.open(file, "wb");
  writer.setnchannels(2);
  writer.setsampwidth(2);
  writer.setframerate(44100);
  writer.writeframes(Buffer.concat([AUDIO.subarray(0, 100), AUDIO.subarray(100)]));
  writer.close();

  const reader = wave.open(file);
  assert.equal(reader.getnchannels(), 2);
  assert.equal(reader.getsampwidth(), 2);
  assert.equal(reader.getframerate(), 44100);
  assert.equal(reader.getnframes(), 100);
  assert.equal(reader.getcomptype(), "NONE");
  assert.equal(reader.getcompname(), "not compressed");
  assert.equal(reader.getformat(), wave.WAVE_FORMAT_PCM);
  assert.deepEqual(reader.readframes(100), AUDIO);
  reader.close();
});

test("every width and number of channels comes back", (t) => {
  const file = path.join(temporaryFolder(t), "take.wav");
  for (const sampwidth of [1, 2, 3, 4]) {
    for (const nchannels of [1, 2, 6]) {
      for (const nframes of [0, 1, 333]) {
        const data = seededBytes(nframes * sampwidth * nchannels, nframes);
        const writer = writerOf(file, nchannels, sampwidth);
        writer.writeframes(data);
        assert.equal(writer.tell(), nframes);
        assert.equal(writer.getnframes(), nframes);
        writer.close();
        using reader = wave.open(file, "rb");
        assert.deepEqual(reader.getparams(), {
          nchannels,
          sampwidth,
          framerate: 8000,
          nframes,
          comptype: "NONE",
          compname: "not compressed",
        });
        assert.deepEqual(reader.readframes(-1), data);
        assert.equal(readFileSync(file).byteLength % 2, 0, "odd data are padded");
      }
    }
  }
});

test("a file is the same, byte for byte, as Python's wave writes it", (t) => {
  if (!requireTool(t, "python3")) {
    return;
  }
  const folder = temporaryFolder(t);
  writeFileSync(path.join(folder, "data"), AUDIO);
  const script = `
import sys, wave
folder = sys.argv[1]
data = open(folder + "/data", "rb").read()
for width in [1, 2, 3, 4]:
    for channels in [1, 2, 6]:
        part = data[:len(data) // (2 * width * channels) * (2 * width * channels)]
        for calls in [0, 1, 2]:
            with wave.open(f"{folder}/python-{width}-{channels}-{calls}.wav", "wb") as f:
                f.setparams((channels, width, 22050.5, 7, "NONE", "not compressed"))
                for call in range(calls):
                    f.writeframes(part)
`;
  const run = spawnSync(PYTHON, ["-c", script, folder], { encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
  const theirs = readdirSync(folder).filter((name) => name.startsWith("python-"));
  assert.equal(theirs.length, 36);
  for (const name of theirs) {
    const [width = 0, channels = 0, calls = 0] = (name.match(/\d+/g) ?? []).map(Number);
    // An even number of frames, for Python forgets the pad byte of an odd number of bytes.
    const pair = 2 * width * channels;
    const part = AUDIO.subarray(0, Math.floor(AUDIO.byteLength / pair) * pair);
    const file = path.join(folder, "ours.wav");
    const writer = wave.open(file, "wb");
    writer.setparams([channels, width, 22050.5, 7, "NONE", "not compressed"]);
    for (let call = 0; call < calls; call++) {
      writer.writeframes(part);
    }
    writer.close();
    assert.deepEqual(readFileSync(file), readFileSync(path.join(folder, name)), name);
  }
});

test("the file is valid after each writeframes, and after writeframesraw only at the end", (t) => {
  const file = path.join(temporaryFolder(t), "take.wav");
  const sizes = (): [number, number] => {
    const bytes = readFileSync(file);
    return [bytes.readUInt32LE(4), bytes.readUInt32LE(40)];
  };
  const writer = writerOf(file, 1, 2);
  for (const frames of [1000, 2000, 3000]) {
    writer.writeframes(new Int16Array(1000));
    assert.deepEqual(sizes(), [36 + frames * 2, frames * 2]);
  }
  writer.writeframesraw(new Int16Array(500));
  assert.deepEqual(sizes(), [6036, 6000]);
  writer.writeframesraw(new Int16Array(500));
  assert.equal(writer.tell(), 4000);
  assert.deepEqual(sizes(), [6036, 6000]);
  writer.close();
  assert.deepEqual(sizes(), [8036, 8000]);
});

test("an odd number of bytes is padded after each writeframes and the pad written over", (t) => {
  const file = path.join(temporaryFolder(t), "take.wav");
  const writer = writerOf(file, 1, 1);
  writer.writeframes(Uint8Array.of(1, 2, 3));
  assert.deepEqual([...readFileSync(file).subarray(44)], [1, 2, 3, 0]);
  assert.equal(readFileSync(file).readUInt32LE(40), 3);
  writer.writeframes(Uint8Array.of(4, 5));
  assert.deepEqual([...readFileSync(file).subarray(44)], [1, 2, 3, 4, 5, 0]);
  writer.close();
});

test("the number of frames that was announced stands in the header until it is corrected", (t) => {
  const file = path.join(temporaryFolder(t), "take.wav");
  const writer = writerOf(file, 1, 2);
  writer.setnframes(100);
  writer.writeframesraw(new Int16Array(10));
  assert.equal(readFileSync(file).readUInt32LE(40), 200);
  assert.equal(writer.getparams().nframes, 100);
  assert.equal(writer.getnframes(), 10);
  assert.equal(wave.open(file).getnframes(), 10, "a reader counts what is there");
  writer.close();
  assert.equal(readFileSync(file).readUInt32LE(40), 20);
});

test("typed arrays, Buffers and ArrayBuffers are written as their bytes", (t) => {
  const file = path.join(temporaryFolder(t), "take.wav");
  const writer = writerOf(file, 1, 2);
  const samples = Int16Array.of(1, -2, 3);
  writer.writeframes(samples);
  writer.writeframes(samples.subarray(1));
  writer.writeframes(samples.buffer);
  writer.writeframes(Buffer.from(samples.buffer, 2, 2));
  writer.writeframes(new DataView(samples.buffer, 4));
  const shared = new Int16Array(new SharedArrayBuffer(2));
  shared[0] = 7;
  writer.writeframes(shared);
  for (const wrong of [undefined, null, "abc", 5, [1, 2], {}]) {
    assert.throws(() => writer.writeframes(wrong as never), TypeError);
    assert.throws(() => writer.writeframesraw(wrong as never), TypeError);
  }
  writer.close();
  const bytes = readFileSync(file).subarray(44);
  assert.deepEqual(bytes, Buffer.from(Int16Array.of(1, -2, 3, -2, 3, 1, -2, 3, -2, 3, 7).buffer));
});

test("tell, setpos and rewind move through the frames", () => {
  using reader = wave.open(FILE, "r");
  assert.equal(reader.tell(), 0);
  assert.deepEqual(reader.readframes(3), AUDIO.slice(0, 12));
  assert.equal(reader.tell(), 3);
  reader.setpos(98);
  assert.deepEqual(reader.readframes(10), AUDIO.slice(392));
  assert.equal(reader.tell(), 100);
  assert.deepEqual(reader.readframes(10), new Uint8Array(0));
  reader.rewind();
  assert.deepEqual(reader.readframes(0), new Uint8Array(0));
  assert.equal(reader.tell(), 0);
  reader.setpos(100);
  assert.deepEqual(reader.readframes(-1), new Uint8Array(0));
  for (const wrong of [-1, 101, Number.MAX_SAFE_INTEGER]) {
    assert.throws(() => reader.setpos(wrong), says("position not in range"));
  }
  for (const wrong of [undefined, null, "1", 1n]) {
    assert.throws(() => reader.setpos(wrong as never), TypeError);
    assert.throws(() => reader.readframes(wrong as never), TypeError);
  }
  for (const wrong of [0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => reader.setpos(wrong), RangeError);
    assert.throws(() => reader.readframes(wrong), RangeError);
  }
  assert.equal(reader.tell(), 100);
});

test("what was read has memory of its own, aligned for any typed array", () => {
  using reader = wave.open(FILE);
  const bytes = reader.readframes(10);
  assert.equal(bytes.byteOffset, 0);
  assert.equal(bytes.buffer.byteLength, 40);
  bytes.fill(0);
  reader.rewind();
  assert.deepEqual(reader.readframes(10), AUDIO.slice(0, 40));
});

test("files that Python 3.11 refuses are read: floats and the extensible form", () => {
  const spec = { sampleRate: 48_000, channels: 1, format: "float32" } as const;
  const samples = Float32Array.of(0.5, -0.25);
  const floats = Buffer.concat([wavHeader(spec, 8), new Uint8Array(samples.buffer)]);
  using reader = wave.open(floats);
  assert.equal(reader.getformat(), wave.WAVE_FORMAT_IEEE_FLOAT);
  assert.equal(reader.getsampwidth(), 4);
  assert.deepEqual(new Float32Array(reader.readframes(2).buffer), samples);

  using extensible = wave.open(
    wav(fmt({ tag: 0xfffe, bits: 24, channels: 1, subFormat: 1 }), chunk("data", AUDIO)),
  );
  assert.equal(extensible.getformat(), wave.WAVE_FORMAT_PCM);
  assert.equal(extensible.getsampwidth(), 3);
});

test("the number of frames is that of the file where Python believes a header that lies", () => {
  using reader = wave.open(wav(fmt(), chunk("data", AUDIO, { size: 0xffffffff })));
  assert.equal(reader.getnframes(), 100);
  assert.equal(reader.readframes(1e9).byteLength, 400);
});

test("what is no WAV file is refused in Python's words", () => {
  const data = chunk("data", AUDIO);
  const cases: [Uint8Array, string][] = [
    [new Uint8Array(0), "file does not start with RIFF id"],
    [Buffer.from("hello, this is text"), "file does not start with RIFF id"],
    [riff([fmt(), data], { id: "FORM" }), "file does not start with RIFF id"],
    [riff([fmt(), data], { form: "AVI " }), "not a WAVE file"],
    [wav(fmt()), "fmt chunk and/or data chunk missing"],
    [wav(data), "fmt chunk and/or data chunk missing"],
    [wav(fmt({ tag: 85 }), data), "unknown format: 85"],
    [wav(fmt({ tag: 3, bits: 16 }), data), "unknown format: 3"],
    [wav(fmt({ tag: 0xfffe, subFormat: 1, foreignGuid: true }), data), "unknown format: 65534"],
    [wav(fmt({ bits: 0 }), data), "bad sample width"],
    [wav(fmt({ bits: 64 }), data), "bad sample width"],
    [wav(fmt({ channels: 0 }), data), "bad # of channels"],
    [wav(fmt({ sampleRate: 0 }), data), "bad frame rate"],
    [wav(chunk("fmt ", new Uint8Array(12)), data), "fmt chunk is too short"],
  ];
  for (const [bytes, message] of cases) {
    assert.throws(() => wave.open(bytes), says(message));
  }
});

test("what is not set, cannot be and cannot be any more is told in Python's words", (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, "take.wav");
  const writer = wave.open(file, "w");
  assert.throws(() => writer.getnchannels(), says("number of channels not set"));
  assert.throws(() => writer.getsampwidth(), says("sample width not set"));
  assert.throws(() => writer.getframerate(), says("frame rate not set"));
  assert.throws(() => writer.getparams(), says("not all parameters set"));
  assert.throws(() => writer.writeframes(AUDIO), says("# channels not specified"));
  for (const wrong of [0, -1, 65_536]) {
    assert.throws(() => writer.setnchannels(wrong), says("bad # of channels"));
  }
  writer.setnchannels(40_000);
  assert.throws(() => writer.writeframes(AUDIO), says("sample width not specified"));
  for (const wrong of [0, -1, 5]) {
    assert.throws(() => writer.setsampwidth(wrong), says("bad sample width"));
  }
  writer.setsampwidth(2);
  assert.throws(() => writer.writeframes(AUDIO), says("sampling rate not specified"));
  for (const wrong of [0, -1, 2 ** 32]) {
    assert.throws(() => writer.setframerate(wrong), says("bad frame rate"));
  }
  writer.setframerate(0.4);
  assert.throws(() => writer.writeframes(AUDIO), says("sampling rate not specified"));
  writer.setframerate(8000);
  assert.throws(() => writer.writeframes(AUDIO), says("bad # of channels"));
  writer.setnchannels(2);
  assert.throws(() => writer.setcomptype("ULAW", "mu-law"), says("unsupported compression type"));
  writer.setnframes(2 ** 31);
  const tooLong = "data does not fit: a WAV file ends at 4 GiB";
  assert.throws(() => writer.writeframes(AUDIO), says(tooLong));
  writer.setnframes(0);
  assert.equal(readFileSync(file).byteLength, 0, "nothing was written so far");

  writer.writeframes(AUDIO);
  const late = "cannot change parameters after starting to write";
  assert.throws(() => writer.setnchannels(1), says(late));
  assert.throws(() => writer.setsampwidth(1), says(late));
  assert.throws(() => writer.setframerate(1), says(late));
  assert.throws(() => writer.setnframes(1), says(late));
  assert.throws(() => writer.setcomptype("NONE", ""), says(late));
  assert.throws(() => writer.setparams(writer.getparams()), says(late));
  assert.throws(() => writer.setmark(1, 2, "x"), says("setmark() not supported"));
  assert.throws(() => writer.getmark(1), says("no marks"));
  assert.equal(writer.getmarkers(), null);
  writer.close();

  const unset = wave.open(path.join(folder, "unset.wav"), "wb");
  assert.throws(() => unset.close(), says("# channels not specified"));
  unset.close();

  using reader = wave.open(file);
  assert.throws(() => reader.getmark(1), says("no marks"));
  assert.equal(reader.getmarkers(), null);
});

test("wrong types and fractions are TypeErrors and RangeErrors", (t) => {
  const file = path.join(temporaryFolder(t), "take.wav");
  const writer = writerOf(file, 1, 2);
  for (const wrong of [undefined, null, "2", [2], 2n]) {
    assert.throws(() => writer.setnchannels(wrong as never), TypeError);
    assert.throws(() => writer.setsampwidth(wrong as never), TypeError);
    assert.throws(() => writer.setframerate(wrong as never), TypeError);
    assert.throws(() => writer.setnframes(wrong as never), TypeError);
    assert.throws(() => writer.setparams(wrong as never), TypeError);
  }
  for (const wrong of [1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.throws(() => writer.setnchannels(wrong), RangeError);
    assert.throws(() => writer.setsampwidth(wrong), RangeError);
    assert.throws(() => writer.setnframes(wrong), RangeError);
  }
  assert.throws(() => writer.setframerate(Number.NaN), RangeError);
  assert.throws(() => writer.setnframes(-1), RangeError);
  assert.deepEqual(
    [writer.getnchannels(), writer.getsampwidth(), writer.getframerate()],
    [1, 2, 8000],
  );
  writer.close();

  for (const wrong of [undefined, null, 5, {}, new ArrayBuffer(50)]) {
    assert.throws(() => wave.open(wrong as never), TypeError);
    assert.throws(() => wave.open(wrong as never, "wb"), TypeError);
  }
  assert.throws(() => wave.open(FILE as never, "wb"), TypeError);
  for (const mode of ["r+", "a", "", "RB"]) {
    const message = "mode must be 'r', 'rb', 'w', or 'wb'";
    assert.throws(() => wave.open(file, mode as never), says(message));
  }
  assert.equal(wave.open(file).getnframes(), 0, "a refused mode leaves the file alone");
});

test("a frame rate is rounded as Python rounds", (t) => {
  const writer = wave.open(path.join(temporaryFolder(t), "take.wav"), "wb");
  for (const [rate, rounded] of [
    [44100.4, 44100],
    [44100.5, 44100],
    [44101.5, 44102],
    [44100.6, 44101],
  ] as const) {
    writer.setframerate(rate);
    assert.equal(writer.getframerate(), rounded);
  }
  writer.setnchannels(1);
  writer.setsampwidth(1);
  writer.close();
});

test("parameters go from a reader to a writer, as an object and as a tuple", (t) => {
  const file = path.join(temporaryFolder(t), "take.wav");
  const params = wave.open(FILE).getparams();
  for (const given of [params, Object.values(params) as unknown as wave.WaveParamsTuple]) {
    const writer = wave.open(file, "wb");
    writer.setparams(given);
    assert.deepEqual(writer.getparams(), params);
    writer.writeframes(AUDIO);
    writer.close();
    assert.deepEqual(readFileSync(file), Buffer.from(FILE));
  }
});

test("close twice is fine; after it frames are neither read nor written", (t) => {
  const file = path.join(temporaryFolder(t), "take.wav");
  const writer = writerOf(file, 1, 2);
  writer.close();
  writer.close();
  assert.throws(() => writer.writeframes(new Int16Array(2)), hasCode("stream-closed"));
  assert.throws(() => writer.writeframesraw(new Int16Array(2)), hasCode("stream-closed"));
  assert.equal(readFileSync(file).byteLength, 44, "a file without frames has a header");

  const reader = wave.open(file);
  assert.equal(typeof reader.getfp(), "number");
  reader.close();
  reader.close();
  assert.equal(reader.getfp(), undefined);
  assert.throws(() => reader.readframes(1), hasCode("stream-closed"));
  assert.equal(wave.open(FILE).getfp(), undefined);
});

test("`using` closes a writer when the block is left by an exception", (t) => {
  const file = path.join(temporaryFolder(t), "take.wav");
  assert.throws(() => {
    using writer = writerOf(file, 2, 2);
    writer.writeframesraw(AUDIO);
    throw new RangeError("of the user's own");
  }, /of the user's own/);
  assert.equal(readFileSync(file).readUInt32LE(40), 400);
});

test("files that cannot be opened are AudioErrors, as they are OSErrors in Python", (t) => {
  const folder = temporaryFolder(t);
  assert.throws(() => wave.open(path.join(folder, "no.wav")), hasCode("file-not-readable"));
  assert.throws(() => wave.open(folder), hasCode("file-not-readable"));
  const missing = path.join(folder, "no/take.wav");
  assert.throws(() => wave.open(missing, "wb"), hasCode("file-not-writable"));
  assert.throws(() => wave.open(folder, "wb"), hasCode("file-not-writable"));
  const pipe = path.join(folder, "pipe.wav");
  if (spawnSync("mkfifo", [pipe]).status === 0) {
    assert.throws(() => wave.open(pipe), hasCode("file-not-readable"));
    assert.throws(() => wave.open(pipe, "wb"), hasCode("file-not-writable"));
    const listener = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    t.after(() => closeSync(listener));
    assert.throws(() => wave.open(pipe, "wb"), /it is a pipe/);
  }
});

test("data beyond 4 GiB are refused before the header is broken", (t) => {
  const device = linkToDevice(t, "null");
  if (device === undefined) {
    return;
  }
  const writer = writerOf(device, 1, 4);
  const block = new Uint8Array(2 ** 28);
  for (let count = 0; count < 15; count++) {
    writer.writeframes(block);
  }
  const tooLong = "data does not fit: a WAV file ends at 4 GiB";
  assert.throws(() => writer.writeframes(block), says(tooLong));
  assert.equal(writer.tell(), 15 * 2 ** 26);
  writer.writeframes(block.subarray(0, 2 ** 28 - 48));
  assert.throws(() => writer.writeframes(new Int32Array(10)), says(tooLong));
  writer.close();
});

test("the module has Python's names and no others but its own", () => {
  assert.deepEqual(Object.keys(wave).sort(), [
    "Error",
    "WAVE_FORMAT_EXTENSIBLE",
    "WAVE_FORMAT_IEEE_FLOAT",
    "WAVE_FORMAT_PCM",
    "WavBytes",
    "WaveError",
    "WaveRead",
    "WaveWrite",
    "Wave_read",
    "Wave_write",
    "open",
  ]);
  assert.equal(wave.Error, wave.WaveError);
  assert.equal(wave.Wave_read, wave.WaveRead);
  assert.equal(wave.Wave_write, wave.WaveWrite);
  assert.equal(new wave.WaveError("x").name, "WaveError");
  assert.ok(new wave.Error("x") instanceof globalThis.Error);
});
