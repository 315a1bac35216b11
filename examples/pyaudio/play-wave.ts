// PyAudio's play_wave.py: plays a WAV file, chunk by chunk.
// node play-wave.js file.wav [device]
import { PyAudio } from "roomtone/portaudio";
import * as wave from "roomtone/wave";

const CHUNK = 1024;

const file = process.argv[2];
if (file === undefined) {
  console.log("Plays a wave file. Usage: play-wave.js file.wav [device]");
  process.exit(1);
}
using wf = wave.open(file, "rb");

// Instantiate PyAudio and initialize PortAudio
const p = new PyAudio();

// Open stream
const stream = p.open({
  format: p.getFormatFromWidth(wf.getsampwidth()),
  channels: wf.getnchannels(),
  rate: wf.getframerate(),
  output: true,
  outputDeviceIndex: process.argv[3] ?? p.getDefaultOutputDeviceInfo().index,
});

// Play samples from the wave file
for (let data = wf.readframes(CHUNK); data.length > 0; data = wf.readframes(CHUNK)) {
  stream.write(data);
}

// Close stream, when everything was heard
stream.stopStream();
stream.close();

// Release PortAudio
p.terminate();
