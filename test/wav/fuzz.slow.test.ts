// Damaged files: 5,000 in a normal run, 200,000 with ROOMTONE_LONG=1.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { AudioError } from "../../src/errors.js";
import { bytesPerFrame } from "../../src/format.js";
import { FrameReader } from "../../src/wav/frame-reader.js";
import { WAV_FORMATS, wavHeader } from "../../src/wav/header.js";
import { parseWav, type WavLayout } from "../../src/wav/parse.js";
import { WavReader } from "../../src/wav/reader.js";
import { answer, type SyncByteReader } from "../../src/wav/requests.js";
import { bytesSource } from "../../src/wav/source.js";
import { openWavSync } from "../../src/wav/sync-file.js";
import * as wave from "../../src/wave.js";
import { FILES } from "../fixtures/make-wav-fixtures.js";
import { CORPUS, hasCorpus } from "./corpus-folder.js";
import { chunk, fmt, seededBytes, seededRandom, temporaryFolder, wav } from "./files.js";

const SEED = 20_240_607;
const INPUTS = process.env.ROOMTONE_LONG === "1" ? 200_000 : 5000;
/** Larger files of the corpus only make the run longer. */
const LARGEST = 16 * 1024;

/** Files of all kinds to start from. */
function originals(): Uint8Array[] {
  const files: Uint8Array[] = [];
  for (const format of WAV_FORMATS) {
    for (const channels of [1, 2, 6]) {
      const data = seededBytes(7 * bytesPerFrame(format, channels), channels);
      const header = wavHeader({ sampleRate: 8000, channels, format }, data.byteLength);
      files.push(Buffer.concat([header, data]));
    }
  }
  const data = chunk("data", seededBytes(40, 1));
  const extensible = fmt({ tag: 0xfffe, bits: 24, subFormat: 1, channels: 1 });
  files.push(wav(chunk("LIST", seededBytes(17, 2)), fmt(), data, chunk("cue ", seededBytes(9, 3))));
  files.push(wav(chunk("odd ", seededBytes(3, 4), { pad: false }), extensible, data));
  files.push(...Object.values(FILES));
  if (hasCorpus()) {
    const names = readdirSync(CORPUS, { recursive: true, encoding: "utf8" }).sort();
    for (const name of names.map((each) => path.join(CORPUS, each))) {
      const stat = statSync(name);
      if (stat.isFile() && stat.size <= LARGEST) {
        files.push(readFileSync(name));
      }
    }
  }
  return files;
}

/** Values that stand at the borders of what sizes and counts can be. */
const BORDERS = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0xfffe, 0x7ffff000];
BORDERS.push(0x7fffffff, 0x80000000, 0xffffff00, 0xfffffffe, 0xffffffff);
/** Every format tag and id that means something. */
const TAGS = [1, 2, 3, 6, 7, 0x11, 0x31, 0x55, 0xfffe];
const IDS = ["RIFF", "RIFX", "RF64", "BW64", "WAVE", "fmt ", "data", "ds64", "LIST"];

/** Changes a copy in one to four places, half of them in the header. */
function mutate(original: Uint8Array, random: () => number): Uint8Array {
  const below = (limit: number): number => Math.floor(random() * limit);
  let bytes = Buffer.from(original);
  for (let change = below(4); change >= 0 && bytes.byteLength > 0; change--) {
    const at = below(random() < 0.5 ? Math.min(bytes.byteLength, 80) : bytes.byteLength);
    const place = Math.max(0, Math.min(at, bytes.byteLength - 4));
    switch (below(8)) {
      case 0:
        bytes[at] = below(256);
        break;
      case 1:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
        break;
      case 2:
        if (bytes.byteLength >= 4) {
          bytes.writeUInt32LE(BORDERS[below(BORDERS.length)] ?? 0, place);
        }
        break;
      case 3:
        bytes = bytes.subarray(0, at);
        break;
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + below(9))]);
        break;
      case 5:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(below(at + 1))]);
        break;
      case 6:
        if (bytes.byteLength >= 22) {
          bytes.writeUInt16LE(TAGS[below(TAGS.length)] ?? 0, random() < 0.5 ? 20 : place);
        }
        break;
      default:
        bytes.write(IDS[below(IDS.length)] ?? "", place, "latin1");
    }
  }
  return Uint8Array.from(bytes);
}

/** Bytes that the parser may ask for of any file: a few for each of the most chunks, and searches. */
const MOST_PARSED = 4096 * (8 + 5) + 4 * 64 * 1024;

test(`${INPUTS} damaged files give frames that are there or an AudioError, and the same in every reader`, async (t) => {
  const random = seededRandom(SEED);
  const files = originals();
  const file = path.join(temporaryFolder(t), "damaged.wav");
  // In the long run, the readers that only repeat what the first did are asked more seldom.
  const every = INPUTS > 5000 ? 20 : 1;
  let read = 0;
  for (let count = 0; count < INPUTS; count++) {
    const bytes = mutate(files[count % files.length] ?? new Uint8Array(0), random);
    const shown = `input ${count}`;
    const outcome = readCounted(bytes, shown);
    const wasRead = outcome instanceof Uint8Array;
    if (count % every === 0) {
      assert.deepEqual(readSync(bytes, shown), outcome, shown);
      assert.deepEqual(await readAsync(bytes, shown), outcome, shown);
      assert.equal(readWave(bytes, shown), wasRead, shown);
      await readStream(bytes, shown);
    }
    if (count % (10 * every) === 0) {
      writeFileSync(file, bytes);
      assert.deepEqual(readSync(file, shown), outcome, shown);
      assert.deepEqual(await readAsync(file, shown), outcome, shown);
    }
    read += wasRead ? 1 : 0;
  }
  // Neither side of the claim is empty.
  assert.ok(read > INPUTS / 10 && read < (INPUTS * 9) / 10, `${read} of ${INPUTS} were read`);
});

/** Frames, or the code of the error, with an eye on how much is asked for. */
function readCounted(bytes: Uint8Array, shown: string): Uint8Array | string {
  let asked = 0;
  const source = bytesSource(bytes);
  const count = (position: number, length: number): void => {
    assert.ok(Number.isSafeInteger(position) && position >= 0, shown);
    assert.ok(length <= 64 * 1024, `${shown}: ${length} bytes at once`);
    asked += length;
  };
  const counted: SyncByteReader = {
    read: (target, position) => {
      count(position, target.byteLength);
      return source.read(target, position);
    },
    lend: (position, length) => {
      count(position, length);
      return source.lend(position, length);
    },
  };
  let layout: WavLayout;
  try {
    layout = answer(parseWav({ size: bytes.byteLength }), counted);
  } catch (error) {
    assert.ok(error instanceof Error && error.name === "WavFault", `${shown}: ${String(error)}`);
    return readSync(bytes, shown);
  }
  assert.ok(asked <= MOST_PARSED, `${shown}: the parser asked for ${asked} bytes`);
  assert.ok(layout.dataPosition + layout.dataBytes <= bytes.byteLength, shown);
  for (const { position, size } of layout.chunks) {
    assert.ok(position >= 12 && size >= 0 && position + size <= bytes.byteLength, shown);
  }
  const frames = new FrameReader(layout);
  // The most that one byte of a file can become: a halfbyte of ADPCM is two bytes.
  assert.ok(frames.length * frames.frameBytes <= 4 * bytes.byteLength + 4, shown);
  asked = 0;
  const piece = new Uint8Array(Math.max(frames.frameBytes, 32 * 1024));
  const parts: Uint8Array[] = [];
  for (let at = 0; at < frames.length; ) {
    const got = answer(frames.read(piece, at, frames.length), counted);
    assert.ok(got > 0, `${shown}: no frames at ${at} of ${frames.length}`);
    parts.push(piece.slice(0, got * frames.frameBytes));
    at += got;
  }
  assert.ok(asked <= bytes.byteLength, `${shown}: ${asked} bytes were asked for to decode`);
  return Uint8Array.from(Buffer.concat(parts));
}

function readSync(source: string | Uint8Array, shown: string): Uint8Array | string {
  try {
    const opened = openWavSync(source);
    const bytes = new Uint8Array(opened.frames * bytesPerFrame(opened.format, opened.channels));
    assert.equal(opened.read(bytes, 0, opened.frames + 1), opened.frames, shown);
    opened.close();
    return bytes;
  } catch (error) {
    return codeOf(error, shown);
  }
}

async function readAsync(source: string | Uint8Array, shown: string): Promise<Uint8Array | string> {
  try {
    await using reader = await WavReader.open(source);
    const bytes = await reader.read(reader.length + 1);
    reader.seek(0);
    const channels = await reader.readChannels(reader.length);
    assert.ok(
      channels.every(({ length }) => length === reader.length),
      shown,
    );
    for (const index of reader.chunks.keys()) {
      assert.equal((await reader.readChunk(index))?.byteLength, reader.chunks[index]?.size, shown);
    }
    return bytes;
  } catch (error) {
    return codeOf(error, shown);
  }
}

/** A stream of it is read, or refused, and ends. */
async function readStream(bytes: Uint8Array, shown: string): Promise<void> {
  async function* stream(): AsyncGenerator<Uint8Array, void, undefined> {
    for (let at = 0; at < bytes.byteLength; at += 50) {
      yield bytes.subarray(at, at + 50);
    }
  }
  try {
    await using reader = await WavReader.open(stream());
    const read = await reader.read(Number.MAX_SAFE_INTEGER);
    assert.ok(read.byteLength <= 4 * bytes.byteLength + 4, shown);
    assert.ok(Number.isFinite(reader.length), shown);
  } catch (error) {
    codeOf(error, shown);
  }
}

/** Whether roomtone/wave could read it. */
function readWave(source: Uint8Array, shown: string): boolean {
  try {
    using reader = wave.open(source);
    reader.readframes(-1);
    return true;
  } catch (error) {
    assert.ok(error instanceof wave.WaveError, `${shown}: ${String(error)}`);
    return false;
  }
}

function codeOf(error: unknown, shown: string): string {
  assert.ok(error instanceof AudioError, `${shown}: ${String(error)}`);
  assert.match(error.code, /^(malformed-file|format-not-supported)$/, shown);
  assert.match(error.message, /at byte \d+, chunk "/, shown);
  return error.code;
}
