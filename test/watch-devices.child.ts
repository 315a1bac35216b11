// Runs in a process of its own, started by watch-devices.test.ts: a watch that is used as the first argument names.
import { AudioError, type Device, watchDevices } from "../src/index.js";
import { DeviceWatcher } from "../src/watch/device-watcher.js";

const [way] = process.argv.slice(2);

switch (way) {
  case "loop":
    try {
      for await (const change of watchDevices()) {
        say(change.type);
      }
    } catch (error) {
      say(`${codeOf(error)} ${error instanceof Error ? error.message : ""}`);
    }
    break;
  case "callback":
    watchDevices({ onChange: (change) => say(change.type) });
    break;
  case "callback and devices()":
    try {
      await watchDevices({ onChange: (change) => say(change.type) }).devices();
    } catch (error) {
      say(codeOf(error));
    }
    break;
  case "throwing callback":
    throwInCallbacks();
    break;
  default:
    throw new Error(`no way ${way}`);
}

/** Two devices come at once; each call throws. */
function throwInCallbacks(): void {
  const lists = [[], [named("a"), named("b")]];
  const lister = {
    list: (known: readonly Device[]) => Promise.resolve(lists.shift() ?? known),
    close: () => Promise.resolve(),
  };
  let calls = 0;
  process.on("uncaughtException", (error) => say(`uncaught ${error.message}`));
  const watcher = new DeviceWatcher(lister, {
    intervalSeconds: 0,
    retrySeconds: 0,
    onChange: (change) => {
      say(`${change.type} ${change.device?.name}`);
      calls += 1;
      if (calls === 2) {
        void watcher.close();
      }
      throw new Error("mine");
    },
    signal: undefined,
  });
}

function named(name: string): Device {
  return {
    host: "portaudio",
    hostApi: {
      index: 0,
      structVersion: 1,
      type: 8,
      name: "ALSA",
      deviceCount: 2,
      defaultInputDevice: -1,
      defaultOutputDevice: -1,
    },
    index: 0,
    structVersion: 2,
    name,
    id: `portaudio:ALSA:${name}`,
    maxInputChannels: 1,
    maxOutputChannels: 1,
    defaultSampleRate: 48_000,
    defaultLowInputLatency: 0.01,
    defaultHighInputLatency: 0.04,
    defaultLowOutputLatency: 0.01,
    defaultHighOutputLatency: 0.04,
    isDefaultInput: false,
    isDefaultOutput: false,
    isLoopback: false,
  };
}

function codeOf(error: unknown): string {
  return error instanceof AudioError ? error.code : String(error);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
