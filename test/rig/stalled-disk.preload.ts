// Loaded before a program by `node --import`, also in its worker threads: a disk that hangs. From STALL_AFTER_MS behind a
// thread's first write on, no write to a file is done until STALL_MS later. What a hung network drive does to a writer.
import { open } from "node:fs/promises";
import { devNull } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

const after = Number(process.env.STALL_AFTER_MS);
const ms = Number(process.env.STALL_MS);
if (!(after >= 0 && ms > 0)) {
  throw new Error("STALL_AFTER_MS and STALL_MS say when the disk hangs, and for how long.");
}

type Write = (...args: unknown[]) => Promise<unknown>;

// The class of file handles is nowhere but in its objects.
const handle = await open(devNull);
const files = Object.getPrototypeOf(handle) as { write: Write };
await handle.close();
const { write } = files;
let first: number | undefined;
files.write = async function stalledWrite(this: unknown, ...args) {
  first ??= performance.now();
  const since = performance.now() - first;
  if (since >= after && since < after + ms) {
    await sleep(after + ms - since);
  }
  return write.apply(this, args);
};
