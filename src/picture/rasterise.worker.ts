// Runs in a worker thread of its own: drawing holds a thread for 100 ms and more, and what WebAssembly has taken of memory
// is given back only with its thread.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parentPort } from "node:worker_threads";
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

const [wasm, ...faces] = await Promise.all([
  readPackageFile("@resvg/resvg-wasm/index_bg.wasm"),
  ...FACES.map((face) => readPackageFile(`${FONT}-${face}-normal.woff2`)),
]);
await initWasm(wasm);

parentPort?.on("message", ({ svg, width, fonts }: RasteriseJob) => {
  const picture = new Resvg(svg, {
    fitTo: { mode: "width", value: width },
    font: {
      fontBuffers: [...faces, ...fonts],
      defaultFontFamily: "Arimo",
      sansSerifFamily: "Arimo",
    },
  });
  const image = picture.render();
  const png = Uint8Array.from(image.asPng());
  image.free();
  picture.free();
  parentPort?.postMessage(png, [png.buffer]);
});

function readPackageFile(name: string): Promise<Buffer> {
  return readFile(fileURLToPath(import.meta.resolve(name)));
}
