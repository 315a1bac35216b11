import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { crc32 } from "node:zlib";
import { AudioError } from "../errors.js";
import type { Milliseconds } from "../format.js";
import { Turns } from "../wav/turns.js";

/** What the worker draws. */
export interface RasteriseJob {
  readonly svg: string;
  /** In pixels; the height follows. */
  readonly width: number;
  /** Font files beyond the built-in one. */
  readonly fonts: readonly Uint8Array[];
}

const INCHES_IN_METRE = 1 / 0.0254;
/** Signature (8) and IHDR (length, type, 13 bytes, check sum): physical pixel dimensions may follow. */
const BEHIND_HEADER = 8 + 4 + 4 + 13 + 4;

/** What V8 has compiled of the drawing code is worth ten times the speed; so the thread waits this long for another one. */
const IDLE: Milliseconds = 10_000;

/** Pictures are drawn one after the other, in one thread. */
const turns = new Turns();
/** The thread that waits. It keeps no process alive. */
let idle: { readonly worker: Worker; readonly timer: NodeJS.Timeout } | undefined;

/** Draws an SVG file as PNG, in a thread of its own. The file says how many pixels an inch has. */
export async function rasterise(job: RasteriseJob, dpi: number): Promise<Uint8Array> {
  return withResolution(await turns.take(() => draw(job)), dpi);
}

async function draw(job: RasteriseJob): Promise<Uint8Array> {
  const worker = takeWorker();
  try {
    const png = await answerOf(worker, job);
    keepWorker(worker);
    return png;
  } catch (error) {
    await worker.terminate();
    throw error;
  }
}

function takeWorker(): Worker {
  if (idle === undefined) {
    return new Worker(new URL("./rasterise.worker.js", import.meta.url), {
      name: "roomtone pictures",
      // A script that comes from the command line has flags that no file bears, and no flag matters there.
      execArgv: [],
    });
  }
  const { worker, timer } = idle;
  idle = undefined;
  clearTimeout(timer);
  worker.ref();
  return worker;
}

function keepWorker(worker: Worker): void {
  worker.unref();
  const timer = setTimeout(() => {
    idle = undefined;
    void worker.terminate();
  }, IDLE);
  timer.unref();
  idle = { worker, timer };
}

async function answerOf(worker: Worker, job: RasteriseJob): Promise<Uint8Array> {
  const over = new AbortController();
  const { signal } = over;
  try {
    worker.postMessage(job);
    // `once` rejects with the error of the thread, if there is one before.
    const [png]: unknown[] = await Promise.race([
      once(worker, "message", { signal }),
      once(worker, "exit", { signal }),
    ]);
    if (!(png instanceof Uint8Array)) {
      throw new Error("its thread ended");
    }
    return png;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AudioError("internal", `The picture could not be drawn: ${reason}`, { cause });
  } finally {
    over.abort();
  }
}

/** Adds a `pHYs` chunk (PNG, 11.3.5.3), without which programs take a picture of a paper for one of a screen. */
function withResolution(png: Uint8Array, dpi: number): Uint8Array {
  const chunk = Buffer.alloc(4 + 4 + 9 + 4);
  chunk.writeUInt32BE(9, 0);
  chunk.write("pHYs", 4, "latin1");
  const perMetre = Math.round(dpi * INCHES_IN_METRE);
  chunk.writeUInt32BE(perMetre, 8);
  chunk.writeUInt32BE(perMetre, 12);
  chunk.writeUInt8(1, 16);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 17)), 17);
  const whole = new Uint8Array(png.byteLength + chunk.byteLength);
  whole.set(png.subarray(0, BEHIND_HEADER));
  whole.set(chunk, BEHIND_HEADER);
  whole.set(png.subarray(BEHIND_HEADER), BEHIND_HEADER + chunk.byteLength);
  return whole;
}
