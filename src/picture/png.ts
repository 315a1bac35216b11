import { Worker } from "node:worker_threads";
import { crc32 } from "node:zlib";
import { AudioError } from "../errors.js";

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

/** Draws an SVG file as PNG, in a thread of its own. The file says how many pixels an inch has. */
export async function rasterise(job: RasteriseJob, dpi: number): Promise<Uint8Array> {
  const worker = new Worker(new URL("./rasterise.worker.js", import.meta.url), { workerData: job });
  try {
    return withResolution(await answerOf(worker), dpi);
  } finally {
    await worker.terminate();
  }
}

function answerOf(worker: Worker): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const fail = (cause?: unknown): void => {
      const reason = cause instanceof Error ? cause.message : "its thread ended";
      reject(new AudioError("internal", `The picture could not be drawn: ${reason}`, { cause }));
    };
    worker.once("message", resolve);
    worker.once("error", fail);
    worker.once("exit", () => fail());
  });
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
