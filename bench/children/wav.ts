// Runs in a process of its own: wav.js PROGRAM TASK FORMAT FILE FRAMES ROUNDS
// Writes or reads a stereo file again and again. Prints a JSON list: the most memory in bytes above what the process had
// before, then the milliseconds of each round.
import { closeSync, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { open } from "node:fs/promises";
import { checkWord } from "../../src/options.js";
import { WavReader } from "../../src/wav/reader.js";
import { WavWriter } from "../../src/wav/writer.js";
import * as wave from "../../src/wave.js";
import { TASKS, type Task, WAV_BLOCK_FRAMES, WAV_FILE_FORMATS } from "../wav-tasks.js";

const PROGRAMS = [
  "roomtone",
  "roomtone-fresh",
  "roomtone/wave",
  "roomtone/wave-into",
  "raw",
  "raw-async",
] as const;
const SPEC = { sampleRate: 44_100, channels: 2 } as const;

const [programWord, taskWord, formatWord, file = "", framesWord, roundsWord] =
  process.argv.slice(2);
const program = checkWord(programWord, "program", PROGRAMS);
const task = checkWord(taskWord, "task", TASKS);
const format = checkWord(formatWord, "format", WAV_FILE_FORMATS);
const frames = Number(framesWord);
const sampleBytes = format === "int16" ? 2 : 4;
const frameBytes = sampleBytes * SPEC.channels;

const sines = Float32Array.from(
  { length: WAV_BLOCK_FRAMES * SPEC.channels },
  (_, index) => 0.5 * Math.sin(index * 0.05),
);
const samples = format === "int16" ? Int16Array.from(sines, (one) => one * 32_767) : sines;
const block = new Uint8Array(samples.buffer);
const target = new Uint8Array(block.byteLength);
const channels = [new Float32Array(WAV_BLOCK_FRAMES), new Float32Array(WAV_BLOCK_FRAMES)];

const works: Readonly<Record<(typeof PROGRAMS)[number], Partial<Record<Task, () => unknown>>>> = {
  roomtone: { write: writeOwn, bytes: readOwn, floats: readOwnChannels },
  "roomtone-fresh": { bytes: readOwnFresh, floats: readOwnFreshChannels },
  "roomtone/wave": { write: writeWave, bytes: readWave },
  "roomtone/wave-into": { bytes: readWaveInto },
  raw: { write: writeRaw, bytes: readRaw },
  "raw-async": { write: writeRawAsync, bytes: readRawAsync },
};
const work = works[program][task];
if (work === undefined) {
  throw new RangeError(`${program} does not do ${task}`);
}

const before = process.resourceUsage().maxRSS;
const times: number[] = [];
// The first round is for the compiler and the cache of the system, and does not count.
for (let round = 0; round <= Number(roundsWord); round++) {
  const began = performance.now();
  const done = await work();
  const ms = performance.now() - began;
  if (done !== frames) {
    throw new Error(`${program} did ${String(done)} of ${frames} frames`);
  }
  if (round > 0) {
    times.push(ms);
  }
}
console.log(JSON.stringify([(process.resourceUsage().maxRSS - before) * 1024, ...times]));

/** Calls `put` with how many frames each block has; gives how many there were. */
async function inBlocks(put: (frames: number) => unknown): Promise<number> {
  let done = 0;
  while (done < frames) {
    const count = Math.min(WAV_BLOCK_FRAMES, frames - done);
    await put(count);
    done += count;
  }
  return done;
}

/** The same without a turn of the event loop between. */
function inBlocksSync(put: (frames: number) => unknown): number {
  let done = 0;
  while (done < frames) {
    const count = Math.min(WAV_BLOCK_FRAMES, frames - done);
    put(count);
    done += count;
  }
  return done;
}

async function writeOwn(): Promise<number> {
  await using writer = await WavWriter.create(file, { ...SPEC, format, overwrite: true });
  return await inBlocks((count) => writer.write(samples.subarray(0, count * SPEC.channels)));
}

async function readOwn(): Promise<number> {
  await using reader = await WavReader.open(file);
  let done = 0;
  for (let read = -1; read !== 0; done += read) {
    read = await reader.readInto(target);
  }
  return done;
}

async function readOwnChannels(): Promise<number> {
  await using reader = await WavReader.open(file);
  let done = 0;
  for (let read = -1; read !== 0; done += read) {
    read = await reader.readChannelsInto(channels);
  }
  return done;
}

/** Each block in memory of its own, as Python's `wave` gives it. */
async function readOwnFresh(): Promise<number> {
  await using reader = await WavReader.open(file);
  let done = 0;
  for (let read = -1; read !== 0; done += read) {
    read = (await reader.read(WAV_BLOCK_FRAMES)).byteLength / frameBytes;
  }
  return done;
}

async function readOwnFreshChannels(): Promise<number> {
  await using reader = await WavReader.open(file);
  let done = 0;
  for (let read = -1; read !== 0; done += read) {
    const [left] = await reader.readChannels(WAV_BLOCK_FRAMES);
    read = left?.length ?? 0;
  }
  return done;
}

function writeWave(): number {
  using writer = wave.open(file, "wb");
  writer.setnchannels(SPEC.channels);
  writer.setformat(format === "int16" ? wave.WAVE_FORMAT_PCM : wave.WAVE_FORMAT_IEEE_FLOAT);
  writer.setsampwidth(sampleBytes);
  writer.setframerate(SPEC.sampleRate);
  return inBlocksSync((count) => writer.writeframesraw(block.subarray(0, count * frameBytes)));
}

function readWave(): number {
  using reader = wave.open(file);
  let done = 0;
  for (let read = -1; read !== 0; done += read) {
    read = reader.readframes(WAV_BLOCK_FRAMES).byteLength / frameBytes;
  }
  return done;
}

function readWaveInto(): number {
  using reader = wave.open(file);
  let done = 0;
  for (let read = -1; read !== 0; done += read) {
    read = reader.readframesinto(target);
  }
  return done;
}

function writeRaw(): number {
  const descriptor = openSync(file, "w");
  try {
    return inBlocksSync((count) => writeSync(descriptor, block, 0, count * frameBytes));
  } finally {
    closeSync(descriptor);
  }
}

/** Reads the bytes of the frames, from the first one on as all others do. */
function readRaw(): number {
  const descriptor = openSync(file, "r");
  try {
    const { size } = fstatSync(descriptor);
    let position = headerBytes(size);
    for (let read = -1; read !== 0; position += read) {
      read = readSync(descriptor, target, 0, target.byteLength, position);
    }
    return (position - headerBytes(size)) / frameBytes;
  } finally {
    closeSync(descriptor);
  }
}

async function writeRawAsync(): Promise<number> {
  await using handle = await open(file, "w");
  return await inBlocks((count) => handle.write(block, 0, count * frameBytes));
}

async function readRawAsync(): Promise<number> {
  await using handle = await open(file, "r");
  const { size } = await handle.stat();
  let position = headerBytes(size);
  for (let read = -1; read !== 0; position += read) {
    read = (await handle.read(target, 0, target.byteLength, position)).bytesRead;
  }
  return (position - headerBytes(size)) / frameBytes;
}

/** Nothing stands behind the frames in the files here. */
function headerBytes(size: number): number {
  return size - frames * frameBytes;
}
