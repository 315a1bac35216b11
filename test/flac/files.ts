import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import type { FlacBlock } from "../../src/flac/sound.js";
import {
  FlacReader,
  type FlacSampleFormat,
  FlacWriter,
  type FlacWriterOptions,
  WavBytes,
} from "../../src/index.js";
import { seededRandom } from "../wav/files.js";

/** Interleaved samples that sound like something: a wandering tone with noise, the same for the same seed. */
export function soundOf(
  frames: number,
  channels: number,
  format: FlacSampleFormat,
  seed = 1,
): Uint8Array {
  const random = seededRandom(seed);
  const width = format === "int16" ? 2 : 3;
  const scale = 2 ** (8 * width - 1);
  const bytes = new Uint8Array(frames * channels * width);
  let at = 0;
  for (let frame = 0; frame < frames; frame++) {
    for (let channel = 0; channel < channels; channel++) {
      const tone = Math.sin(frame * 0.03 * (channel + 1)) * 0.6;
      const sample = Math.round((tone + (random() - 0.5) * 0.01) * scale);
      // The ends of the range are where mistakes show.
      const end = frame % 97 === 0 ? -scale : frame % 101 === 0 ? scale - 1 : sample;
      for (let byte = 0; byte < width; byte++) {
        bytes[at++] = end >> (8 * byte);
      }
    }
  }
  return bytes;
}

/** A whole file in memory. */
export async function flacOf(
  samples: Uint8Array,
  options: FlacWriterOptions,
  pieceBytes: number = samples.byteLength,
): Promise<Uint8Array> {
  const memory = new WavBytes();
  const writer = await FlacWriter.create(memory, options);
  for (let at = 0; at < samples.byteLength; at += pieceBytes) {
    await writer.write(samples.subarray(at, at + pieceBytes));
  }
  await writer.close();
  return memory.toUint8Array();
}

/** All samples of a reader, which must come without a hole. */
export async function samplesOf(reader: FlacReader): Promise<Uint8Array> {
  const blocks: FlacBlock[] = [];
  let position = 0;
  for await (const block of reader) {
    if (block.position !== position || block.length === 0) {
      throw new Error(`a block of ${block.length} at ${block.position} in place of ${position}`);
    }
    position += block.length;
    blocks.push(block);
  }
  return new Uint8Array(Buffer.concat(blocks.map(({ bytes }) => bytes)));
}

/** The same of a file. */
export async function decoded(
  file: Uint8Array | string,
): Promise<{ samples: Uint8Array; reader: FlacReader }> {
  const reader = await FlacReader.open(file);
  try {
    return { samples: await samplesOf(reader), reader };
  } finally {
    await reader.close();
  }
}

/** Runs the reference decoder's program; gives what it says and what it decodes. */
export function flacProgram(args: readonly string[]): {
  status: number | null;
  said: string;
  out: Uint8Array;
} {
  const { status, stderr, stdout } = spawnSync("flac", args, { maxBuffer: 2 ** 28 });
  return { status, said: stderr.toString(), out: new Uint8Array(stdout) };
}

/** What raw samples are to the `flac` program. */
export function rawArgs(format: FlacSampleFormat, channels: number, rate: number): string[] {
  return [
    "--force-raw-format",
    "--endian=little",
    "--sign=signed",
    `--channels=${channels}`,
    `--bps=${format === "int16" ? 16 : 24}`,
    `--sample-rate=${rate}`,
  ];
}

/** The samples of a file by the reference decoder, which must be content with it. */
export function byReference(file: string): Uint8Array {
  const args = ["-d", "-s", "-c", "--force-raw-format", "--endian=little", "--sign=signed", file];
  const { status, said, out } = flacProgram(args);
  if (status !== 0) {
    throw new Error(`flac: ${said}`);
  }
  return out;
}

/** A file of the reference encoder. */
export function referenceFile(
  folder: string,
  samples: Uint8Array,
  raw: readonly string[],
  options: readonly string[] = [],
): string {
  const source = `${folder}/source.raw`;
  const target = `${folder}/reference.flac`;
  writeFileSync(source, samples);
  const { status, said } = flacProgram(["-s", "-f", ...raw, ...options, "-o", target, source]);
  if (status !== 0) {
    throw new Error(`flac: ${said}`);
  }
  return target;
}
