// Loaded before a script by `node --import`: hears what the script plays on a virtual loopback, which only streams of
// the same process can, and writes it to a file. It must be the same roomtone as the script's, so it is imported by name.
//
// LISTEN_DEVICE, LISTEN_RATE, LISTEN_CHANNELS: what is listened to. LISTEN_FILE: where the frames go, as raw int16.
import { writeFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import { InputStream } from "roomtone";

const { LISTEN_DEVICE, LISTEN_RATE, LISTEN_CHANNELS, LISTEN_FILE } = process.env;
if (LISTEN_DEVICE === undefined || LISTEN_FILE === undefined) {
  throw new Error("LISTEN_DEVICE and LISTEN_FILE say what is to be heard.");
}
// Node loads it in each worker too, as the audio threads are.
if (isMainThread) {
  const stream = await InputStream.open({
    device: LISTEN_DEVICE,
    sampleRate: Number(LISTEN_RATE),
    channels: Number(LISTEN_CHANNELS),
    format: "int16",
  });
  await stream.start();
  void listen(stream, LISTEN_FILE);
}

/** Until nothing was heard for a second, which is longer than a busy machine runs dry; before the first sound, for as long as it takes. */
async function listen(stream: InputStream, file: string): Promise<void> {
  const heard: Uint8Array[] = [];
  let quiet = 0;
  for await (const block of stream) {
    const sounds = block.bytes.some((byte) => byte !== 0);
    quiet = sounds ? 0 : quiet + block.length;
    if (sounds || heard.length > 0) {
      heard.push(block.bytes);
    }
    if (heard.length > 0 && quiet > stream.sampleRate) {
      break;
    }
  }
  writeFileSync(file, Buffer.concat(heard));
}
