// Sends the microphone to a speech service, as such services want it: chunks of exactly 100 ms, 16 kHz, mono, 16 bits,
// over a WebSocket. Prints what comes back. Node 20 needs --experimental-websocket, or the class of the package `ws`.
import { InputStream } from "roomtone";

const address = process.argv[2];
if (address === undefined) {
  throw new Error("Give the address of the service: node live-captions.js wss://...");
}
const socket = new WebSocket(address);
await new Promise((resolve, reject) => {
  socket.onopen = resolve;
  socket.onerror = reject;
});
socket.onmessage = ({ data }) => console.log(data);

const microphone = await InputStream.open({ sampleRate: 16_000, format: "int16" });
let sent = 0;
for await (const chunk of microphone.toWebReadable({ chunkSeconds: 0.1 })) {
  socket.send(chunk);
  sent += 1;
  if (sent === 50) {
    break; // five seconds; this gives the microphone back
  }
}
socket.close();
