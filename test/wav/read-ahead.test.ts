import assert from "node:assert/strict";
import { test } from "node:test";
import { ReadAhead } from "../../src/wav/read-ahead.js";
import { seededBytes, seededRandom } from "./files.js";

const SIZE = 5_000_000;
const BYTES = seededBytes(SIZE, 3);

interface Watched {
  readonly ahead: ReadAhead;
  /** Where reads of the system began, in their order. */
  readonly starts: number[];
  /** Reads that have begun and not ended. */
  open: number;
}

/** A file that is read later, as files are; `most` bytes at most are in it from then on. */
function watched(limits: { most: number; fails: boolean } = { most: SIZE, fails: false }): Watched {
  const made: Watched = {
    starts: [],
    open: 0,
    ahead: new ReadAhead(SIZE, async (target, position) => {
      made.starts.push(position);
      made.open += 1;
      await new Promise(setImmediate);
      made.open -= 1;
      if (limits.fails) {
        throw new Error("the disk is gone");
      }
      const part = BYTES.subarray(position, Math.min(limits.most, position + target.byteLength));
      target.set(part);
      return part.byteLength;
    }),
  };
  return made;
}

const same = (one: Uint8Array, from: number): boolean =>
  Buffer.compare(one, BYTES.subarray(from, from + one.byteLength)) === 0;

test("whatever is read, in whatever order, is what stands in the file", async () => {
  const random = seededRandom(11);
  const { ahead } = watched();
  let position = 0;
  for (let step = 0; step < 3000; step++) {
    if (random() < 0.05) {
      position = Math.floor(random() * SIZE);
    }
    const length = Math.floor(random() ** 4 * 1_500_000) + (random() < 0.5 ? 1 : 4096);
    const expected = Math.max(0, Math.min(length, SIZE - position));
    const target = new Uint8Array(length);
    const bytes =
      random() < 0.5
        ? target.subarray(0, await ahead.read(target, position))
        : await ahead.lend(position, length);
    assert.equal(bytes.byteLength, expected, `${length} bytes at ${position}`);
    assert.ok(same(bytes, position), `${length} bytes at ${position}`);
    position += bytes.byteLength;
  }
  await ahead.end();
});

test("small reads one behind the other find their bytes in memory; others cost what they ask for", async () => {
  const { ahead, starts } = watched();
  const target = new Uint8Array(4000);
  let later = 0;
  for (let position = 0; position < SIZE; position += 4000) {
    const count = ahead.read(target, position);
    later += count instanceof Promise ? 1 : 0;
    assert.equal(await count, 4000);
  }
  assert.ok(starts.length < 20, `${starts.length} reads of the system`);
  assert.ok(later < 20, `${later} waits`);
  const jumps = watched();
  for (const position of [0, 4_000_000, 1000, 3_000_000, 8000]) {
    await jumps.ahead.read(target, position);
  }
  assert.deepEqual(jumps.starts, [0, 4_000_000, 1000, 3_000_000, 8000]);
});

test("a file that became shorter ends early", async () => {
  const limits = { most: SIZE, fails: false };
  const { ahead } = watched(limits);
  const target = new Uint8Array(100_000);
  assert.equal(await ahead.read(target, 0), 100_000);
  limits.most = 250_000;
  assert.equal(await ahead.read(target, 100_000), 100_000);
  assert.equal(await ahead.read(target, 200_000), 50_000);
  assert.equal((await ahead.lend(250_000, 1000)).byteLength, 0);
});

test("a read that fails tells whoever wants its bytes, and the next one tries anew", async () => {
  const limits = { most: SIZE, fails: false };
  const { ahead } = watched(limits);
  const target = new Uint8Array(100_000);
  await ahead.read(target, 0);
  await ahead.read(target, 100_000);
  limits.fails = true;
  let position = 200_000;
  await assert.rejects(async () => {
    for (; position < SIZE; position += 100_000) {
      await ahead.read(target, position);
    }
  }, /the disk is gone/);
  assert.ok(position > 200_000, "what was read before is there");
  await assert.rejects(async () => ahead.lend(position, 1000), /the disk is gone/);
  limits.fails = false;
  for (let again = position; again < SIZE; again += 100_000) {
    assert.equal(await ahead.read(target, again), 100_000);
    assert.ok(same(target, again));
  }
});

test("end waits for everything that is under way", async () => {
  const state = watched();
  const target = new Uint8Array(100_000);
  await state.ahead.read(target, 0);
  await state.ahead.read(target, 100_000);
  assert.ok(state.open > 0, "there is something under way");
  await state.ahead.end();
  assert.equal(state.open, 0);
});
