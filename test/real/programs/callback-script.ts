// Scripts in PyAudio's callback mode on the default devices.
import { setTimeout as sleep } from "node:timers/promises";
import {
  PyAudio,
  paAbort,
  paComplete,
  paContinue,
  paInt16,
  type StreamCallback,
} from "../../../src/portaudio.js";
import { makeRamp, rampBytes } from "../../rig/ramp.js";
import { PassingRamp } from "./passing-ramp.js";
import { holdThread, ready, report, task } from "./task.js";

/** How a script plays a ramp, and how that ends. */
export type PlayWay =
  | "completes"
  | "ends short"
  | "returns too much"
  | "aborts"
  | "throws"
  | "stops"
  | "stops inside";

export type CallbackTask =
  | { readonly do: "record"; readonly framesPerBuffer: number; readonly holdMs: number }
  | { readonly do: "play"; readonly way: PlayWay; readonly frames: number; readonly again: boolean }
  | { readonly do: "echo"; readonly seconds: number; readonly framesPerBuffer: number };

/** What a script that played has seen. */
export interface PlayReport {
  readonly calls: number;
  readonly flags: number;
  readonly inData: readonly unknown[];
  readonly stopped: boolean;
  readonly uncaught: readonly string[];
}

/** What a script that echoed has seen. */
export interface EchoReport {
  readonly calls: number;
  readonly flags: number;
  /** Calls whose times were not in the order heard, now, to be heard. */
  readonly wrongTimes: readonly unknown[];
  readonly gaps: readonly unknown[];
}

const RATE = 44_100;
const BLOCK = 8192;
/** Silence before the ramp: what the start of a stream loses in the sound server is none of it. */
const LEAD_BLOCKS = 3;
const asked = task<CallbackTask>();
const p = new PyAudio();
switch (asked.do) {
  case "record":
    await record(asked.framesPerBuffer, asked.holdMs);
    break;
  case "play":
    await play(asked.way, asked.frames, asked.again);
    break;
  case "echo":
    await echo(asked.seconds, asked.framesPerBuffer);
    break;
}
p.terminate();

async function record(framesPerBuffer: number, holdMs: number): Promise<void> {
  const ramp = new PassingRamp(RATE / 4);
  const lengths = new Set<number>();
  let flags = 0;
  const stream = p.open({
    format: paInt16,
    channels: 1,
    rate: RATE,
    input: true,
    framesPerBuffer,
    streamCallback: (inData, _frameCount, _timeInfo, statusFlags) => {
      flags |= statusFlags;
      if (inData !== null) {
        lengths.add(inData.length);
        ramp.add(new Int16Array(inData.buffer, inData.byteOffset, inData.length / 2));
      }
      return [null, ramp.gone ? paComplete : paContinue];
    },
  });
  ready();
  while (stream.isActive() && !ramp.began) {
    await sleep(20);
  }
  holdThread(holdMs);
  while (stream.isActive()) {
    await sleep(20);
  }
  stream.stopStream();
  stream.close();
  report({ ...ramp.seen(), gaps: stream.gaps, lengths: [...lengths], flags });
}

async function play(way: PlayWay, frames: number, again: boolean): Promise<void> {
  const uncaught: string[] = [];
  process.on("uncaughtException", (error) => uncaught.push(error.message));
  const bytes = rampBytes(makeRamp({ frames, leadFrames: LEAD_BLOCKS * BLOCK }));
  let at = 0;
  let calls = 0;
  let flags = 0;
  const inData = new Set<unknown>();
  const streamCallback: StreamCallback = (input, frameCount, _timeInfo, statusFlags) => {
    calls += 1;
    flags |= statusFlags;
    inData.add(input);
    const chunk = bytes.subarray(at, at + frameCount * 2);
    at += frameCount * 2;
    const isLast = at >= bytes.length;
    if (isLast && way === "throws") {
      throw new Error("mine");
    }
    if (isLast && way === "aborts") {
      return [null, paAbort];
    }
    if (isLast && way === "stops inside") {
      stream.stopStream();
    }
    if (way === "returns too much") {
      return [Buffer.concat([chunk, Buffer.alloc(500, 1)]), isLast ? paComplete : paContinue];
    }
    return [chunk, isLast && way === "completes" ? paComplete : paContinue];
  };
  const stream = p.open({
    format: paInt16,
    channels: 1,
    rate: RATE,
    output: true,
    framesPerBuffer: BLOCK,
    start: false,
    streamCallback,
  });
  const reports: PlayReport[] = [];
  for (let round = 0; round < (again ? 2 : 1); round++) {
    at = 0;
    stream.startStream();
    while (stream.isActive()) {
      await sleep(2);
      if (way === "stops" && at >= bytes.length) {
        stream.stopStream();
      }
    }
    const stopped = stream.isStopped();
    stream.stopStream();
    reports.push({ calls, flags, inData: [...inData], stopped, uncaught });
  }
  stream.close();
  report(reports);
}

/** Answers each block of input with the next block of a ramp. */
async function echo(seconds: number, framesPerBuffer: number): Promise<void> {
  let calls = 0;
  let flags = 0;
  const wrongTimes: unknown[] = [];
  const stream = p.open({
    format: paInt16,
    channels: 1,
    rate: RATE,
    input: true,
    output: true,
    framesPerBuffer,
    streamCallback: (inData, frameCount, timeInfo, statusFlags) => {
      calls += 1;
      flags |= statusFlags;
      const { input_buffer_adc_time, current_time, output_buffer_dac_time } = timeInfo;
      if (!(input_buffer_adc_time < current_time && current_time < output_buffer_dac_time)) {
        wrongTimes.push(timeInfo);
      }
      const counters = new Int16Array(frameCount);
      for (let frame = 0; frame < frameCount; frame++) {
        counters[frame] = (((calls - 1) * frameCount + frame) % 65_535) + 1;
      }
      const last = calls * frameCount >= seconds * RATE;
      return [
        inData === null ? null : new Uint8Array(counters.buffer),
        last ? paComplete : paContinue,
      ];
    },
  });
  while (stream.isActive()) {
    await sleep(20);
  }
  stream.stopStream();
  stream.close();
  const seen: EchoReport = {
    calls,
    flags,
    wrongTimes: wrongTimes.slice(0, 3),
    gaps: stream.gaps,
  };
  report(seen);
}
