// PyAudio's record.py: a few seconds into a WAV file, chunk by chunk.
// node record.js [device] [seconds]
import { PyAudio, paInt16 } from "roomtone/portaudio";
import * as wave from "roomtone/wave";

const CHUNK = 1024;
const FORMAT = paInt16;
const CHANNELS = process.platform === "darwin" ? 1 : 2;
const RATE = 44_100;

const p = new PyAudio();
const DEVICE = process.argv[2] ?? p.getDefaultInputDeviceInfo().index;
const RECORD_SECONDS = Number(process.argv[3] ?? 5);

using wf = wave.open("output.wav", "wb");
wf.setnchannels(CHANNELS);
wf.setsampwidth(p.getSampleSize(FORMAT));
wf.setframerate(RATE);

const stream = p.open({
  format: FORMAT,
  channels: CHANNELS,
  rate: RATE,
  input: true,
  inputDeviceIndex: DEVICE,
});

console.log("Recording...");
for (let left = RATE * RECORD_SECONDS; left > 0; left -= CHUNK) {
  wf.writeframes(stream.read(Math.min(CHUNK, left))); // the last chunk is shorter
}
console.log("Done");

stream.close();
p.terminate();
