import { InputStream } from "../src/index.js";

// A stream that has ended and is never closed.
const device = `virtual:file?path=${encodeURIComponent(process.argv[2] ?? "")}`;
const stream = await InputStream.open({ device });
await stream.start();
await stream.finished;
console.log(stream.state);
