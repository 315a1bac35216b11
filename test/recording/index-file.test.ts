import assert from "node:assert/strict";
import { appendFile, mkdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { type IndexEntry, IndexFile, readIndex } from "../../src/recording/files/index-file.js";
import { temporaryFolder } from "../wav/files.js";

const ENTRY: IndexEntry = {
  file: "takes/0001.wav",
  startedAt: "2026-11-23T13:05:09.123Z",
  position: 0,
  frames: 8000,
  seconds: 1,
  sampleRate: 8000,
  channels: 2,
  format: "int16",
  gaps: [{ position: 10, frames: 5, cause: "overrun" }],
  peakDbfs: [-6, Number.NEGATIVE_INFINITY],
  rmsDbfs: [-9.25, Number.NEGATIVE_INFINITY],
  marks: [{ position: 4000, label: "line\nbreak “ü”" }],
};
/** As it is read: silence has no level. */
const READ: IndexEntry = { ...ENTRY, peakDbfs: [-6, null], rmsDbfs: [-9.25, null] };

test("each entry is a line of JSON, there when append() resolves", async (t) => {
  const path = join(temporaryFolder(t), "lines.jsonl");
  const index = await IndexFile.open(path);
  await index.append(ENTRY);
  const line = await readFile(path, "utf8");
  assert.equal(line.split("\n").length, 2);
  assert.deepEqual(JSON.parse(line), READ);
  await index.append({ ...ENTRY, position: 8000 });
  assert.deepEqual(await readIndex(path), [READ, { ...READ, position: 8000 }]);
  await index.close();
  await index.close();
});

test("entries that are appended at once keep their order", async (t) => {
  const path = join(temporaryFolder(t), "order.jsonl");
  const index = await IndexFile.open(path);
  const positions = Array.from({ length: 50 }, (_, at) => at);
  const all = positions.map((position) => index.append({ ...ENTRY, position }));
  await index.close();
  await Promise.all(all);
  assert.deepEqual(
    (await readIndex(path)).map(({ position }) => position),
    positions,
  );
});

test("an index that is there is continued", async (t) => {
  const path = join(temporaryFolder(t), "again.jsonl");
  for (const position of [0, 1]) {
    const index = await IndexFile.open(path);
    await index.append({ ...ENTRY, position });
    await index.close();
  }
  assert.deepEqual(
    (await readIndex(path)).map(({ position }) => position),
    [0, 1],
  );
});

test("a line that a crash cut costs itself alone, wherever it was cut", async (t) => {
  const path = join(temporaryFolder(t), "cut.jsonl");
  const line = `${JSON.stringify(READ)}\n`;
  for (let cut = 1; cut <= line.length; cut += 7) {
    await writeFile(path, line + line);
    await truncate(path, Buffer.byteLength(line) * 2 - cut);
    const index = await IndexFile.open(path);
    await index.append({ ...ENTRY, position: 99 });
    await index.close();
    const read = await readIndex(path);
    assert.deepEqual(read[0], READ);
    assert.equal(read.at(-1)?.position, 99);
    // Without its newline alone, the second line is whole.
    assert.equal(read.length, cut === 1 ? 3 : 2, `${cut} bytes cut`);
  }
});

test("lines of others are passed over", async (t) => {
  const path = join(temporaryFolder(t), "foreign.jsonl");
  const index = await IndexFile.open(path);
  await appendFile(path, 'null\n[1]\n{"file":1}\n"text"\n\nno json\n{"note":"mine"}\n');
  await index.append(ENTRY);
  await index.close();
  assert.deepEqual(await readIndex(path), [READ]);
});

test("an index that is not there has no entries", async (t) => {
  assert.deepEqual(await readIndex(join(temporaryFolder(t), "nowhere.jsonl")), []);
});

test("what cannot be opened is an AudioError", async (t) => {
  const folder = temporaryFolder(t);
  const directory = join(folder, "directory");
  await mkdir(directory);
  await assert.rejects(IndexFile.open(directory), {
    name: "AudioError",
    code: "file-not-writable",
  });
  await assert.rejects(IndexFile.open(join(folder, "no", "where.jsonl")), {
    name: "AudioError",
    code: "file-not-writable",
  });
  await assert.rejects(readIndex(directory), { name: "AudioError", code: "file-not-readable" });
});
