// Runs in a process of its own: record-decibri.js FILE SECONDS RATE FOLDER
import { createRequire } from "node:module";
import type { Readable, Writable } from "node:stream";

/** As much of decibri as is used here; the package is not among the dependencies, and so are not its types. */
interface Decibri {
  readonly Microphone: new (options: object) => Readable & { stop(): void };
  readonly AudioWriter: new (file: string, options: object) => Writable;
}

const [file = "", seconds, rate, folder = ""] = process.argv.slice(2);
const { AudioWriter, Microphone } = createRequire(`${folder}/`)("decibri") as Decibri;
const sound = { sampleRate: Number(rate), channels: 1, dtype: "int16" };
const microphone = new Microphone(sound);
const writer = new AudioWriter(file, sound);
let left = Math.round(Number(seconds) * Number(rate)) * 2;
microphone.on("data", (bytes: Uint8Array) => {
  if (left > 0) {
    const wanted = bytes.subarray(0, left);
    left -= wanted.byteLength;
    writer.write(wanted);
    if (left === 0) {
      microphone.stop();
      writer.end();
    }
  }
});
// What its microphone leaves behind may keep the process alive.
writer.on("finish", () => process.exit(0));
