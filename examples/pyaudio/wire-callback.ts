// PyAudio's wire_callback.py: what the microphone hears goes to the speaker, in a callback.
// node wire-callback.js [seconds] [input device] [output device]
import { setTimeout as sleep } from "node:timers/promises";
import { PyAudio, paContinue } from "roomtone/portaudio";

const DURATION = Number(process.argv[2] ?? 5); // seconds

const p = new PyAudio();
const stream = p.open({
  format: p.getFormatFromWidth(2),
  channels: process.platform === "darwin" ? 1 : 2,
  rate: 44_100,
  input: true,
  inputDeviceIndex: process.argv[3] ?? p.getDefaultInputDeviceInfo().index,
  output: true,
  outputDeviceIndex: process.argv[4] ?? p.getDefaultOutputDeviceInfo().index,
  streamCallback: (inData) => [inData, paContinue],
});

const start = performance.now();
while (stream.isActive() && performance.now() - start < DURATION * 1000) {
  await sleep(100); // the callback runs on this thread's event loop
}

stream.close();
p.terminate();
