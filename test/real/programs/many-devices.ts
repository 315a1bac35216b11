// Records and plays on many virtual devices with clocks at once, and checks every frame.
import { InputStream, OutputStream } from "../../../src/index.js";
import { assertCounters } from "../../rig/counter.js";
import { report, task } from "./task.js";

export interface ManyDevicesTask {
  readonly inputs: number;
  readonly outputs: number;
  readonly seconds: number;
}

export interface ManyDevicesReport {
  /** For each input: frames that came, all of them right, and frames that were lost. */
  readonly inputs: readonly { readonly frames: number; readonly dropped: number }[];
  /** For each output: frames that were played, and how often it ran dry. */
  readonly outputs: readonly { readonly frames: number; readonly underflows: number }[];
}

const RATE = 48_000;
const { inputs, outputs, seconds } = task<ManyDevicesTask>();
const [recorded, played] = await Promise.all([
  Promise.all(Array.from({ length: inputs }, recordOne)),
  Promise.all(Array.from({ length: outputs }, playOne)),
]);
report({ inputs: recorded, outputs: played } satisfies ManyDevicesReport);

async function recordOne(): Promise<ManyDevicesReport["inputs"][number]> {
  await using stream = await InputStream.open({
    device: "virtual:ramp",
    format: "int16",
    sampleRate: RATE,
  });
  let frames = 0;
  for await (const block of stream) {
    if (!(block.samples instanceof Int16Array)) {
      throw new TypeError("not int16");
    }
    assertCounters(block.samples, block.position);
    frames += block.length;
    if (frames >= seconds * RATE) {
      break;
    }
  }
  return { frames, dropped: stream.stats.input?.droppedFrames ?? -1 };
}

async function playOne(): Promise<ManyDevicesReport["outputs"][number]> {
  await using stream = await OutputStream.open({
    device: "virtual:sink",
    channels: 1,
    format: "int16",
    sampleRate: RATE,
  });
  const chunk = new Int16Array(RATE / 10);
  for (let second = 0; second < seconds; second += 0.1) {
    await stream.write(chunk);
  }
  await stream.drain();
  return { frames: stream.position, underflows: stream.underflows.length };
}
