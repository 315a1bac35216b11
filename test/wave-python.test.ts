import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import * as wave from "../src/wave.js";
import { PYTHON, requireTool } from "./rig/tools.js";
import { chunk, fmt, riff, seededBytes, seededRandom, temporaryFolder, wav } from "./wav/files.js";

/** A method and its arguments; bytes are written as `{ hex }`. */
type Call = readonly [method: string, ...args: readonly unknown[]];

interface Program {
  /** A path; `memory` has the bytes of that file read, or a file in memory written. */
  readonly file: string;
  readonly mode: string;
  readonly memory: boolean;
  readonly calls: readonly Call[];
}

/** Runs programs of calls on the real module; prints its version and what each call gave. */
const RUNNER = `
import io, json, platform, sys, wave
def plain(value):
    if isinstance(value, bytes): return {"hex": value.hex()}
    return list(value) if isinstance(value, tuple) else value
def given(value):
    return bytes.fromhex(value["hex"]) if isinstance(value, dict) else value
def attempt(work):
    try: return plain(work())
    except wave.Error as error: return {"error": str(error)}
def run(program):
    reads = program["mode"] in ("r", "rb")
    target = program["file"]
    if program["memory"]:
        target = io.BytesIO(open(target, "rb").read() if reads else b"")
    try: opened = wave.open(target, program["mode"])
    except wave.Error as error: return [{"error": str(error)}]
    except EOFError: return [{"error": "EOF"}]
    results = [attempt(lambda: getattr(opened, name)(*map(given, args))) for name, *args in program["calls"]]
    if not reads:
        opened.close()
        content = target.getvalue() if program["memory"] else open(target, "rb").read()
        results.append({"hex": content.hex()})
    return results
programs = json.load(sys.stdin)
print(json.dumps({"version": platform.python_version(), "results": [run(one) for one in programs]}))
`;

function pythonResults(t: TestContext, programs: readonly Program[]): unknown[] {
  const { status, stdout, stderr } = spawnSync(PYTHON, ["-c", RUNNER], {
    input: JSON.stringify(programs),
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  assert.equal(status, 0, stderr);
  const report: unknown = JSON.parse(stdout);
  assert.ok(typeof report === "object" && report !== null);
  assert.ok("version" in report && "results" in report && Array.isArray(report.results));
  t.diagnostic(`wave of Python ${String(report.version)}`);
  return report.results;
}

function ownResults(program: Program): unknown[] {
  const { file, mode, memory, calls } = program;
  const reads = mode === "r" || mode === "rb";
  const bytes = new wave.WavBytes();
  const target = !memory ? file : reads ? readFileSync(file) : bytes;
  const opened = attempt(() => wave.open(target as never, mode as never));
  if (!(opened instanceof wave.WaveRead || opened instanceof wave.WaveWrite)) {
    return [opened];
  }
  const results = calls.map(([name, ...args]) =>
    attempt(() => {
      const method: unknown = Reflect.get(opened, name);
      assert.ok(typeof method === "function", name);
      return plain(Reflect.apply(method, opened, args.map(given)));
    }),
  );
  opened.close();
  if (!reads) {
    results.push(plain(memory ? bytes.toUint8Array() : new Uint8Array(readFileSync(file))));
  }
  return results;
}

function attempt(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    if (error instanceof wave.WaveError) {
      return { error: error.message };
    }
    throw error;
  }
}

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) {
    return { hex: Buffer.from(value).toString("hex") };
  }
  return typeof value === "object" && value !== null ? Object.values(value) : (value ?? null);
}

function given(value: unknown): unknown {
  return typeof value === "object" && value !== null && "hex" in value
    ? Buffer.from(String(value.hex), "hex")
    : value;
}

function bothAgree(t: TestContext, programs: readonly Program[]): void {
  const theirs = pythonResults(t, programs);
  assert.equal(theirs.length, programs.length);
  for (const [index, program] of programs.entries()) {
    const note = `${program.mode} ${path.basename(program.file)} ${JSON.stringify(program.calls)}`;
    // Once more through JSON, where undefined is not the same as null.
    assert.deepEqual(ownResults(program), theirs[index], note.slice(0, 2000));
  }
}

const hex = (bytes: Uint8Array): { hex: string } => ({ hex: Buffer.from(bytes).toString("hex") });

const FRAMES = 100;
const KINDS = [1, 2, 3, 4].flatMap((width) =>
  [1, 2, 6].map((channels) => ({ width, channels, name: `${width}-${channels}.wav` })),
);

const READER_GETTERS: readonly Call[] = [
  ["getnchannels"],
  ["getsampwidth"],
  ["getframerate"],
  ["getnframes"],
  ["getcomptype"],
  ["getcompname"],
  ["getparams"],
  ["getmarkers"],
  ["getmark", 1],
  ["tell"],
];

test("files of Python are read as Python reads them, wherever one goes in them", (t) => {
  if (!requireTool(t, "python3")) {
    return;
  }
  const folder = temporaryFolder(t);
  const random = seededRandom(7);
  const upTo = (most: number): number => Math.floor(random() * (most + 1));
  const walk = (): Call => {
    const choices: readonly Call[] = [
      ["readframes", upTo(FRAMES / 3)],
      ["readframes", FRAMES * 2],
      ["readframes", -1],
      ["readframes", 0],
      ["setpos", upTo(FRAMES)],
      ["setpos", FRAMES],
      ["setpos", FRAMES + 1 + upTo(9)],
      ["setpos", -1 - upTo(9)],
      ["rewind"],
    ];
    return choices[upTo(choices.length - 1)] ?? ["tell"];
  };
  const written = KINDS.map(({ width, channels, name }): Program => {
    const params = [channels, width, 44_100, 0, "NONE", "not compressed"];
    const data = hex(seededBytes(FRAMES * width * channels, width * 10 + channels));
    const calls: Call[] = [
      ["setparams", params],
      ["writeframes", data],
    ];
    return { file: path.join(folder, name), mode: "wb", memory: false, calls };
  });
  pythonResults(t, written);
  const programs = KINDS.flatMap(({ name }) =>
    [false, true].map((memory): Program => {
      const calls = Array.from({ length: 60 }, (): Call[] => [walk(), ["tell"]]).flat();
      const file = path.join(folder, name);
      return { file, mode: memory ? "r" : "rb", memory, calls: [...READER_GETTERS, ...calls] };
    }),
  );
  bothAgree(t, programs);
});

const WRITER_GETTERS: readonly Call[] = [
  ["getnchannels"],
  ["getsampwidth"],
  ["getframerate"],
  ["getnframes"],
  ["getcomptype"],
  ["getcompname"],
  ["getparams"],
  ["getmarkers"],
  ["getmark", 1],
  ["setmark", 1, 2, "name"],
  ["tell"],
];
const SETTERS: readonly Call[] = [
  ["setnchannels", 2],
  ["setnchannels", 0],
  ["setnchannels", -1],
  ["setsampwidth", 2],
  ["setsampwidth", 0],
  ["setsampwidth", 5],
  ["setframerate", 44_100.5],
  ["setframerate", 0],
  ["setframerate", -8000],
  ["setnframes", 5],
  ["setcomptype", "ULAW", "CCITT G.711 u-law"],
  ["setcomptype", "NONE", "nothing at all"],
  ["setparams", [1, 7, 8000, 0, "NONE", "not compressed"]],
  ["setparams", [1, 2, 8000, 0, "G722", "not compressed"]],
];

test("files come out as Python writes them, in any order of calls and with any number announced", (t) => {
  if (!requireTool(t, "python3")) {
    return;
  }
  const folder = temporaryFolder(t);
  const file = path.join(folder, "take.wav");
  const programs: Program[] = [];
  const add = (calls: readonly Call[]): void => {
    for (const memory of [false, true]) {
      programs.push({ file, mode: memory ? "w" : "wb", memory, calls });
    }
  };
  add([
    // Before it is set, Python's getcomptype() is an AttributeError.
    ["setcomptype", "NONE", "not compressed"],
    ...WRITER_GETTERS,
    ["writeframes", hex(new Uint8Array(4))],
    ...SETTERS.flatMap((call) => [call, ...WRITER_GETTERS]),
    ["setparams", [2, 2, 8000, 0, "NONE", "not compressed"]],
    ["writeframes", hex(seededBytes(40, 1))],
    ...SETTERS,
    ...WRITER_GETTERS,
  ]);
  for (const { width, channels } of KINDS) {
    const frame = width * channels;
    // Even numbers of frames: of odd data, Python forgets the pad byte.
    const blocks = [2, 10, 0, 4].map((frames) => hex(seededBytes(frames * frame, frames)));
    for (const announced of [0, 3, 16, 1000]) {
      const start: Call = ["setparams", [channels, width, 22_050, announced, "NONE", "none"]];
      add([start]);
      for (const way of ["writeframes", "writeframesraw"]) {
        const writes = blocks.map((block): Call => [way, block]);
        add([start, ...writes.flatMap((call) => [call, ...WRITER_GETTERS])]);
        add([start, ...writes, ["close"], ["tell"], ["getnframes"], ["close"]]);
      }
    }
  }
  bothAgree(t, programs);
});

test("what is no WAV file is refused in the same words", (t) => {
  if (!requireTool(t, "python3")) {
    return;
  }
  const folder = temporaryFolder(t);
  const data = chunk("data", seededBytes(40, 3));
  const contents = [
    Buffer.from("hello, this is text"),
    riff([fmt(), data], { id: "FORM" }),
    riff([fmt(), data], { form: "AVI " }),
    wav(fmt()),
    wav(chunk("LIST", new Uint8Array(20))),
    wav(fmt({ tag: 85 }), data),
    wav(fmt({ tag: 49 }), data),
    wav(fmt({ bits: 0 }), data),
    wav(fmt({ channels: 0 }), data),
  ];
  const programs = contents.map((bytes, index): Program => {
    const file = path.join(folder, `${index}.wav`);
    writeFileSync(file, bytes);
    return { file, mode: "rb", memory: false, calls: [["getparams"]] };
  });
  for (const mode of ["r+", "a", "RB", "wb+"]) {
    programs.push({ file: path.join(folder, "none.wav"), mode, memory: false, calls: [] });
  }
  bothAgree(t, programs);
});

test("sound files that Python refuses are read here, in frames of the width that is told", (t) => {
  if (!requireTool(t, "python3")) {
    return;
  }
  const kinds: Readonly<Record<string, readonly [sampwidth: number, format: number]>> = {
    "sound-alaw.wav": [2, wave.WAVE_FORMAT_PCM],
    "sound-bw64.wav": [2, wave.WAVE_FORMAT_PCM],
    "sound-float64.wav": [8, wave.WAVE_FORMAT_IEEE_FLOAT],
    "sound-ima-adpcm.wav": [2, wave.WAVE_FORMAT_PCM],
    "sound-ms-adpcm.wav": [2, wave.WAVE_FORMAT_PCM],
    "sound-mulaw.wav": [2, wave.WAVE_FORMAT_PCM],
    "sound-rf64.wav": [2, wave.WAVE_FORMAT_PCM],
    "sound-rifx-float32.wav": [4, wave.WAVE_FORMAT_IEEE_FLOAT],
    "sound-rifx-float64.wav": [8, wave.WAVE_FORMAT_IEEE_FLOAT],
    "sound-rifx-pcm16.wav": [2, wave.WAVE_FORMAT_PCM],
    "sound-rifx-pcm24.wav": [3, wave.WAVE_FORMAT_PCM],
    "sound-wave64.w64": [2, wave.WAVE_FORMAT_PCM],
  };
  const folder = path.join(import.meta.dirname, "../../test/fixtures/wav");
  const programs = Object.keys(kinds).map((name): Program => {
    return { file: path.join(folder, name), mode: "rb", memory: false, calls: [] };
  });
  const theirs = pythonResults(t, programs);
  for (const [index, [name, [sampwidth, format]]] of Object.entries(kinds).entries()) {
    assert.match(JSON.stringify(theirs[index]), /unknown format|does not start with RIFF/, name);
    using reader = wave.open(path.join(folder, name));
    const { nframes, nchannels } = reader.getparams();
    assert.ok(nframes > 0, name);
    assert.equal(reader.getsampwidth(), sampwidth, name);
    assert.equal(reader.getformat(), format, name);
    assert.equal(reader.readframes(-1).byteLength, nframes * nchannels * sampwidth, name);
  }
});

test("floats of both widths are written with setformat, and come back bit for bit", () => {
  for (const [sampwidth, samples] of [
    [4, Float32Array.of(0, 0.1, -1, 1.5, -0, 1e-40)],
    [8, Float64Array.of(0, 0.1, -1, 1.5, -0, 1e-310)],
  ] as const) {
    const file = new wave.WavBytes();
    using writer = wave.open(file, "wb");
    writer.setnchannels(2);
    assert.throws(() => writer.setformat(6), { message: "unsupported wave format" });
    writer.setformat(wave.WAVE_FORMAT_IEEE_FLOAT);
    assert.equal(writer.getformat(), wave.WAVE_FORMAT_IEEE_FLOAT);
    for (const wrong of [1, 2, 3, 5]) {
      assert.throws(() => writer.setsampwidth(wrong), { message: "bad sample width" });
    }
    writer.setsampwidth(sampwidth);
    writer.setframerate(48_000);
    writer.writeframes(samples);
    assert.throws(() => writer.setformat(wave.WAVE_FORMAT_PCM), wave.WaveError);
    using reader = wave.open(file.toUint8Array());
    assert.equal(reader.getformat(), wave.WAVE_FORMAT_IEEE_FLOAT);
    assert.equal(reader.getsampwidth(), sampwidth);
    assert.equal(reader.getnframes(), 3);
    assert.deepEqual(reader.readframes(-1), new Uint8Array(samples.buffer));
  }
});

test("a format that is set after a width that it does not have is refused before the first byte", () => {
  const file = new wave.WavBytes();
  const writer = wave.open(file, "wb");
  writer.setparams([1, 2, 8000, 0, "NONE", "not compressed"]);
  writer.setformat(wave.WAVE_FORMAT_IEEE_FLOAT);
  assert.throws(() => writer.writeframes(new Float32Array(2)), { message: "bad sample width" });
  assert.throws(() => writer.close(), { message: "bad sample width" });
  assert.equal(file.size, 0);
});

test("a file in memory is emptied when it is opened for writing, and is not opened for reading", () => {
  const file = new wave.WavBytes();
  file.put(new Uint8Array(500), 0);
  const writer = wave.open(file, "w");
  assert.equal(file.size, 0);
  writer.setparams([1, 2, 8000, 0, "NONE", "not compressed"]);
  writer.writeframes(new Int16Array(2));
  assert.equal(file.size, 48);
  writer.close();
  assert.throws(() => writer.writeframes(new Int16Array(2)), { code: "stream-closed" });
  assert.throws(() => wave.open(file as never), TypeError);
});
