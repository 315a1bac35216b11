import { InputStream } from "../src/index.js";

const stream = await InputStream.open({
  device: "virtual:ramp?rate=8000",
  onBlock() {
    throw new Error("nobody listens");
  },
});
await stream.start();
