// A PyAudio script that reads the ramp chunk by chunk and computes for long between two reads.
import { PyAudio, paInt16 } from "../../../src/portaudio.js";
import { PassingRamp } from "./passing-ramp.js";
import { holdThread, ready, report, task } from "./task.js";

export interface SlowScriptTask {
  readonly framesPerBuffer: number;
  /** Once the ramp has begun, the script computes for so long. */
  readonly holdMs: number;
}

const RATE = 44_100;
const { framesPerBuffer, holdMs } = task<SlowScriptTask>();
const p = new PyAudio();
const stream = p.open({ format: paInt16, channels: 1, rate: RATE, input: true, framesPerBuffer });
ready();
const ramp = new PassingRamp(RATE / 4);
const lengths = new Set<number>();
let held = false;
let backlog = 0;
for (const end = performance.now() + 40_000; !ramp.gone && performance.now() < end; ) {
  const chunk = stream.read(framesPerBuffer);
  lengths.add(chunk.length);
  ramp.add(new Int16Array(chunk.buffer, chunk.byteOffset, chunk.length / 2));
  if (ramp.began && !held) {
    held = true;
    holdThread(holdMs);
    backlog = stream.getReadAvailable();
  }
}
stream.stopStream();
stream.close();
p.terminate();
report({ ...ramp.seen(), gaps: stream.gaps, lengths: [...lengths], backlog });
