// PyAudio's wire_full.py: what the microphone hears goes to the speaker, through one stream for both.
// node wire-full.js [seconds] [input device] [output device]
import { PyAudio } from "roomtone/portaudio";

const RECORD_SECONDS = Number(process.argv[2] ?? 5);
const CHUNK = 1024;
const RATE = 44_100;

const p = new PyAudio();
const stream = p.open({
  format: p.getFormatFromWidth(2),
  channels: process.platform === "darwin" ? 1 : 2,
  rate: RATE,
  input: true,
  inputDeviceIndex: process.argv[3] ?? p.getDefaultInputDeviceInfo().index,
  output: true,
  outputDeviceIndex: process.argv[4] ?? p.getDefaultOutputDeviceInfo().index,
  framesPerBuffer: CHUNK,
});

console.log("* recording");
for (let i = 0; i < (RATE / CHUNK) * RECORD_SECONDS; i++) {
  stream.write(stream.read(CHUNK));
}
console.log("* done");

stream.close();
p.terminate();
