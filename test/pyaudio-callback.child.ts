// Runs in a process of its own, started by pyaudio-callback.slow.test.ts: a script in callback mode that ends, or is ended,
// in the way its first argument names. It prints what it saw as JSON.
import { setTimeout as sleep } from "node:timers/promises";
import { selectDevice } from "../src/device-query.js";
import {
  paComplete,
  paContinue,
  paInt16,
  Stream,
  type StreamCallback,
  type StreamOptions,
} from "../src/portaudio.js";

const BLOCK = 1000;
const [way = "", device = "virtual:ramp?rate=8000&pace=fast"] = process.argv.slice(2);
const seen = { calls: 0, active: true, stopped: true, uncaught: [] as unknown[] };

function open(streamCallback: StreamCallback, options: Partial<StreamOptions> = {}): Stream {
  return new Stream(
    {
      rate: 8000,
      channels: 1,
      format: paInt16,
      input: true,
      inputDeviceIndex: device,
      framesPerBuffer: BLOCK,
      streamCallback,
      ...options,
    },
    (query, direction) => selectDevice(query ?? "", [], direction),
  );
}

/** What a callback returns at its third call, in place of what it should. */
const WRONG: Readonly<Record<string, () => unknown>> = {
  throws: () => {
    throw new RangeError("mine");
  },
  "throws no error": () => {
    // What foreign code throws need not be an Error.
    throw "mine" as unknown as Error;
  },
  "is async": () => Promise.resolve([null, paContinue]),
  "returns undefined": () => undefined,
  "returns null": () => null,
  "returns a number": () => paContinue,
  "returns one value": () => [null],
  "returns three values": () => [null, paContinue, paContinue],
  "returns a string": () => ["frames", paContinue],
  "returns no outData": () => [undefined, paContinue],
  "returns an array of numbers": () => [[1, 2], paContinue],
  "returns no flag": () => [null, undefined],
  "returns a word": () => [null, "paContinue"],
  "returns another flag": () => [null, 3],
  "returns half a flag": () => [null, 0.5],
  "returns NaN": () => [null, Number.NaN],
};

if (way === "uncaught") {
  open(() => {
    throw new RangeError("mine");
  });
} else if (way === "completes") {
  // Nothing but the stream keeps this process alive, and nothing closes it.
  open(() => [null, ++seen.calls === 5 ? paComplete : paContinue]);
  process.once("exit", () => console.log(JSON.stringify(seen)));
} else if (way === "is stopped") {
  const stream = open(() => {
    if (++seen.calls === 3) {
      stream.stopStream();
    }
    return [null, paContinue];
  });
  process.once("exit", () => console.log(JSON.stringify(seen)));
} else if (way === "device ends") {
  process.on("uncaughtException", (error) => seen.uncaught.push(shown(error)));
  const lengths: number[] = [];
  const stream = open((inData, frames) => {
    lengths.push(frames, inData?.length ?? 0);
    return [null, paContinue];
  });
  while (stream.isActive()) {
    await sleep(10);
  }
  await sleep(20);
  const again: string[] = [];
  try {
    stream.startStream();
  } catch (error) {
    again.push(String(error));
  }
  stream.stopStream();
  stream.close();
  console.log(JSON.stringify({ ...seen, lengths, again }));
} else {
  process.on("uncaughtException", (error) => seen.uncaught.push(shown(error)));
  const stream = open(() => {
    seen.calls += 1;
    const result: unknown = seen.calls === 3 ? WRONG[way]?.() : [null, paContinue];
    return result as [null, number];
  });
  while (seen.uncaught.length === 0) {
    await sleep(5);
  }
  await sleep(50);
  seen.active = stream.isActive();
  seen.stopped = stream.isStopped();
  console.log(JSON.stringify(seen));
}

function shown(error: Error): unknown {
  const cause: unknown = error.cause;
  return {
    name: error.name,
    message: error.message,
    cause: cause instanceof Error ? `${cause.name}: ${cause.message}` : cause,
  };
}
