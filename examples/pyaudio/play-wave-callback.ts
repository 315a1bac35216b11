// PyAudio's play_wave_callback.py: plays a WAV file; the stream asks for its frames.
// node play-wave-callback.js file.wav [device]
import { setTimeout as sleep } from "node:timers/promises";
import { PyAudio, paContinue, type StreamCallback } from "roomtone/portaudio";
import * as wave from "roomtone/wave";

const file = process.argv[2];
if (file === undefined) {
  console.log("Plays a wave file. Usage: play-wave-callback.js file.wav [device]");
  process.exit(1);
}
using wf = wave.open(file, "rb");

// Less data than asked for, which is the end of the file, ends the stream.
const callback: StreamCallback = (_inData, frameCount) => [wf.readframes(frameCount), paContinue];

const p = new PyAudio();
const stream = p.open({
  format: p.getFormatFromWidth(wf.getsampwidth()),
  channels: wf.getnchannels(),
  rate: wf.getframerate(),
  output: true,
  outputDeviceIndex: process.argv[3] ?? p.getDefaultOutputDeviceInfo().index,
  streamCallback: callback,
});

// Wait for the stream to finish: the callback runs on this thread's event loop
while (stream.isActive()) {
  await sleep(100);
}

stream.close();
p.terminate();
