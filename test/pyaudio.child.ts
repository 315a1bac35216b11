// Runs in a process of its own, started by pyaudio.slow.test.ts: it does not read for longer than a stream keeps frames.
import { selectDevice } from "../src/device-query.js";
import { AudioError, paInt16, Stream } from "../src/portaudio.js";
import { assertCounters } from "./rig/counter.js";

const RATE = 8000;
/** What a stream keeps: ten seconds, a whole number of reads. */
const KEPT = 10 * RATE;
const READ = 1000;

const stream = new Stream(
  {
    rate: RATE,
    channels: 1,
    format: paInt16,
    input: true,
    inputDeviceIndex: `virtual:ramp?rate=${RATE}`,
  },
  (query, direction) => selectDevice(query ?? "", [], direction),
);
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 11_500);

for (let position = 0; position < KEPT; position += READ) {
  assertCounters(samples(stream.read(READ)), position);
}
let overflows = 0;
for (;;) {
  try {
    const lost = (): number => stream.gaps.reduce((sum, gap) => sum + gap.frames, 0);
    const next = samples(stream.read(READ));
    assertCounters(next, KEPT + lost(), "the read behind the loss");
    break;
  } catch (error) {
    if (!(error instanceof AudioError) || error.code !== "input-overflowed") {
      throw error;
    }
    overflows++;
  }
}
console.log(JSON.stringify({ overflows, gaps: stream.gaps }));
stream.close();

function samples(bytes: Buffer): Int16Array {
  return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
}
