// Runs in a process of its own: stream-portaudio.js TASK
// The same loop as peers/pyaudio_stream.py has for `read`.
import { PyAudio, paFloat32 } from "../../src/portaudio.js";
import { holdThread, now, RawFile, readTask } from "./stream-task.js";

const task = readTask();
const out = new RawFile(task.file);
const manager = new PyAudio();
const stream = manager.open({
  format: paFloat32,
  channels: task.channels,
  rate: task.rate,
  input: true,
  framesPerBuffer: task.block,
});
let held = task.holdFor === 0;
let failure = "";
try {
  while (now() < task.seconds) {
    out.write(stream.read(task.block, false));
    if (!held && now() >= task.holdAt) {
      held = true;
      holdThread(task.holdFor);
    }
  }
} catch (error) {
  failure = `, ${String(error)}`;
}
const lost = stream.gaps.reduce((sum, gap) => sum + gap.frames, 0);
out.end(`${lost} frames in ${stream.gaps.length} gaps${failure}`);
stream.close();
manager.terminate();
