// In a process of its own: prints what loading FLAC does to it. In a worker: writes a file and posts it.
import { parentPort, workerData } from "node:worker_threads";

interface Compiler {
  compile(bytes: Uint8Array): Promise<unknown>;
}

const compiler: Compiler = Reflect.get(globalThis, "WebAssembly");
const compile = compiler.compile.bind(compiler);
let compiled = 0;
compiler.compile = (bytes) => {
  compiled += 1;
  return compile(bytes);
};
const globals = new Set(Object.getOwnPropertyNames(globalThis));
const { fetch } = globalThis;
const listeners = listenerCount();

const { flacOf, soundOf } = await import("./files.js");
const compiledByImport = compiled;
const spec = { sampleRate: 8192, channels: 2, format: "int16", level: 5 } as const;
const file = await flacOf(soundOf(30_000, 2, "int16", 4), spec);
await flacOf(soundOf(30_000, 2, "int16", 4), spec);
if (workerData === "write") {
  parentPort?.postMessage(file);
} else {
  console.log(
    JSON.stringify({
      compiledByImport,
      compiledByWriting: compiled,
      newGlobals: Object.getOwnPropertyNames(globalThis).filter((name) => !globals.has(name)),
      sameFetch: globalThis.fetch === fetch,
      newListeners: listenerCount() - listeners,
    }),
  );
}

/** Listeners of the process for faults, which Emscripten likes to add. */
function listenerCount(): number {
  return process.listenerCount("uncaughtException") + process.listenerCount("unhandledRejection");
}
