// Runs in a worker thread of its own, once for each PNG: drawing holds a thread for some 100 ms, and what WebAssembly
// has taken of memory is given back only with its thread.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import { initWasm, Resvg } from "@resvg/resvg-wasm";
import type { RasteriseJob } from "./png.js";

/** Arimo has the widths of Arial and Helvetica. Its files hold an alphabet each, and are some 100 kB in all. */
const FONT = "@fontsource/arimo/files/arimo";
const FACES: readonly string[] = [
  "latin-400",
  "latin-700",
  "latin-ext-400",
  "greek-400",
  "cyrillic-400",
  "cyrillic-ext-400",
  "hebrew-400",
  "vietnamese-400",
];

const { svg, width, fonts }: RasteriseJob = workerData;
const [wasm, ...faces] = await Promise.all([
  readPackageFile("@resvg/resvg-wasm/index_bg.wasm"),
  ...FACES.map((face) => readPackageFile(`${FONT}-${face}-normal.woff2`)),
]);
await initWasm(wasm);
const image = new Resvg(svg, {
  fitTo: { mode: "width", value: width },
  font: { fontBuffers: [...faces, ...fonts], defaultFontFamily: "Arimo", sansSerifFamily: "Arimo" },
}).render();
const png = Uint8Array.from(image.asPng());
parentPort?.postMessage(png, [png.buffer]);

function readPackageFile(name: string): Promise<Buffer> {
  return readFile(fileURLToPath(import.meta.resolve(name)));
}
