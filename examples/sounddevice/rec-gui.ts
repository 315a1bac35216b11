// rec_gui.py of python-sounddevice: a recorder with a window, which is a page of this program in your browser:
// the device, its level, lost frames, the file. One thread hears the device, another one writes the file, whatever the
// page and this program are busy with.
// node rec-gui.js [--device NAME] [--port 8080]
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { parseArgs } from "node:util";
import { devices, InputStream, Recorder } from "roomtone";
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
/** One of them has the device: the first to show its level, the second to record as well. */
let stream: InputStream | undefined;
let recorder: Recorder | undefined;

/** Shows the level of a device from now on. */
async function listen(device?: string): Promise<void> {
  await stream?.close();
  stream = await InputStream.open({ ...(device && { device }) });
  state.device = stream.device.id;
  void follow(stream, (block) => Math.max(...block.getChannelData(0).map(Math.abs)));
}

async function startRecording(): Promise<void> {
  if (stream === undefined || recorder !== undefined) {
    return;
  }
  const { device } = stream;
  await stream.close();
  const file = `rec_gui_${new Date().toISOString().replaceAll(/[:.]/g, "-")}.wav`;
  recorder = await Recorder.open({ device, format: "int16", file });
  await recorder.start();
  Object.assign(state, { recording: true, file });
  void follow(recorder, ({ peak, seconds, lostFrames }) => {
    Object.assign(state, { seconds, lostFrames });
    return Math.max(...peak);
  });
}

async function stopRecording(): Promise<void> {
  const finished = recorder;
  recorder = undefined;
  state.recording = false;
  await finished?.stop();
}

/** Shows the peaks of all that comes; a fault is for the page to show too. */
async function follow<Level>(
  levels: AsyncIterable<Level>,
  peakOf: (level: Level) => number,
): Promise<void> {
  try {
    for await (const level of levels) {
      state.peak = Math.max(state.peak, peakOf(level));
    }
  } catch (error) {
    state.fault = String(error);
  }
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
    case "GET /state": // the page asks ten times a second; its meter falls by 6 dB each time
      response.setHeader("content-type", "application/json").end(JSON.stringify(state));
      state.peak /= 2;
      return;
    case "POST /device":
      state.fault = "";
      await listen(url.searchParams.get("id") ?? undefined);
      break;
    case "POST /record":
      await startRecording();
      break;
    case "POST /stop":
      await stopRecording();
      await listen(state.device);
      break;
    default:
      response.writeHead(404).end();
      return;
  }
  response.writeHead(204).end();
}

let turn = Promise.resolve(); // one request after the other, so that nothing is opened twice
const server = createServer((request, response) => {
  turn = turn
    .then(() => answer(request, response))
    .catch((error: unknown) => {
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
