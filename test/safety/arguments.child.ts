// Runs in a process of its own: each public function and method is called with each of its arguments, and each of its
// options, replaced by each nasty value.
import { setTimeout as sleep } from "node:timers/promises";
import { selectDevice } from "../../src/device-query.js";
import * as roomtone from "../../src/index.js";
import * as portaudio from "../../src/portaudio.js";
import { isAllowed } from "./judge.js";
import { NASTY } from "./nasty.js";
import { fail, guardProcess, say } from "./report.js";
import { isOwn, PATIENCE, Violation } from "./world.js";

/** What this child is told: its one argument, as JSON. */
export interface ArgumentsTask {
  /** Of the nasty values of each option every so-manieth is taken, another one for each option. */
  readonly every: number;
}

// No real device is ever touched: the library is not found.
process.env.ROOMTONE_PORTAUDIO = "/nowhere/libportaudio.so";
// Written by native-safety.slow.test.ts, with this type.
const { every } = JSON.parse(process.argv[2] ?? "") as ArgumentsTask;

/** A call with arguments that are right. */
interface Call {
  readonly name: string;
  readonly args: readonly unknown[];
  run(...args: readonly never[]): unknown;
}

const FAST = "virtual:ramp?rate=8000&pace=fast";
const SINK = "virtual:sink?rate=8000&pace=fast";
const CABLE = "virtual:loopback?rate=8000&pace=fast";

const STREAM = {
  sampleRate: 8000,
  format: "int16",
  resample: "auto",
  dither: false,
  onDeviceLost: "fail",
  waitSeconds: 1,
  realTime: false,
  blockFrames: 100,
  signal: new AbortController().signal,
  channels: 1,
  latency: "low",
  bufferSeconds: 1,
};
const PROCESSED = {
  ...STREAM,
  processor: new URL("./processor.js", import.meta.url),
  processorOptions: {},
  onMessage: () => {},
};
const PY = {
  rate: 8000,
  channels: 1,
  format: portaudio.paInt16,
  framesPerBuffer: 100,
  start: true,
  latency: "low",
};

/** A function as a call: what it is given is wrong on purpose, so its types are of no use. */
function of(name: string, target: object, args: readonly unknown[]): Call {
  const method: unknown = Reflect.get(target, name.split(" ", 1)[0] ?? "");
  if (typeof method !== "function") {
    throw new TypeError(`there is no ${name}`);
  }
  return { name, args, run: (...given): unknown => Reflect.apply(method, target, given) };
}

const input = await roomtone.InputStream.open({
  ...STREAM,
  format: "int16",
  device: FAST,
} as never);
const output = await roomtone.OutputStream.open({ ...STREAM, device: SINK } as never);
const duplex = await roomtone.DuplexStream.open({ ...STREAM, device: CABLE } as never);
const closed = await roomtone.InputStream.open({ device: FAST });
await closed.close();
const open = (options: unknown): portaudio.Stream =>
  new portaudio.Stream(options as never, (query, direction) =>
    selectDevice(query ?? "", [], direction),
  );
const pyInput = open({ ...PY, input: true, inputDeviceIndex: FAST });
const pyOutput = open({ ...PY, output: true, outputDeviceIndex: SINK });
const block = (await input[Symbol.asyncIterator]().next()).value;
const bytes = new Uint8Array(8);

const CALLS: readonly Call[] = [
  of("devices", roomtone, [{ host: "virtual" }]),
  of("refreshDevices", roomtone, [{ host: "virtual" }]),
  of("findDevice", roomtone, [FAST, { direction: "input" }]),
  of("configure", roomtone, [{ ...STREAM, signal: undefined, device: FAST }]),
  of("checkInputSettings", roomtone, [{ ...STREAM, device: FAST }]),
  of("checkOutputSettings", roomtone, [{ ...STREAM, device: SINK }]),
  of("supportedSampleRates", roomtone, [
    FAST,
    { direction: "input", channels: 1, format: "int16" },
  ]),
  of("virtualDevice", roomtone, ["tone", { rate: 8000, frequency: 1, overruns: [], unplugAt: 1 }]),
  of("watchDevices", roomtone, [
    { intervalSeconds: 1, onChange: () => {}, signal: new AbortController().signal },
  ]),
  of("record", roomtone, [
    { ...STREAM, device: FAST, frames: 100, progress: false, fillGaps: true },
  ]),
  of("open input", roomtone.InputStream, [{ ...STREAM, device: FAST, onBlock: () => {} }]),
  of("open processed", roomtone.InputStream, [{ ...PROCESSED, device: FAST }]),
  of("open output", roomtone.OutputStream, [{ ...STREAM, device: SINK }]),
  of("open duplex", roomtone.DuplexStream, [
    { ...STREAM, inputDevice: CABLE, outputDevice: CABLE, inputChannels: 1, outputChannels: 1 },
  ]),
  of("tryReadInto", input, [bytes]),
  of("readInto", input, [bytes]),
  of("toReadable", input, [{ onGap: () => {} }]),
  of("toWebReadable", input, [{ onGap: () => {} }]),
  of("postMessage", input, ["text"]),
  of("tryReadInto", closed, [bytes]),
  of("readInto", closed, [bytes]),
  of("write", output, [bytes]),
  of("tryWrite", output, [bytes]),
  of("write", duplex, [bytes]),
  of("tryWrite", duplex, [bytes]),
  of("tryReadInto", duplex, [bytes]),
  ...(block === undefined ? [] : [of("getChannelData", block, [0])]),
  { name: "new Stream()", args: [{ ...PY, input: true, inputDeviceIndex: FAST }], run: open },
  { name: "new Stream()", args: [{ ...PY, output: true, outputDeviceIndex: SINK }], run: open },
  of("read", pyInput, [10, true]),
  of("write", pyOutput, [bytes, 4, false]),
  of("getSampleSize", portaudio, [portaudio.paInt16]),
  of("getFormatFromWidth", portaudio, [2, true]),
];

guardProcess();
for (const call of CALLS) {
  for (const [index, argument] of call.args.entries()) {
    for (const { name, make } of NASTY) {
      await attempt(call, `${index} = ${name}`, call.args.with(index, make()));
    }
    if (Object.getPrototypeOf(argument) === Object.prototype) {
      for (const [place, option] of Object.keys(Object(argument)).entries()) {
        for (const { name, make } of NASTY.filter((_, at) => (at + place) % every === 0)) {
          const options = { ...Object(argument), [option]: make() };
          await attempt(call, `${option}: ${name}`, call.args.with(index, options));
        }
      }
    }
  }
}
await Promise.all([input.close(), output.close(), duplex.close()]);
pyInput.close();
pyOutput.close();
say("done");

async function attempt(call: Call, what: string, args: readonly unknown[]): Promise<void> {
  say(`at ${call.name} with ${what}`);
  // What is recorded for ever otherwise.
  const limits = call.name === "record" && !what.startsWith("signal");
  const [options] = args;
  const given =
    limits && what.startsWith("frames")
      ? [{ ...Object(options), signal: AbortSignal.timeout(20) }]
      : args;
  const late = new AbortController();
  try {
    const result = Promise.resolve(call.run(...(given as readonly never[]))).then(release);
    const timer = sleep(PATIENCE, "late", { signal: late.signal }).catch(() => "done");
    if ((await Promise.race([result, timer])) === "late") {
      throw new Violation(`not done after ${PATIENCE} ms`);
    }
  } catch (error) {
    if (error instanceof Violation || (!isOwn(error) && !isAllowed(error))) {
      fail(`${call.name} with ${what}`, error);
    }
  } finally {
    late.abort();
    roomtone.configure({});
  }
}

/** Gives back what a call has opened after all. */
async function release(result: unknown): Promise<void> {
  if (
    result instanceof roomtone.InputStream ||
    result instanceof roomtone.OutputStream ||
    result instanceof roomtone.DuplexStream
  ) {
    result.finished.catch(() => {});
    await result.close();
  } else if (result instanceof portaudio.Stream) {
    result.close();
  } else if (typeof result === "object" && result !== null && "devices" in result) {
    await (result as roomtone.DeviceWatcher).close();
  }
}
