// Uses the library in threads of its own, and not in the main thread, which never loads it.
import { isMainThread, Worker } from "node:worker_threads";
import { report } from "./task.js";

const THREADS = 6;

if (isMainThread) {
  await Promise.all(Array.from({ length: THREADS }, runThread));
  report({ threads: THREADS });
} else {
  const { InputStream } = await import("../../../src/index.js");
  for await (const _block of await InputStream.open({ format: "int16", blockFrames: 441 })) {
    break;
  }
}

function runThread(): Promise<void> {
  return new Promise((resolve, reject) => {
    const thread = new Worker(new URL(import.meta.url));
    thread.once("error", reject);
    thread.once("exit", () => resolve());
  });
}
