import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { AudioError } from "../../src/errors.js";
import { bytesPerFrame } from "../../src/format.js";
import { WAV_FORMATS, wavHeader } from "../../src/wav/header.js";
import { parseWav } from "../../src/wav/parse.js";
import { WavReader } from "../../src/wav/reader.js";
import { answerSync } from "../../src/wav/requests.js";
import { copyBytes } from "../../src/wav/source.js";
import { openWavSync } from "../../src/wav/sync-file.js";
import * as wave from "../../src/wave.js";
import { chunk, fmt, seededBytes, seededRandom, temporaryFolder, wav } from "./files.js";

const SEED = 20_240_607;
const INPUTS = 5000;

/** Good files of all kinds to start from. */
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
  return files;
}

/** Values that stand at the borders of what sizes and counts can be. */
const BORDERS = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0xfffe, 0x7ffff000];
BORDERS.push(0x7fffffff, 0x80000000, 0xffffff00, 0xfffffffe, 0xffffffff);

/** Changes a copy in one to four places. */
function mutate(original: Uint8Array, random: () => number): Uint8Array {
  const below = (limit: number): number => Math.floor(random() * limit);
  let bytes: Uint8Array = Uint8Array.from(original);
  for (let change = below(4); change >= 0 && bytes.byteLength > 0; change--) {
    const at = below(bytes.byteLength);
    switch (below(6)) {
      case 0:
        bytes[at] = below(256);
        break;
      case 1:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
        break;
      case 2:
        if (bytes.byteLength >= 4) {
          const value = BORDERS[below(BORDERS.length)] ?? 0;
          const place = Math.min(at, bytes.byteLength - 4);
          new DataView(bytes.buffer, bytes.byteOffset).setUint32(place, value, true);
        }
        break;
      case 3:
        bytes = bytes.slice(0, at);
        break;
      case 4:
        bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + below(9))]);
        break;
      default:
        bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(below(at + 1))]);
    }
  }
  return bytes;
}

test(`${INPUTS} damaged files give frames that are there or an AudioError, and the same in every reader`, async (t) => {
  const random = seededRandom(SEED);
  const files = originals();
  const file = path.join(temporaryFolder(t), "damaged.wav");
  let read = 0;
  for (let count = 0; count < INPUTS; count++) {
    const bytes = mutate(files[count % files.length] ?? new Uint8Array(0), random);
    const shown = `input ${count}: ${Buffer.from(bytes).toString("hex")}`;
    const outcome = readSync(bytes, bytes.byteLength, shown);
    const wasRead = outcome.startsWith("frames");
    assert.equal(await readAsync(bytes, shown), outcome, shown);
    assert.equal(readWave(bytes, shown), wasRead, shown);
    if (count % 10 === 0) {
      writeFileSync(file, bytes);
      assert.equal(readSync(file, bytes.byteLength, shown), outcome, shown);
      assert.equal(await readAsync(file, shown), outcome, shown);
    }
    read += wasRead ? 1 : 0;
  }
  // Neither side of the claim is empty.
  assert.ok(read > INPUTS / 10 && read < (INPUTS * 9) / 10, `${read} of ${INPUTS} were read`);
});

test("the parser asks for few bytes at a time, whatever sizes the file claims", () => {
  const random = seededRandom(SEED + 1);
  const files = originals();
  for (let count = 0; count < INPUTS; count++) {
    const bytes = mutate(files[count % files.length] ?? new Uint8Array(0), random);
    try {
      const layout = answerSync(parseWav({ size: bytes.byteLength }), (target, position) => {
        assert.ok(target.byteLength <= 65536 && Number.isSafeInteger(position) && position >= 0);
        return copyBytes(bytes, target, position);
      });
      assert.ok(layout.dataPosition <= bytes.byteLength);
    } catch (error) {
      assert.ok(error instanceof Error && error.name === "WavFault", String(error));
    }
  }
});

/** "frames", format and bytes of what was read, or the code of the error. */
function readSync(source: string | Uint8Array, fileBytes: number, shown: string): string {
  try {
    const opened = openWavSync(source);
    const frameBytes = bytesPerFrame(opened.format, opened.channels);
    assert.ok(opened.frames * frameBytes <= fileBytes, shown);
    const bytes = new Uint8Array(opened.frames * frameBytes);
    assert.equal(opened.read(bytes, 0, opened.frames + 1), opened.frames, shown);
    opened.close();
    return outcomeOf(opened.format, opened.channels, bytes);
  } catch (error) {
    return codeOf(error, shown);
  }
}

async function readAsync(source: string | Uint8Array, shown: string): Promise<string> {
  try {
    await using reader = await WavReader.open(source);
    const bytes = await reader.read(reader.length + 1);
    return outcomeOf(reader.format, reader.numberOfChannels, bytes);
  } catch (error) {
    return codeOf(error, shown);
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

function outcomeOf(format: string, channels: number, bytes: Uint8Array): string {
  return `frames ${format} ${channels} ${Buffer.from(bytes).toString("hex")}`;
}

function codeOf(error: unknown, shown: string): string {
  assert.ok(error instanceof AudioError, `${shown}: ${String(error)}`);
  assert.match(error.code, /^(malformed-file|format-not-supported)$/, shown);
  assert.match(error.message, /at byte \d+, chunk "/, shown);
  return error.code;
}
