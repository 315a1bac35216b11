// Runs examples as a user would, each in an empty folder, on a private sound server: those of the folder examples/ itself
// with a microphone into which a voice speaks, and the wires of the other folders with a speaker each. An example passes
// when it ends well and each WAV file that it leaves holds sound; a wire when its speaker plays what the microphone hears.
// All others are run by tests, on virtual devices.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { runScript, type ScriptResult } from "./child.js";
import { startPulse } from "./pulse.js";
import { speak } from "./speech.js";
import { startWebSocketServer } from "./websocket-server.js";
import { runWires } from "./wires.js";

/** The examples whose whole purpose is a file; one of them that leaves none has failed. */
const RECORDING = [
  "in-script-recording.js",
  "one-line.js",
  "sound-activated.js",
  "split-recording.js",
  "stop-on-silence.js",
  "two-microphones.js",
  "upload-while-recording.js",
];
const TEXT = "Testing, one, two, three. This voice speaks to the microphone. ".repeat(10);

const examples = path.join(import.meta.dirname, "../../examples");
const scripts = readdirSync(examples).filter(
  (file) => file.endsWith(".js") && !file.endsWith(".processor.js"),
);
for (const name of RECORDING) {
  if (!scripts.includes(name)) {
    throw new Error(`The example ${name} is missing.`);
  }
}

// The service that live-captions.js talks to.
const captions = await startWebSocketServer((_, number) =>
  number % 10 === 0 ? `${number / 10} s` : undefined,
);
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  "live-captions.js": [captions.url],
};
const nodeOptions = "WebSocket" in globalThis ? [] : ["--experimental-websocket"];

const pulse = await startPulse({ rate: 44_100, channels: 1, format: "s16le" });
try {
  const voice = path.join(pulse.folder, "voice.raw");
  await speak(TEXT, voice);
  for (const script of scripts) {
    const folder = mkdtempSync(path.join(tmpdir(), "roomtone-example-"));
    const player = await pulse.play(voice);
    try {
      const result = await runScript(path.join(examples, script), {
        args: ARGUMENTS[script] ?? [],
        nodeOptions,
        cwd: folder,
        env: pulse.env,
        timeoutMs: 60_000,
      });
      console.log(`-- ${script}: exit code ${result.code}, ${(result.ms / 1000).toFixed(1)} s`);
      console.log(result.stdout.trimEnd());
      const fault = faultOf(script, result, folder);
      if (fault !== undefined) {
        console.error(`${script}: ${fault}\n${result.stderr}`);
        process.exitCode = 1;
      }
    } finally {
      await player.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  }
  for (const fault of await runWires(pulse, examples)) {
    console.error(fault);
    process.exitCode = 1;
  }
} finally {
  await pulse.stop();
  await captions.close();
}
const fault = captionsFault(captions.messages);
if (fault !== undefined) {
  console.error(`live-captions.js: ${fault}`);
  process.exitCode = 1;
}

function faultOf(script: string, result: ScriptResult, folder: string): string | undefined {
  if (result.code !== 0) {
    return result.timedOut ? "did not end" : `ended with ${result.code ?? result.signal}`;
  }
  const recorded = readdirSync(folder).filter((file) => file.endsWith(".wav"));
  if (recorded.length === 0 && RECORDING.includes(script)) {
    return "left no WAV file";
  }
  const silent = recorded.find((file) => isSilent(readFileSync(path.join(folder, file))));
  return silent === undefined ? undefined : `${silent} holds only silence`;
}

/** Five seconds of sound are fifty chunks of 100 ms of 16 kHz mono int16. */
function captionsFault(chunks: readonly Buffer[]): string | undefined {
  if (chunks.length !== 50 || chunks.some(({ byteLength }) => byteLength !== 3200)) {
    return `sent chunks of ${chunks.map(({ byteLength }) => byteLength).join(", ")} bytes`;
  }
  return isSilent(Buffer.concat(chunks), 0) ? "sent only silence" : undefined;
}

/** Looks at the 16-bit words behind a header of the usual length; a few odd words are no sound. */
function isSilent(wav: Buffer, header = 44): boolean {
  let loud = 0;
  for (let offset = header; offset + 1 < wav.length; offset += 2) {
    if (Math.abs(wav.readInt16LE(offset)) > 300) {
      loud++;
    }
  }
  return loud < 1000;
}
