// Runs in a process of its own: portaudio-read.js FILE SECONDS RATE CHUNK
// The same loop as peers/pyaudio_record.py.
import { PyAudio, paInt16 } from "../../src/portaudio.js";
import * as wave from "../../src/wave.js";

const [path = "", seconds, rateText, chunkText] = process.argv.slice(2);
const rate = Number(rateText);
const chunk = Number(chunkText);
const manager = new PyAudio();
const stream = manager.open({
  format: paInt16,
  channels: 1,
  rate,
  input: true,
  framesPerBuffer: chunk,
});
const chunks: Buffer[] = [];
for (let left = Math.round(Number(seconds) * rate); left > 0; left -= chunk) {
  chunks.push(stream.read(Math.min(chunk, left), false));
}
stream.stopStream();
stream.close();
const width = manager.getSampleSize(paInt16);
manager.terminate();

const out = wave.open(path, "wb");
out.setnchannels(1);
out.setsampwidth(width);
out.setframerate(rate);
out.writeframes(Buffer.concat(chunks));
out.close();
