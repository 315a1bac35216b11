// rec_gui.py of python-sounddevice: a recorder with a window, which is a page of this program in your browser:
// the device, its level, lost frames, the file. An audio thread hears the device, whatever the page is busy with.
// node rec-gui.js [--device NAME] [--port 8080]
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { parseArgs } from "node:util";
import { devices, InputStream, WavWriter } from "roomtone";
import { PAGE } from "./rec-gui.page.js";

const { values } = parseArgs({
  options: {
    device: { type: "string", short: "d" },
    port: { type: "string", short: "p", default: "8080" },
  },
});

/** What the page shows. */
const state = {
  device: "",
  recording: false,
  file: "",
  seconds: 0,
  peak: 0,
  lostFrames: 0,
  fault: "",
};
let stream: InputStream | undefined;
let writer: WavWriter | undefined;

/** Listens to a device from now on, for its level; while there is a writer, what comes is recorded. */
async function listen(device?: string): Promise<void> {
  await stopRecording();
  await stream?.close();
  stream = await InputStream.open({ format: "int16", ...(device && { device }) });
  state.device = stream.device.id;
  state.fault = "";
  void recordBlocks(stream);
}

async function recordBlocks(blocks: InputStream): Promise<void> {
  try {
    for await (const block of blocks) {
      state.lostFrames += block.droppedBefore;
      state.peak = Math.max(state.peak, ...block.getChannelData(0).map(Math.abs));
      // Silence in place of what was lost, so that time stays true.
      await writer?.write(new Int16Array(block.droppedBefore * block.numberOfChannels));
      await writer?.write(block.samples);
      state.seconds = writer?.duration ?? state.seconds;
    }
  } catch (error) {
    state.fault = String(error);
    await stopRecording(); // what was recorded until then is a whole file
  }
}

async function startRecording(): Promise<void> {
  if (stream !== undefined && !state.recording) {
    state.recording = true;
    const { sampleRate, numberOfChannels: channels } = stream;
    state.file = `rec_gui_${new Date().toISOString().replaceAll(/[:.]/g, "-")}.wav`;
    state.lostFrames = 0;
    writer = await WavWriter.create(state.file, { sampleRate, channels, format: "int16" });
  }
}

async function stopRecording(): Promise<void> {
  const finished = writer;
  writer = undefined;
  state.recording = false;
  await finished?.close();
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { origin, host } = request.headers;
  if (host !== `127.0.0.1:${port}` || (origin !== undefined && origin !== `http://${host}`)) {
    response.writeHead(403).end(); // another page in the browser shall not record
    return;
  }
  const url = new URL(request.url ?? "/", `http://${host}`);
  switch (`${request.method} ${url.pathname}`) {
    case "GET /":
      response.setHeader("content-type", "text/html; charset=utf-8").end(PAGE);
      return;
    case "GET /devices": {
      const inputs = (await devices()).filter((device) => device.maxInputChannels > 0);
      const list = inputs.map(({ id, name, hostApi }) => ({
        id,
        name: `${name} (${hostApi.name})`,
      }));
      response.setHeader("content-type", "application/json").end(JSON.stringify(list));
      return;
    }
    case "GET /state": // the page asks ten times a second; the peak is the largest sample since then
      response.setHeader("content-type", "application/json").end(JSON.stringify(state));
      state.peak = 0;
      return;
    case "POST /device":
      await listen(url.searchParams.get("id") ?? undefined);
      break;
    case "POST /record":
      await startRecording();
      break;
    case "POST /stop":
      await stopRecording();
      break;
    default:
      response.writeHead(404).end();
      return;
  }
  response.writeHead(204).end();
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    state.fault = String(error);
    response.writeHead(500).end();
  });
});
await listen(values.device);
let port = Number(values.port);
await new Promise<void>((resolve) => {
  server.listen(port, "127.0.0.1", resolve);
});
const address = server.address();
port = typeof address === "object" ? (address?.port ?? port) : port;
console.log(`Open http://127.0.0.1:${port}/ in a browser. Ctrl-C ends.`);

process.once("SIGINT", () => {
  server.close();
  server.closeAllConnections();
  void stopRecording().then(() => stream?.close());
});
