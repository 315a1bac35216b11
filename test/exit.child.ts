// Runs in a process of its own, started by exit.slow.test.ts: a script that ends in the way its first argument names.
import { selectDevice } from "../src/device-query.js";
import { InputStream, record } from "../src/index.js";
import { paInt16, Stream } from "../src/portaudio.js";

const [way, device = ""] = process.argv.slice(2);

switch (way) {
  case "break":
    await readBlocks(() => "break");
    process.exitCode = 5;
    break;
  case "throw":
    await readBlocks(() => {
      throw new Error("mine");
    });
    break;
  case "exit":
    await readBlocks(() => process.exit(3));
    break;
  case "exit while opening":
    void InputStream.open({ device });
    process.exit(3);
    break;
  case "exit while opened":
    await InputStream.open({ device });
    process.exit(3);
    break;
  case "uncaught":
    setTimeout(() => {
      throw new Error("mine");
    }, 150);
    await readBlocks(() => "go on");
    break;
  case "unhandled":
    setTimeout(() => void Promise.reject(new Error("mine")), 150);
    await readBlocks(() => "go on");
    break;
  case "run":
    await readBlocks(() => {
      process.stdout.write("running\n");
      return "go on";
    });
    break;
  case "catch SIGINT":
    await recordUntilInterrupted();
    break;
  case "exit in record":
    await record({ seconds: 60, device, progress: () => process.exit(3) });
    break;
  case "leave a synchronous stream":
    openStream().read(100);
    break;
  case "exit with a synchronous stream":
    openStream().read(100);
    process.exit(3);
    break;
  case "throw with a synchronous stream":
    openStream().read(100);
    throw new Error("mine");
  default:
    throw new Error(`no way ${way}`);
}

async function readBlocks(decide: () => "break" | "go on"): Promise<void> {
  const stream = await InputStream.open({ device });
  for await (const block of stream) {
    if (block.position > 800 && decide() === "break") {
      break;
    }
  }
}

async function recordUntilInterrupted(): Promise<void> {
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  const take = await record({
    device,
    signal: stop.signal,
    progress: () => process.stdout.write("running\n"),
  });
  process.stdout.write(`${take.length} frames\n`);
}

function openStream(): Stream {
  return new Stream(
    { rate: 8000, channels: 1, format: paInt16, input: true, inputDeviceIndex: device },
    (query, direction) => selectDevice(query ?? "", [], direction),
  );
}
