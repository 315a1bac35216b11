// Uploads a WAV file while it is recorded: the server has the last word a moment after it was said.
import { createWriteStream } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream";
import { InputStream } from "roomtone";

// Your server, here one that keeps what it gets.
const server = createServer((request, response) => {
  pipeline(request, createWriteStream("uploaded.wav"), (error) => {
    response.writeHead(error ? 500 : 201).end();
  });
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const microphone = await InputStream.open({ format: "int16", signal: AbortSignal.timeout(3000) });
const response = await fetch(url, {
  method: "POST",
  headers: { "content-type": "audio/wav" },
  body: microphone.toWebReadable({ container: "wav" }),
  duplex: "half", // the upload goes on while the request is open
});
console.log(response.status);
server.close();
