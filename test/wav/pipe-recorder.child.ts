// Records raw 16-bit stereo out of a pipe until it is killed: node pipe-recorder.child.js PIPE FILE RATE

import { createReadStream } from "node:fs";
import { WavWriter } from "../../src/wav/writer.js";

const [pipe = "", file = "", rate] = process.argv.slice(2);
await using writer = await WavWriter.create(file, {
  sampleRate: Number(rate),
  channels: 2,
  format: "int16",
});
let rest = Buffer.alloc(0);
for await (const piece of createReadStream(pipe)) {
  const bytes = Buffer.concat([rest, piece]);
  const whole = bytes.byteLength - (bytes.byteLength % 4);
  await writer.write(new Uint8Array(bytes.subarray(0, whole)));
  rest = bytes.subarray(whole);
}
