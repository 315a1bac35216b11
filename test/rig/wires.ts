import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { startBoundChild } from "./bound-child.js";
import { runScript } from "./child.js";
import type { Pulse } from "./pulse.js";
import { fitTone, sine } from "./tone.js";

/** The examples that pass what they hear on to a speaker, and their arguments for so many seconds. */
const WIRES: readonly { readonly name: string; readonly args: (seconds: string) => string[] }[] = [
  { name: "pyaudio/wire-full", args: (seconds) => [seconds] },
  { name: "pyaudio/wire-half", args: (seconds) => [seconds] },
  { name: "pyaudio/wire-callback", args: (seconds) => [seconds] },
  { name: "sounddevice/wire", args: (seconds) => ["--seconds", seconds] },
  { name: "sounddevice/asyncio-generators", args: (seconds) => ["--seconds", seconds] },
];
/** PulseAudio may take more than a second until it gives the first frames. */
const SECONDS = 3;
const LEAST_SECONDS = 1;
const RATE = 44_100;
const TONE = { frequency: 1000, amplitude: 0.25 };
/** A stretch in which the tone is looked for. */
const WINDOW = RATE / 50;

/**
 * Runs the wires of the examples all at once, each with a private speaker, while a tone is played into the private
 * microphone. Returns a line for each one that did not end well or whose speaker did not play the tone.
 */
export async function runWires(pulse: Pulse, examples: string): Promise<readonly string[]> {
  const player = await pulse.play(tone(8));
  try {
    const faults = await Promise.all(
      WIRES.map(async ({ name, args }, index) => {
        const fault = await runWire(pulse, path.join(examples, `${name}.js`), args, index);
        console.log(`-- ${name}: ${fault ?? "the tone was heard"}`);
        return fault === undefined ? [] : [`${name}: ${fault}`];
      }),
    );
    return faults.flat();
  } finally {
    await player.stop();
  }
}

async function runWire(
  pulse: Pulse,
  script: string,
  args: (seconds: string) => string[],
  index: number,
): Promise<string | undefined> {
  const sink = `speaker-${index}`;
  const form = [`rate=${RATE}`, "format=s16le", "channels=1"];
  await pulse.control("load-module", "module-null-sink", `sink_name=${sink}`, ...form);
  const folder = mkdtempSync(path.join(tmpdir(), "roomtone-wire-"));
  const heard = path.join(folder, "heard.raw");
  const listener = await startBoundChild(
    "parec",
    [
      `--device=${sink}.monitor`,
      "--raw",
      "--format=s16le",
      `--rate=${RATE}`,
      "--channels=1",
      // Else it keeps two seconds to itself, which are lost when it is stopped.
      "--latency-msec=50",
      heard,
    ],
    { env: pulse.env },
  );
  try {
    const result = await runScript(script, {
      args: args(String(SECONDS)),
      cwd: folder,
      env: { ...pulse.env, PULSE_SINK: sink },
      timeoutMs: 30_000,
    });
    await listener.stop();
    if (result.code !== 0) {
      return `ended with ${result.timedOut ? "no end" : result.code}: ${result.stderr}`;
    }
    const seconds = toneSeconds(readFileSync(heard));
    return seconds >= LEAST_SECONDS
      ? undefined
      : `the tone was heard for ${seconds.toFixed(2)} s only`;
  } finally {
    await listener.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function tone(seconds: number): Uint8Array {
  const floats = sine(seconds * RATE, RATE, TONE.frequency, TONE.amplitude);
  return new Uint8Array(Int16Array.from(floats, (sample) => Math.round(sample * 32_767)).buffer);
}

/** How long the tone is heard in int16 frames; a busy machine may put silence in between. */
function toneSeconds(raw: Buffer): number {
  const samples = Float32Array.from(
    { length: Math.floor(raw.byteLength / 2) },
    (_, index) => raw.readInt16LE(2 * index) / 32_768,
  );
  let windows = 0;
  for (let start = 0; start + WINDOW <= samples.length; start += WINDOW) {
    const part = samples.subarray(start, start + WINDOW);
    const { amplitude } = fitTone(part, RATE, TONE.frequency, 0);
    windows += Math.min(1, amplitude / TONE.amplitude);
  }
  return (windows * WINDOW) / RATE;
}
