// Runs in a process of its own: first-frame.js PROBE DEVICE REPEATS
// Prints a JSON list of milliseconds: the first time in this process, then the repetitions. An empty
// device is the default input. The import of the package is not in it.
import { InputStream, record } from "../../src/index.js";

const [probe, device, repeats] = process.argv.slice(2);
const common = {
  ...(device === undefined || device === "" ? {} : { device }),
  format: "int16",
  sampleRate: 44_100,
} as const;

async function untilOpen(): Promise<number> {
  const began = performance.now();
  await using _stream = await InputStream.open(common);
  return performance.now() - began;
}

async function untilRead(): Promise<number> {
  const began = performance.now();
  await using stream = await InputStream.open(common);
  await stream.readInto(new Int16Array(64));
  return performance.now() - began;
}

async function untilRecorded(blockFrames?: number): Promise<number> {
  const began = performance.now();
  let first = Number.NaN;
  await record({
    ...common,
    frames: 1,
    ...(blockFrames === undefined ? {} : { blockFrames }),
    progress: () => {
      first = performance.now() - began;
    },
  });
  return first;
}

function once(): Promise<number> {
  switch (probe) {
    case "open":
      return untilOpen();
    case "read":
      return untilRead();
    case "record":
      return untilRecorded();
    case "record-64":
      return untilRecorded(64);
    default:
      throw new RangeError(`There is no probe ${probe}`);
  }
}

const times: number[] = [];
for (let run = 0; run <= Number(repeats); run++) {
  times.push(await once());
}
console.log(JSON.stringify(times));
