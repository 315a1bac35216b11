import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { FlacReader, type FlacSampleFormat, FlacWriter } from "../src/index.js";
import { seededRandom } from "../test/wav/files.js";
import { median, spreadText } from "./numbers.js";
import type { Effort, Question } from "./question.js";
import { type Cell, printTable, ratioText } from "./table.js";

const RATE = 48_000;
const CHANNELS = 2;
const SECONDS = 60;
/** As a recorder hands them over. */
const BLOCK_FRAMES = 4800;
const CASES: readonly { readonly format: FlacSampleFormat; readonly level: number }[] = [
  { format: "int16", level: 0 },
  { format: "int16", level: 5 },
  { format: "int16", level: 8 },
  { format: "int24", level: 5 },
];

/** What FLAC costs, beside the reference program in C. */
export const flac: Question = {
  name: "flac",
  title: "Coding and decoding FLAC",
  async run(effort: Effort) {
    const folder = mkdtempSync(path.join(tmpdir(), "roomtone-flac-"));
    try {
      const rows: Cell[][] = [];
      for (const one of CASES) {
        rows.push(await measure(folder, one.format, one.level, Math.max(3, effort.rounds)));
      }
      console.log(
        `${SECONDS} s of stereo at ${RATE} Hz, red noise and a tone, from memory to a file and back, milliseconds. Native: the \`flac\` program from raw file to file, with its start of some 3 ms.\n`,
      );
      printTable(
        [
          "",
          "coding",
          "min–max",
          "× real time",
          "native",
          "to native",
          "decoding",
          "min–max",
          "× real time",
          "native",
          "to native",
          "size to native",
        ],
        rows,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

async function measure(
  folder: string,
  format: FlacSampleFormat,
  level: number,
  rounds: number,
): Promise<Cell[]> {
  const [raw, ours, theirs] = ["sound.raw", "ours.flac", "theirs.flac"].map((name) =>
    path.join(folder, name),
  ) as [string, string, string];
  const sound = soundOf(format);
  writeFileSync(raw, sound);
  const bits = format === "int16" ? 16 : 24;
  const form = ["--force-raw-format", "--endian=little", "--sign=signed"];
  const shape = [...form, `--channels=${CHANNELS}`, `--bps=${bits}`, `--sample-rate=${RATE}`];
  const times = { code: [] as number[], nativeCode: [] as number[], decode: [] as number[] };
  const nativeDecode: number[] = [];
  // The first round is for the compiler and does not count.
  for (let round = 0; round <= rounds; round++) {
    const code = await timed(() => write(ours, sound, format, level));
    const nativeCode = await timed(() => native(["-f", `-${level}`, ...shape, "-o", theirs, raw]));
    const decode = await timed(() => read(ours));
    const native2 = await timed(() => native(["-d", "-f", ...form, "-o", raw, theirs]));
    if (round > 0) {
      times.code.push(code);
      times.nativeCode.push(nativeCode);
      times.decode.push(decode);
      nativeDecode.push(native2);
    }
  }
  const size = statSync(ours).size / statSync(theirs).size;
  return [
    `${bits} bits, level ${level}`,
    median(times.code),
    spreadText(times.code, 0),
    (SECONDS * 1000) / median(times.code),
    median(times.nativeCode),
    ratioText(median(times.code), median(times.nativeCode)),
    median(times.decode),
    spreadText(times.decode, 0),
    (SECONDS * 1000) / median(times.decode),
    median(nativeDecode),
    ratioText(median(times.decode), median(nativeDecode)),
    size.toFixed(4),
  ];
}

async function write(
  file: string,
  sound: Uint8Array,
  format: FlacSampleFormat,
  level: number,
): Promise<void> {
  const spec = { sampleRate: RATE, channels: CHANNELS, format, level, overwrite: true };
  await using writer = await FlacWriter.create(file, spec);
  const step = (BLOCK_FRAMES * sound.byteLength) / (SECONDS * RATE);
  for (let at = 0; at < sound.byteLength; at += step) {
    await writer.write(sound.subarray(at, at + step));
  }
}

async function read(file: string): Promise<void> {
  await using reader = await FlacReader.open(file);
  let frames = 0;
  for await (const block of reader) {
    frames += block.length;
  }
  if (frames !== SECONDS * RATE) {
    throw new Error(`${frames} frames were read`);
  }
}

function native(args: readonly string[]): void {
  const { status, stderr, error } = spawnSync("flac", ["-s", ...args]);
  if (status !== 0) {
    throw error ?? new Error(`flac: ${stderr.toString()}`);
  }
}

async function timed(work: () => Promise<void> | void): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function soundOf(format: FlacSampleFormat): Uint8Array {
  const random = seededRandom(1);
  const width = format === "int16" ? 2 : 3;
  const scale = 2 ** (8 * width - 1) * 0.3;
  const bytes = new Uint8Array(SECONDS * RATE * CHANNELS * width);
  const red = [0, 0];
  for (let index = 0, at = 0; at < bytes.byteLength; index++) {
    const channel = index % CHANNELS;
    red[channel] = 0.98 * (red[channel] ?? 0) + 0.1 * (random() - 0.5);
    const tone = 0.3 * Math.sin(((index >> 1) * 2 * Math.PI * 440) / RATE);
    const sample = Math.round((tone + (red[channel] ?? 0)) * scale);
    for (let byte = 0; byte < width; byte++) {
      bytes[at++] = sample >> (8 * byte);
    }
  }
  return bytes;
}
