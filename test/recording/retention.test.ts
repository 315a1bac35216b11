import assert from "node:assert/strict";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { checkKeep, type KeepOptions, Retention } from "../../src/recording/files/retention.js";
import { temporaryFolder } from "../wav/files.js";

/** A folder with files of the given sizes, named by their numbers. */
async function withFiles(
  t: TestContext,
  sizes: readonly number[],
  act: (pathOf: (index: number) => string, names: () => Promise<string[]>) => Promise<void>,
): Promise<void> {
  const folder = temporaryFolder(t);
  const pathOf = (index: number): string => join(folder, `${index}.wav`);
  for (const [index, size] of sizes.entries()) {
    await writeFile(pathOf(index), new Uint8Array(size));
  }
  await act(pathOf, async () => (await readdir(folder)).sort());
}

function retention(keep: KeepOptions): Retention {
  return new Retention(keep, (path, error) => assert.fail(`${path}: ${error.message}`));
}

test("the newest files are kept, and a file it was not told of is not touched", async (t) => {
  await withFiles(t, [10, 10, 10, 10, 10], async (pathOf, names) => {
    const keep = retention({ files: 2 });
    assert.deepEqual(await keep.added(pathOf(0), 10), []);
    assert.deepEqual(await keep.added(pathOf(2), 10), []);
    assert.deepEqual(await keep.added(pathOf(3), 10), [pathOf(0)]);
    assert.deepEqual(await keep.added(pathOf(4), 10), [pathOf(2)]);
    assert.deepEqual(await names(), ["1.wav", "3.wav", "4.wav"]);
  });
});

test("the newest bytes are kept, however many files go for one", async (t) => {
  await withFiles(t, [30, 30, 30, 90], async (pathOf, names) => {
    const keep = retention({ bytes: 100 });
    for (const index of [0, 1, 2]) {
      assert.deepEqual(await keep.added(pathOf(index), 30), []);
    }
    assert.deepEqual(await keep.added(pathOf(3), 90), [pathOf(0), pathOf(1), pathOf(2)]);
    assert.deepEqual(await names(), ["3.wav"]);
  });
});

test("exactly so many bytes are not too many", async (t) => {
  await withFiles(t, [50, 50], async (pathOf, names) => {
    const keep = retention({ bytes: 100 });
    await keep.added(pathOf(0), 50);
    assert.deepEqual(await keep.added(pathOf(1), 50), []);
    assert.equal((await names()).length, 2);
  });
});

test("the newest file stays even if it is too large by itself", async (t) => {
  await withFiles(t, [10, 500], async (pathOf, names) => {
    const keep = retention({ bytes: 100 });
    await keep.added(pathOf(0), 10);
    assert.deepEqual(await keep.added(pathOf(1), 500), [pathOf(0)]);
    assert.deepEqual(await names(), ["1.wav"]);
  });
});

test("of both limits the first that is reached counts", async (t) => {
  await withFiles(t, [10, 10, 95], async (pathOf) => {
    const keep = retention({ files: 2, bytes: 100 });
    await keep.added(pathOf(0), 10);
    await keep.added(pathOf(1), 10);
    assert.deepEqual(await keep.added(pathOf(2), 95), [pathOf(0), pathOf(1)]);
  });
});

test("files of an earlier run count where they are still there", async (t) => {
  await withFiles(t, [10, 10, 10], async (pathOf, names) => {
    const keep = retention({ files: 2 });
    await keep.knows([pathOf(77), pathOf(0), pathOf(1), pathOf(0)]);
    assert.deepEqual(await keep.added(pathOf(2), 10), [pathOf(0)]);
    assert.deepEqual(await names(), ["1.wav", "2.wav"]);
  });
});

test("a file that someone else removed makes room as any other", async (t) => {
  await withFiles(t, [10, 10, 10], async (pathOf, names) => {
    const keep = retention({ files: 2 });
    await keep.added(pathOf(0), 10);
    await keep.added(pathOf(1), 10);
    await rm(pathOf(0));
    assert.deepEqual(await keep.added(pathOf(2), 10), [pathOf(0)]);
    assert.deepEqual(await names(), ["1.wav", "2.wav"]);
  });
});

test("a file that is written anew is the newest, and counts once", async (t) => {
  await withFiles(t, [10, 10, 10], async (pathOf) => {
    const keep = retention({ bytes: 30 });
    await keep.added(pathOf(0), 10);
    await keep.added(pathOf(1), 10);
    assert.deepEqual(await keep.added(pathOf(0), 20), []);
    assert.deepEqual(await keep.added(pathOf(2), 10), [pathOf(1)]);
  });
});

test("what cannot be removed is told, and tried again with the next", async (t) => {
  await withFiles(t, [10, 10], async (pathOf, names) => {
    // A directory in a file's place cannot be removed as a file.
    await rm(pathOf(0));
    await mkdir(pathOf(0));
    const told: string[] = [];
    const keep = new Retention({ files: 1 }, (path) => told.push(path));
    await keep.added(pathOf(0), 10);
    assert.deepEqual(await keep.added(pathOf(1), 10), []);
    assert.deepEqual(told, [pathOf(0)]);
    await rm(pathOf(0), { recursive: true });
    await writeFile(pathOf(2), new Uint8Array(10));
    assert.deepEqual(await keep.added(pathOf(2), 10), [pathOf(0), pathOf(1)]);
    assert.deepEqual(await names(), ["2.wav"]);
  });
});

test("wrong options are refused", () => {
  for (const value of [undefined, null, 5, "5", [5], true, {}]) {
    assert.throws(() => checkKeep(value), { name: "TypeError", message: /keep/ });
  }
  for (const name of ["files", "bytes"]) {
    for (const wrong of [null, "1", true, {}]) {
      assert.throws(() => checkKeep({ [name]: wrong }), { name: "TypeError" });
    }
    for (const wrong of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => checkKeep({ [name]: wrong }), {
        name: "RangeError",
        message: new RegExp(`keep\\.${name}`),
      });
    }
  }
  assert.throws(() => checkKeep({ file: 1 }), { message: /did you mean `files`/ });
  assert.deepEqual(checkKeep({ files: 3, bytes: 10 }), { files: 3, bytes: 10 });
});
