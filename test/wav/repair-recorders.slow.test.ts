// Recorders of others that are killed while they record, and what a repair makes of their files.

import assert from "node:assert/strict";
import { type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  closeSync,
  constants,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { repairWav, WavReader } from "../../src/index.js";
import { PYTHON, requireTool, type Tool } from "../rig/tools.js";
import { temporaryFolder } from "./files.js";

const RATE = 8000;
/** A recorder is killed when its file has so many bytes: more than its buffers keep back. */
const KILL_BYTES = 100_000;
/** What `ulimit -f` counts is 512 bytes. */
const LIMIT_BLOCKS = 2 ** 18;
/** Two channels of 16 bits: the number of the frame, and its complement. */
const RAMP = Buffer.from(
  new Int16Array(2 ** 18).map((_, index) => (index % 2 === 0 ? index / 2 : ~((index - 1) / 2)))
    .buffer,
);

interface Recorder {
  readonly name: string;
  readonly tools: readonly Tool[];
  /**
   * The command that records from the pipe with raw frames, or from the ALSA device `ramp`: that has
   * the ramp once, silence behind it, and is as fast as the machine.
   */
  command(pipe: string, file: string): readonly [string, ...string[]];
  readonly bigEndian?: boolean;
}

const RAW = words(`-t raw -r ${RATE} -c 2 -e signed -b 16`);
const PYTHON_WAVE = `
import sys, wave
pipe = open(sys.argv[1], "rb", buffering=0)
f = wave.open(sys.argv[2], "wb")
f.setparams((2, 2, ${RATE}, 0, "NONE", "not compressed"))
while data := pipe.read(4000):
    f.writeframesraw(data)`;
const OURS = fileURLToPath(new URL("pipe-recorder.child.js", import.meta.url));

const RECORDERS: readonly Recorder[] = [
  {
    name: "arecord",
    tools: ["arecord"],
    command: (_, file) => [
      "arecord",
      ...words(`-q -D ramp -f S16_LE -c 2 -r ${RATE} -t wav`),
      file,
    ],
  },
  {
    name: "SoX's rec",
    tools: ["sox"],
    command: (_, file) => ["sox", ...words(`-q -t alsa -r ${RATE} -c 2 -b 16 ramp`), file],
  },
  {
    name: "SoX, big-endian",
    tools: ["sox"],
    bigEndian: true,
    command: (pipe, file) => ["sox", "-q", ...RAW, pipe, "-B", file],
  },
  {
    name: "FFmpeg",
    tools: ["ffmpeg"],
    command: (pipe, file) => [
      "ffmpeg",
      ...words(`-v error -f s16le -ar ${RATE} -ac 2 -i`),
      pipe,
      file,
    ],
  },
  {
    name: "Python's wave",
    tools: ["python3"],
    command: (pipe, file) => [PYTHON, "-c", PYTHON_WAVE, pipe, file],
  },
  {
    name: "roomtone",
    tools: [],
    command: (pipe, file) => [process.execPath, OURS, pipe, file, `${RATE}`],
  },
];

function words(text: string): string[] {
  return text.split(" ");
}

/** Records the ramp out of a pipe, and is killed in the middle. */
async function recordAndKill(recorder: Recorder, folder: string): Promise<string> {
  const pipe = path.join(folder, "pipe");
  const file = path.join(folder, "take.wav");
  const alsa = path.join(folder, "asound.conf");
  assert.equal(spawnSync("mkfifo", [pipe]).status, 0);
  const raw = path.join(folder, "ramp.raw");
  writeFileSync(raw, RAMP);
  writeFileSync(
    alsa,
    `pcm.ramp { type file slave.pcm { type null } file "/dev/null" infile "${raw}" format "raw" }\n`,
  );
  // For reading, too: opening must not wait for the recorder.
  const feed = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
  // Whatever goes wrong, the disk does not fill up.
  const limited = ["-c", `ulimit -f ${LIMIT_BLOCKS}; exec "$@"`, "sh"];
  const child = spawn("sh", [...limited, ...recorder.command(pipe, file)], {
    env: { ...process.env, ALSA_CONFIG_PATH: alsa },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  const ended = once(child, "close");
  try {
    const limit = Date.now() + 20_000;
    for (let fed = 0; bytesOf(file) < KILL_BYTES; ) {
      assert.equal(child.exitCode, null, `it ended by itself: ${complaint}`);
      assert.ok(Date.now() < limit, `it recorded ${bytesOf(file)} bytes: ${complaint}`);
      fed += fill(feed, RAMP.subarray(fed));
      await sleep(5);
    }
  } finally {
    child.kill("SIGKILL");
    await ended;
    closeSync(feed);
  }
  assert.ok(child.signalCode !== null, "it was killed");
  return file;
}

/** Puts into a pipe what goes in; gives how many bytes. */
function fill(pipe: number, bytes: Uint8Array): number {
  try {
    // Whole frames, so that a recorder that starts late finds the first one.
    return writeSync(pipe, bytes, 0, Math.min(4096, bytes.byteLength));
  } catch (error) {
    assert.ok(error instanceof Error && "code" in error && error.code === "EAGAIN", String(error));
    return 0;
  }
}

function bytesOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** What programs say of the number of frames. */
const READERS: Readonly<Record<string, (file: string) => SpawnSyncReturns<string>>> = {
  libsndfile: (file) =>
    python("import soundfile; print(len(soundfile.read(sys.argv[1])[0]))", file),
  "Python's wave": (file) =>
    python("import wave; f = wave.open(sys.argv[1]); print(len(f.readframes(10 ** 9)) // 4)", file),
  SoX: (file) =>
    spawnSync("sh", ["-c", "sox -V1 \"$1\" -t s16 - | wc -c | awk '{print $1 / 4}'", "sh", file], {
      encoding: "utf8",
    }),
  FFmpeg: (file) =>
    spawnSync(
      "sh",
      ["-c", "ffmpeg -v error -i \"$1\" -f s16le - | wc -c | awk '{print $1 / 4}'", "sh", file],
      { encoding: "utf8" },
    ),
};

function python(script: string, file: string): SpawnSyncReturns<string> {
  return spawnSync(PYTHON, ["-c", `import sys; ${script}`, file], { encoding: "utf8" });
}

/** Each of the programs reads so many frames, without a complaint. */
function checkReaders(t: TestContext, file: string, frames: number, bigEndian: boolean): void {
  if (!requireTool(t, "python3-soundfile", "sox", "ffmpeg")) {
    return;
  }
  for (const [name, read] of Object.entries(READERS)) {
    // It does not know RIFX.
    if (bigEndian && name === "Python's wave") {
      continue;
    }
    const { stdout, stderr } = read(file);
    assert.deepEqual([Number(stdout), stderr], [frames, ""], name);
  }
}

describe("a recorder killed with SIGKILL leaves a file that repairWav makes whole", {
  concurrency: 2,
}, () => {
  for (const recorder of RECORDERS) {
    const { name, tools, bigEndian = false } = recorder;
    test(name, async (t) => {
      if (!requireTool(t, ...tools)) {
        return;
      }
      const file = await recordAndKill(recorder, temporaryFolder(t));
      const before = readFileSync(file);
      const { findings, changes, remaining } = await repairWav(file);
      assert.ok(findings.length > 0 && changes.length > 0);
      assert.deepEqual(
        remaining.filter(({ code }) => code !== "trailing-bytes"),
        [],
      );
      const after = readFileSync(file);
      assert.ok(after.byteLength >= before.byteLength, "it was not shortened");
      await using reader = await WavReader.open(file);
      assert.deepEqual([reader.sampleRate, reader.format], [RATE, "int16"]);
      assert.equal(reader.encoding.bigEndian, bigEndian);
      // All that stands behind the header, up to its last whole frame.
      const header = reader.chunks.find(({ id }) => id === "data")?.position ?? 0;
      assert.equal(reader.length, Math.floor((before.byteLength - header) / 4));
      const length = Math.min(RAMP.byteLength, reader.length * 4);
      const read = Buffer.from(await reader.read(length / 4));
      assert.ok(read.equals(RAMP.subarray(0, length)), "the frames are those that were recorded");
      checkReaders(t, file, reader.length, bigEndian);
    });
  }
});
