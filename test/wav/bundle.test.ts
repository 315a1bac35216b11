import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import vm from "node:vm";
import { type OutputBundle, type Plugin, rollup } from "@rollup/wasm-node";

const SOURCES = path.join(import.meta.dirname, "../../src");

/**
 * What a page would do: it writes and reads a file in memory, a Blob and a stream. It runs where
 * there is nothing of Node, so it gives its findings back as text.
 */
const PAGE = `
export default async function run() {
  const file = new WavBytes();
  const format = { sampleRate: 8000, channels: 2, format: "float32" };
  const metadata = { info: { INAM: "Rain" }, bext: { description: "Rain on a roof" } };
  const writer = await WavWriter.create(file, { ...format, metadata });
  writer.addCue({ position: 9, label: "drop", note: "the first" });
  const samples = Float32Array.from({ length: 2000 }, (_, index) => Math.sin(index / 9));
  await writer.write(samples);
  await writer.close();
  const bytes = file.toUint8Array();
  const found = [];
  for (const source of [bytes, new Blob([bytes]), new Blob([bytes]).stream()]) {
    const reader = await WavReader.open(source);
    const [left, right] = await reader.readChannels(5000);
    const same = left.every((sample, index) => sample === samples[index * 2]);
    found.push([reader.sampleRate, left.length, right.length, same, reader.warnings.length]);
    await reader.close();
  }
  const streamed = [];
  const sink = new WritableStream({ write: (chunk) => void streamed.push(chunk) });
  const piped = await WavWriter.create(sink, format);
  await piped.write(samples);
  await piped.close();
  found.push(streamed.reduce((sum, chunk) => sum + chunk.byteLength, 0) > 8000);
  return JSON.stringify(found);
}
`;

/**
 * Bundles the page with these imports as a web page's bundler does. Modules that are loaded late are
 * chunks of their own, or left out.
 */
async function bundle(
  imports: string,
  late: "chunks" | "left out",
): Promise<OutputBundle[string][]> {
  const page: Plugin = {
    name: "page",
    resolveId: (id) => (id === "page" ? id : id.startsWith(".") ? null : { id, external: true }),
    load: (id) => (id === "page" ? `${imports}\n${PAGE}` : null),
  };
  const relative: Plugin = {
    name: "relative",
    resolveId: (id, importer) =>
      id.startsWith("./src/")
        ? path.join(SOURCES, id.slice("./src/".length))
        : importer === undefined || !id.startsWith(".")
          ? null
          : path.resolve(path.dirname(importer), id),
    resolveDynamicImport: (id) =>
      late === "left out" && typeof id === "string" ? { id, external: true } : null,
  };
  const built = await rollup({
    input: "page",
    plugins: [page, relative],
    // As package.json says: "sideEffects": false.
    treeshake: { moduleSideEffects: false },
    // It warns of the compiler's helpers; what counts is in the bundle.
    logLevel: "silent",
  });
  try {
    const { output } = await built.generate({ format: "es", exports: "default" });
    return output;
  } finally {
    await built.close();
  }
}

/** The code that is loaded before the page runs, and every module that this code asks for. */
function loadedAtOnce(output: readonly OutputBundle[string][]): {
  code: Map<string, string>;
  imports: string[];
} {
  const chunks = new Map(
    output.flatMap((one) => (one.type === "chunk" ? [[one.fileName, one] as const] : [])),
  );
  const waiting = [...chunks.values()].filter(({ isEntry }) => isEntry);
  const code = new Map<string, string>();
  const imports: string[] = [];
  for (let chunk = waiting.pop(); chunk !== undefined; chunk = waiting.pop()) {
    if (code.has(chunk.fileName)) {
      continue;
    }
    code.set(chunk.fileName, chunk.code);
    for (const wanted of chunk.imports) {
      const inside = chunks.get(wanted);
      if (inside === undefined) {
        imports.push(wanted);
      } else {
        waiting.push(inside);
      }
    }
  }
  return { code, imports };
}

const OWN_MODULES = `
import { WavReader } from "./src/wav/reader.js";
import { WavWriter } from "./src/wav/writer.js";
import { WavBytes } from "./src/wav/sinks/memory.js";
`;
const PACKAGE = 'import { WavBytes, WavReader, WavWriter } from "./src/index.js";';

for (const [name, imports] of [
  ["their own modules", OWN_MODULES],
  ["the package's entry", PACKAGE],
] as const) {
  test(`a page's bundle of reader and writer out of ${name} asks for nothing of Node`, async () => {
    const { code, imports: asked } = loadedAtOnce(await bundle(imports, "chunks"));
    assert.deepEqual(asked, []);
    for (const [file, text] of code) {
      // Comments may hold examples.
      const bare = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
      assert.doesNotMatch(bare, /\bfrom\s*["'](?:node:|[^."'])|\brequire\(/, file);
      assert.doesNotMatch(bare, /\b(?:Buffer|process|__dirname|setImmediate)\b[.(]/, file);
    }
  });
}

/**
 * What browsers have beside the language itself, as far as reader and writer may use it. A stream's
 * arrays are of the streams' own realm, which in a page is the page's.
 */
const WEB = {
  ArrayBuffer,
  Blob,
  clearTimeout,
  ReadableStream,
  TextDecoder,
  TextEncoder,
  Uint8Array,
  WritableStream,
  crypto,
  setTimeout,
  structuredClone,
};

test("the bundle reads and writes bytes, Blobs and streams where there are only globals of the web", async () => {
  const { code } = loadedAtOnce(await bundle(OWN_MODULES, "left out"));
  assert.equal(code.size, 1, "one script, for this test to run it");
  const script = [...code.values()].join("\n").replace(/\bexport \{ (\w+) as default \};/, "$1;");
  const page: unknown = vm.runInNewContext(script, { ...WEB });
  assert.ok(typeof page === "function");
  const found: unknown = await page();
  assert.deepEqual(JSON.parse(String(found)), [
    [8000, 1000, 1000, true, 0],
    [8000, 1000, 1000, true, 0],
    [8000, 1000, 1000, true, 0],
    true,
  ]);
});
