import { SHARE_ENV, Worker } from "node:worker_threads";
import type { Milliseconds } from "../format.js";
import type { HostName } from "../hosts/host.js";

/** What a worker does: it is the audio thread of a host, or it writes recordings. */
export type WorkerKind = HostName | "writer";

/** How many workers wait for the next stream, of each kind, and for how long. */
const MOST_IDLE = 2;
const IDLE_MS: Milliseconds = 5_000;

interface Idle {
  readonly worker: Worker;
  readonly timer: NodeJS.Timeout;
}

const idle = new Map<WorkerKind, Idle[]>();

const AUDIO = new URL("./audio.worker.js", import.meta.url);
const WRITER = new URL("../recording/writer.worker.js", import.meta.url);

/**
 * A worker: one that has served another stream before, or a new one. Starting a worker takes some
 * 30 ms, and each one that has loaded native code leaves about 0.1 MB behind when it ends.
 */
export function takeWorker(kind: WorkerKind): Worker {
  const waiting = idle.get(kind)?.pop();
  if (waiting !== undefined) {
    clearTimeout(waiting.timer);
    waiting.worker.removeAllListeners();
    waiting.worker.ref();
    return waiting.worker;
  }
  return new Worker(kind === "writer" ? WRITER : AUDIO, {
    name: `roomtone ${kind}`,
    // It outlives the stream that it was started for, so it must see what the environment is now.
    env: SHARE_ENV,
    // A script that comes from the command line has a flag that no file bears; else flags are handed on as they are.
    ...(process.execArgv.some((flag) => flag.startsWith("--input-type")) && { execArgv: [] }),
  });
}

/** Takes a worker back that holds nothing any more, for the next stream. It does not keep the process alive. */
export function giveBack(kind: WorkerKind, worker: Worker): void {
  const waiting = idle.get(kind) ?? [];
  idle.set(kind, waiting);
  worker.removeAllListeners();
  worker.unref();
  if (waiting.length >= MOST_IDLE) {
    end(worker);
    return;
  }
  const timer = setTimeout(() => leave(kind, worker, true), IDLE_MS);
  timer.unref();
  // Whoever kills or breaks it while it waits shall not hand it to the next stream.
  worker.once("exit", () => leave(kind, worker, false));
  worker.once("error", () => leave(kind, worker, false));
  waiting.push({ worker, timer });
}

/** Ends a worker that is not fit for another stream. */
export function end(worker: Worker): void {
  worker.terminate().catch(() => {
    // It has ended by itself.
  });
}

function leave(kind: WorkerKind, worker: Worker, lives: boolean): void {
  const waiting = idle.get(kind) ?? [];
  const at = waiting.findIndex((one) => one.worker === worker);
  if (at >= 0) {
    clearTimeout(waiting[at]?.timer);
    waiting.splice(at, 1);
  }
  if (lives) {
    end(worker);
  }
}
