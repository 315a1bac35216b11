// Runs as a program of its own under a file-size limit:
// node fill.js async|rf64|tail|raw|sync FILE
// Writes frames until there is no room, and prints what it heard of that as JSON.

import { AudioError } from "../../src/errors.js";
import { WavWriter } from "../../src/wav/writer.js";
import * as wave from "../../src/wave.js";
import { fillPattern } from "./fill-pattern.js";

const [, , mode = "", file = ""] = process.argv;
const codes: string[] = [];

function fill(): Promise<number> {
  switch (mode) {
    case "async":
      return fillAsync("auto");
    case "rf64":
      return fillAsync("rf64");
    case "tail":
      return fillTail();
    default:
      return fillSync(mode === "sync");
  }
}

/** Runs one step; true when it failed with an AudioError, whose code is kept. */
async function failed(step: () => void | Promise<void>): Promise<boolean> {
  try {
    await step();
    return false;
  } catch (error) {
    codes.push(error instanceof AudioError ? error.code : String(error));
    return true;
  }
}

const OPTIONS = { sampleRate: 48_000, channels: 2, format: "int24" } as const;

async function fillAsync(container: "auto" | "rf64"): Promise<number> {
  const writer = await WavWriter.create(file, { ...OPTIONS, container });
  while (!(await failed(() => writer.write(fillPattern(writer.length, 1000))))) {}
  // A second try must fail in the same way and change nothing.
  await failed(() => writer.write(fillPattern(writer.length, 1000)));
  await failed(() => writer.close());
  return writer.length;
}

/** There is room for all frames, and none for the cue points behind them. */
async function fillTail(): Promise<number> {
  const writer = await WavWriter.create(file, OPTIONS);
  await writer.write(fillPattern(0, 16_001));
  for (let position = 0; position < 1000; position++) {
    writer.addCue({ position, label: "a mark" });
  }
  await failed(() => writer.close());
  return writer.length;
}

async function fillSync(patching: boolean): Promise<number> {
  const writer = wave.open(file, "wb");
  writer.setparams([2, 3, 48_000, 0, "NONE", "not compressed"]);
  const write = (): void => {
    const data = fillPattern(writer.tell(), 1000);
    if (patching) {
      writer.writeframes(data);
    } else {
      writer.writeframesraw(data);
    }
  };
  while (!(await failed(write))) {}
  await failed(write);
  await failed(() => writer.close());
  return writer.tell();
}

const frames = await fill();
process.stdout.write(JSON.stringify({ codes, frames }));
