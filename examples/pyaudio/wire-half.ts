// PyAudio's wire_half.py: what the microphone hears goes to the speaker, through a stream for each.
// node wire-half.js [seconds] [input device] [output device]
import { PyAudio } from "roomtone/portaudio";

const CHUNK = 1024;
const WIDTH = 2;
const CHANNELS = process.platform === "darwin" ? 1 : 2;
const RATE = 44_100;
const RECORD_SECONDS = Number(process.argv[2] ?? 5);

const p = new PyAudio();

// Open input stream
const streamInput = p.open({
  format: p.getFormatFromWidth(WIDTH),
  channels: CHANNELS,
  rate: RATE,
  input: true,
  inputDeviceIndex: process.argv[3] ?? p.getDefaultInputDeviceInfo().index,
  framesPerBuffer: CHUNK,
});

// Open output stream
const streamOutput = p.open({
  format: p.getFormatFromWidth(WIDTH),
  channels: CHANNELS,
  rate: RATE,
  output: true,
  outputDeviceIndex: process.argv[4] ?? p.getDefaultOutputDeviceInfo().index,
  framesPerBuffer: CHUNK,
});

console.log("* recording");
for (let i = 0; i < (RATE / CHUNK) * RECORD_SECONDS; i++) {
  streamOutput.write(streamInput.read(CHUNK));
}
console.log("* done");

streamInput.close();
streamOutput.close();
p.terminate();
