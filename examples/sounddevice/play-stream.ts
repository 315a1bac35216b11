// play_stream.py of python-sounddevice: plays a web stream, or whatever else ffmpeg can read.
// node play-stream.js URL [--device NAME]
import { spawn } from "node:child_process";
import { once } from "node:events";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { OutputStream } from "roomtone";

const { values, positionals } = parseArgs({
  options: { device: { type: "string", short: "d" } },
  allowPositionals: true,
});
const [url] = positionals;
if (url === undefined) {
  throw new TypeError("Which stream? node play-stream.js http://icecast.spc.org:8000/longplayer");
}

const stream = await OutputStream.open({
  ...(values.device && { device: values.device }),
});
const form = `-f f32le -ac ${stream.numberOfChannels} -ar ${stream.sampleRate} pipe:`.split(" ");
const ffmpeg = spawn("ffmpeg", ["-nostdin", "-loglevel", "error", "-i", url, ...form], {
  stdio: ["ignore", "pipe", "inherit"],
});
const ended = once(ffmpeg, "close");
await pipeline(ffmpeg.stdout, stream.toWritable()); // its end waits until all was heard
await ended;
console.log(`${stream.position} frames played; ffmpeg ended with ${ffmpeg.exitCode}`);
