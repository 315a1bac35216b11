// The walk that a PyAudio user knows, line by line.
import { PyAudio, paInt16 } from "roomtone/portaudio";
import * as wave from "roomtone/wave";

const CHUNK = 2048; // frames per buffer
const FORMAT = paInt16;
const CHANNELS = 1;
const RATE = 44_100; // frames a second
const RECORD_SECONDS = 5;

// Create the manager and look at the microphone that will be used.
const p = new PyAudio();
console.log(p.getDefaultInputDeviceInfo());

// Open a stream: it starts at once.
const stream = p.open({
  format: FORMAT,
  channels: CHANNELS,
  rate: RATE,
  input: true,
  framesPerBuffer: CHUNK,
});

// Read chunk by chunk; the last one is shorter, so that five seconds are five seconds.
const frames: Buffer[] = [];
for (let left = RATE * RECORD_SECONDS; left > 0; left -= CHUNK) {
  frames.push(stream.read(Math.min(CHUNK, left)));
}

// Give everything back.
stream.stopStream();
stream.close();
p.terminate();

// A chunk holds CHUNK frames of one 16-bit sample: 4,096 bytes.
const first = frames[0];
console.log(first?.subarray(0, 20));
console.log(first?.length);

// Save it.
const file = wave.open("recorded_audio.wav", "wb");
file.setnchannels(CHANNELS);
file.setsampwidth(p.getSampleSize(FORMAT));
file.setframerate(RATE);
file.writeframes(Buffer.concat(frames));
file.close();
