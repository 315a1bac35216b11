// PyAudio's example: what the microphone hears goes to the speaker, in a callback.
import { setTimeout as sleep } from "node:timers/promises";
import { PyAudio, paContinue, paInt16 } from "roomtone/portaudio";

const p = new PyAudio();
const stream = p.open({
  format: paInt16,
  channels: 1,
  rate: 44_100,
  input: true,
  output: true,
  framesPerBuffer: 1024,
  streamCallback: (inData) => [inData, paContinue],
});

const end = performance.now() + 2000;
while (stream.isActive() && performance.now() < end) {
  await sleep(100); // the callback runs on this thread's event loop
}

stream.close();
p.terminate();
