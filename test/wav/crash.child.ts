// Records a ramp in real time until it is killed: node crash.child.js FILE
// Says after each block how many frames were written before it.

import { writeSync } from "node:fs";
import { FlacWriter, InputStream } from "../../src/index.js";
import { WavWriter } from "../../src/wav/writer.js";
import { CRASH_CHANNELS, CRASH_RATE } from "./crash-run.js";

const [, , file = ""] = process.argv;
await using stream = await InputStream.open({
  device: `virtual:ramp?rate=${CRASH_RATE}`,
  format: "int16",
  channels: CRASH_CHANNELS,
  // Whatever goes wrong, this process ends.
  signal: AbortSignal.timeout(60_000),
});
const options = {
  sampleRate: CRASH_RATE,
  channels: CRASH_CHANNELS,
  format: "int16",
  metadata: { info: { INAM: "until the end" } },
} as const;
await using writer = await (file.endsWith(".flac")
  ? FlacWriter.create(file, options)
  : WavWriter.create(file, options));
for await (const block of stream) {
  await writer.write(block.bytes);
  writeSync(1, `${writer.length}\n`);
}
