import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { promisify } from "node:util";
import { startPulse } from "../rig/pulse.js";
import { speak } from "../rig/speech.js";
import { PYTHON, requireTool } from "../rig/tools.js";
import { reportOf, runProgram } from "./program.js";
import type { RecordWavTask } from "./programs/record-wav.js";

const run = promisify(execFile);

const RATE = 44_100;
const SECONDS = 5;
const CHANNELS = 2;

/** Each format of a WAV file, and what other programs call it. */
const FORMATS = [
  { format: "uint8", bytes: 1, subtype: "PCM_U8", encoding: "Unsigned Integer PCM" },
  { format: "int16", bytes: 2, subtype: "PCM_16", encoding: "Signed Integer PCM" },
  { format: "int24", bytes: 3, subtype: "PCM_24", encoding: "Signed Integer PCM" },
  { format: "int32", bytes: 4, subtype: "PCM_32", encoding: "Signed Integer PCM" },
  { format: "float32", bytes: 4, subtype: "FLOAT", encoding: "Floating Point PCM" },
] as const;

const WAVE = `
import json, sys, wave
with wave.open(sys.argv[1]) as file:
    data = file.readframes(file.getnframes())
    print(json.dumps(list(file.getparams())[:4] + [len(data)]))
`;
const SOUNDFILE = `
import json, sys, soundfile
file = soundfile.SoundFile(sys.argv[1])
data = file.read(dtype="int32", always_2d=True)
print(json.dumps([file.channels, file.samplerate, file.frames, file.subtype, len(data)]))
`;

test("speech that was recorded is in our WAV files as wave, soundfile and sox read them, bit for bit", async (t) => {
  const tools = ["pulseaudio", "libportaudio2", "espeak-ng", "sox", "python3"] as const;
  if (!requireTool(t, ...tools, "python3-soundfile")) {
    return;
  }
  const pulse = await startPulse({ rate: RATE, channels: CHANNELS, format: "s16le" });
  t.after(() => pulse.stop());
  const spoken = path.join(pulse.folder, "spoken.raw");
  await speak("Every frame is accounted for.", spoken);
  const speech = trimmed(samplesIn(spoken));
  assert.ok(
    speech.length > RATE && speech.length < (SECONDS - 2) * RATE,
    `${speech.length} frames`,
  );

  const files = FORMATS.map(({ format }) => ({
    format,
    path: path.join(pulse.folder, `${format}.wav`),
  }));
  const played: Promise<void>[] = [];
  const result = await runProgram("record-wav", {
    task: { seconds: SECONDS, channels: CHANNELS, files } satisfies RecordWavTask,
    env: pulse.env,
    onReady: () =>
      played.push(pulse.play(bytesOf(inBothChannels(speech))).then((player) => player.finished)),
  });
  assert.deepEqual(reportOf(result), { frames: SECONDS * RATE, gaps: [] });
  await Promise.all(played);

  for (const [index, { format, bytes, subtype, encoding }] of FORMATS.entries()) {
    const file = files[index]?.path ?? "";
    await t.test(`${format} has the right rate, channels, width and frames`, async () => {
      const frames = SECONDS * RATE;
      // Python's wave reads integers only.
      if (format !== "float32") {
        const seen: unknown = JSON.parse((await run(PYTHON, ["-c", WAVE, file])).stdout);
        assert.deepEqual(seen, [CHANNELS, bytes, RATE, frames, frames * bytes * CHANNELS]);
      }
      const seen: unknown = JSON.parse((await run(PYTHON, ["-c", SOUNDFILE, file])).stdout);
      assert.deepEqual(seen, [CHANNELS, RATE, frames, subtype, frames]);
      const soxi = async (field: string): Promise<string> =>
        (await run("soxi", [field, file])).stdout.trim();
      assert.deepEqual(
        [await soxi("-r"), await soxi("-c"), await soxi("-b"), await soxi("-s"), await soxi("-e")],
        [RATE, CHANNELS, bytes * 8, frames, encoding].map(String),
      );
    });
    await t.test(`${format} has the speech`, async () => {
      const heard = path.join(pulse.folder, `${format}.raw`);
      await run("sox", ["-D", file, "-t", "raw", "-e", "signed-integer", "-b", "16", heard]);
      const all = samplesIn(heard);
      const left = all.filter((_sample, at) => at % CHANNELS === 0);
      assert.deepEqual(
        all.filter((_sample, at) => at % CHANNELS === 1),
        left,
      );
      if (format === "uint8") {
        // Eight bits are too few for all of it: what they say is the nearest step.
        const rounded = trimmed(
          speech.map((sample) => Math.min(127, roundToEven(sample / 256)) * 256),
        );
        assert.deepEqual(trimmed(left), rounded);
        return;
      }
      const found = trimmed(left);
      t.diagnostic(`${format}: ${rms(found).toFixed(0)} RMS, played ${rms(speech).toFixed(0)}`);
      assert.ok(rms(found) > 500, "it is nearly silent");
      assert.deepEqual(found, speech);
    });
  }
});

function samplesIn(file: string): Int16Array {
  const bytes = readFileSync(file);
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

function bytesOf(samples: Int16Array): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}

/** Without the silence at both ends. */
function trimmed(samples: Int16Array): Int16Array {
  const start = samples.findIndex((sample) => sample !== 0);
  return samples.slice(start, samples.findLastIndex((sample) => sample !== 0) + 1);
}

/** The same in both channels, with half a second of silence on both sides. */
function inBothChannels(samples: Int16Array): Int16Array {
  const silence = RATE / 2;
  const both = new Int16Array((silence + samples.length + silence) * CHANNELS);
  samples.forEach((sample, frame) => {
    both.fill(sample, (silence + frame) * CHANNELS, (silence + frame + 1) * CHANNELS);
  });
  return both;
}

function rms(samples: Int16Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}

/** To the nearest integer, from the middle to the even one. */
function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest === 0.5 ? floor + (floor % 2 === 0 ? 0 : 1) : Math.round(value);
}
