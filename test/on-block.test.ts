import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Block, InputStream, type InputStreamOptions } from "../src/index.js";
import { runScript } from "./rig/child.js";
import { assertCounters } from "./rig/counter.js";

const FAST = "virtual:ramp?rate=8000&pace=fast";
const PACED = "virtual:ramp?rate=8000";

function open(options: InputStreamOptions): Promise<InputStream> {
  return InputStream.open({ device: PACED, format: "int16", blockFrames: 100, ...options });
}

/** Checks that blocks follow each other, and tells when `frames` of them have come. */
class Follower {
  end = 0;
  readonly come: Promise<void>;
  readonly #frames: number;
  #tell: () => void = () => {};

  constructor(frames: number) {
    this.#frames = frames;
    this.come = new Promise((resolve) => {
      this.#tell = resolve;
    });
  }

  readonly take = (block: Block): void => {
    assert.equal(block.position, this.end + block.droppedBefore);
    assertCounters(block.samples, block.position);
    this.end = block.position + block.length;
    if (this.end >= this.#frames) {
      this.#tell();
    }
  };
}

describe("onBlock", { concurrency: 4, timeout: 60_000 }, () => {
  test("gets every block from the start on, without a read, and none before", async () => {
    const follower = new Follower(50_000);
    await using stream = await open({ device: FAST, onBlock: follower.take });
    assert.equal(stream.state, "stopped");
    await new Promise(setImmediate);
    assert.equal(follower.end, 0);
    await stream.start();
    await follower.come;
  });

  test("loses nothing while the main thread is busy for a second", async () => {
    const follower = new Follower(9600);
    await using stream = await open({ onBlock: follower.take });
    await stream.start();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
    await follower.come;
    assert.equal(stream.droppedFrames, 0);
    assert.ok(follower.end >= 9600);
  });

  test("lets timers have their turn, however many blocks wait", async () => {
    let blocks = 0;
    await using stream = await open({ device: FAST, blockFrames: 1, onBlock: () => (blocks += 1) });
    await stream.start();
    await new Promise((resolve) => setTimeout(resolve, 1));
    const before = blocks;
    await new Promise((resolve) => setTimeout(resolve, 1));
    assert.ok(blocks < 80_000 && before < 80_000);
  });

  test("goes on after a stop and a new start", async () => {
    const follower = new Follower(2400);
    let first: () => void = () => {};
    const begun = new Promise<void>((resolve) => {
      first = resolve;
    });
    await using stream = await open({
      onBlock(block) {
        follower.take(block);
        first();
      },
    });
    await stream.start();
    await begun;
    await stream.stop();
    await stream.start();
    await stream.stop();
    await stream.start();
    await follower.come;
    assert.equal(stream.droppedFrames, 0);
  });

  test("gets the end of a source and what was lost at it; then the stream is over", async () => {
    const blocks: Block[] = [];
    await using stream = await open({
      device: `${FAST}&overrun=0.1:80&unplug=0.11`,
      onBlock: (block) => blocks.push(block),
    });
    const finished = assert.rejects(stream.finished, { code: "device-lost" });
    await stream.start();
    await finished;
    assert.deepEqual(
      blocks.map(({ length, droppedBefore }) => [length, droppedBefore]),
      [...Array.from({ length: 8 }, () => [100, 0]), [0, 80]],
    );
  });

  test("that throws stops the stream, and finished rejects with what it threw", async () => {
    const mine = new Error("mine");
    let calls = 0;
    const stream = await open({
      onBlock() {
        calls += 1;
        throw mine;
      },
    });
    const finished = stream.finished.catch((error: unknown) => error);
    await stream.start();
    assert.equal(await finished, mine);
    assert.equal(stream.state, "failed");
    assert.equal(calls, 1);
    await assert.rejects(stream.start(), { code: "stream-closed" });
    await stream.close();
    assert.equal(calls, 1);
  });

  test("gets nothing any more when the stream is closed in it", async () => {
    let calls = 0;
    let stream: InputStream | undefined;
    stream = await open({
      device: FAST,
      onBlock() {
        calls += 1;
        void stream?.close();
      },
    });
    await stream.start();
    await stream.finished;
    assert.equal(stream.state, "closed");
    assert.ok(calls <= 2, `${calls}`);
  });

  test("that throws with nobody who listens ends the process loudly", async () => {
    const child = fileURLToPath(new URL("./on-block.child.js", import.meta.url));
    const { code, stderr, timedOut } = await runScript(child);
    assert.equal(timedOut, false);
    assert.equal(code, 1);
    assert.match(stderr, /nobody listens/);
  });
});
