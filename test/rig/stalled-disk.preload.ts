// Loaded before a program by `node --import`, also in its worker threads: a disk that hangs. From STALL_AFTER_MS behind a
// thread's first write on, no write to a file is begun until STALL_MS later. What a network drive does to a writer.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const after = Number(process.env.STALL_AFTER_MS);
const ms = Number(process.env.STALL_MS);
if (!(after >= 0 && ms > 0)) {
  throw new Error("STALL_AFTER_MS and STALL_MS say when the disk hangs, and for how long.");
}

const { write } = fs;
let first: number | undefined;
const stalled = (...args: Parameters<typeof write>): void => {
  first ??= performance.now();
  const since = performance.now() - first;
  if (since >= after && since < after + ms) {
    setTimeout(() => write(...args), after + ms - since);
  } else {
    write(...args);
  }
};
Object.assign(fs, { write: stalled });
syncBuiltinESMExports();
