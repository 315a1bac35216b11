import { rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readFlac, readWav } from "../src/index.js";
import { type Pulse, startPulse } from "../test/rig/pulse.js";
import { makeRamp, rampBytes, verifyRamp } from "../test/rig/ramp.js";
import { loadText } from "./machine.js";
import { installNpmPeers } from "./npm-peers.js";
import { median, spreadText } from "./numbers.js";
import type { Effort, Question } from "./question.js";
import {
  RECORDING_RATE as RATE,
  type RecordingProgram,
  recordingPrograms,
} from "./recording-programs.js";
import { type ReferenceEar, startReferenceEar } from "./reference-ear.js";
import { type Cell, printTable, ratioText } from "./table.js";
import { measure, steadyRate } from "./usage.js";

/** From here on, every program records and its start is over. */
const STEADY_FROM = 3;
/** Each program records before the ramp is played into the microphone, and after it. */
const BEFORE_RAMP = 2.5;
const AFTER_RAMP = 3;

interface Outcome {
  /** CPU seconds for each minute recorded, when the start is over. */
  readonly steady: number;
  /** CPU seconds of start and end. */
  readonly once: number;
  /** CPU seconds of the sound server for each minute. */
  readonly server: number;
  readonly peakMemory: number;
  readonly lost: number;
  readonly repeated: number;
  /** From the start of the program until its first recorded frame was heard, in milliseconds. */
  readonly firstFrame: number;
  /** Frames in the file beyond those asked for; below 0 when some are missing. */
  readonly beyond: number;
}

/** What a recorded minute costs, beside the programs that people use today. */
export const recordingCost: Question = {
  name: "recording-cost",
  title: "CPU, memory and lost frames of a recording, beside other programs",
  async run(effort: Effort) {
    const peers = await installNpmPeers(["decibri"]);
    const programs = recordingPrograms(peers);
    const outcomes = new Map<RecordingProgram, Outcome[]>(programs.map((one) => [one, []]));
    const present = programs.filter(({ missing }) => missing === undefined);
    const loads: string[] = [loadText()];
    const pulse = await startPulse({ rate: RATE });
    try {
      const ear = await startReferenceEar(pulse, RATE);
      for (let round = 0; round < effort.rounds; round++) {
        for (let turn = 0; turn < present.length; turn++) {
          const program = present[(turn + round) % present.length];
          if (program !== undefined) {
            outcomes.get(program)?.push(await take(program, pulse, ear, effort.recordSeconds));
          }
        }
        loads.push(loadText());
      }
      await ear.stop();
    } finally {
      await pulse.stop();
      peers.remove();
    }
    print(outcomes, effort, loads);
  },
};

async function take(
  program: RecordingProgram,
  pulse: Pulse,
  ear: ReferenceEar,
  seconds: number,
): Promise<Outcome> {
  const file = path.join(pulse.folder, `take.${program.writes ?? "none"}`);
  await rm(file, { force: true });
  const ramp = makeRamp({
    frames: Math.round((seconds - BEFORE_RAMP - AFTER_RAMP) * RATE),
    leadFrames: RATE / 4,
    tailFrames: RATE / 4,
  });
  ear.listen();
  const usage = await measure(program.command, program.args(file, seconds), {
    env: pulse.env,
    otherPid: pulse.pid,
    timeoutMs: (seconds + 30) * 1000,
    async whileRunning() {
      await sleep(BEFORE_RAMP * 1000);
      await (await pulse.play(rampBytes(ramp))).finished;
    },
  });
  const rate = steadyRate(usage.samples, STEADY_FROM, seconds, "cpu");
  const measured = {
    steady: rate * 60,
    once: usage.cpuSeconds - rate * seconds,
    server: steadyRate(usage.samples, STEADY_FROM, seconds, "otherCpu") * 60,
    peakMemory: usage.peakMemory,
  };
  if (program.writes === undefined) {
    return { ...measured, lost: 0, repeated: 0, firstFrame: Number.NaN, beyond: 0 };
  }
  const recorded = await (program.writes === "flac" ? readFlac(file) : readWav(file));
  const samples = recorded.toInterleaved();
  if (!(samples instanceof Int16Array)) {
    throw new TypeError(`${program.name} wrote ${recorded.format}, not int16`);
  }
  const report = verifyRamp(samples);
  const played = ramp.length - RATE / 2;
  return {
    ...measured,
    lost: played + report.repeated - report.frames,
    repeated: report.repeated,
    firstFrame: ((ear.heardAt ?? Number.NaN) - report.start / RATE - usage.began) * 1000,
    beyond: recorded.length - Math.round(seconds * RATE),
  };
}

function print(
  outcomes: ReadonlyMap<RecordingProgram, readonly Outcome[]>,
  effort: Effort,
  loads: readonly string[],
): void {
  const minute = ({ steady, once }: Outcome): number => steady + once;
  const [base = []] = outcomes.values();
  const rows = [...outcomes].map(([{ name, writes, missing }, all]): Cell[] => {
    if (missing !== undefined) {
      return [name, missing];
    }
    const of = (value: (outcome: Outcome) => number): number => median(all.map(value));
    const ratio = (value: (outcome: Outcome) => number): string =>
      ratioText(of(value), median(base.map(value)));
    const recorded = (text: () => Cell): Cell => (writes === undefined ? "" : text());
    const total = (value: (outcome: Outcome) => number): Cell =>
      recorded(() => `${all.reduce((sum, outcome) => sum + value(outcome), 0)}`);
    return [
      name,
      of(minute),
      spreadText(all.map(minute), 2),
      ratio(minute),
      of(({ steady }) => steady),
      ratio(({ steady }) => steady),
      of(({ once }) => once),
      of(({ server }) => server),
      of(({ peakMemory }) => peakMemory) / 2 ** 20,
      ratio(({ peakMemory }) => peakMemory),
      recorded(() => of(({ firstFrame }) => firstFrame)),
      recorded(() => ratio(({ firstFrame }) => firstFrame)),
      total(({ lost }) => lost),
      total(({ repeated }) => repeated),
      total(({ beyond }) => beyond),
    ];
  });
  console.log(
    `${effort.recordSeconds} s of 16-bit mono at 44.1 kHz from a private PulseAudio through ALSA to a file, ${effort.rounds} rounds, each program in turn; a ramp of counters is played into the microphone, to which another program listens all the time. A minute is the measured steady run scaled to 60 s, and start and end as they were. Load average before each round and at the end: ${loads.join(" · ")}\n`,
  );
  printTable(
    [
      "program",
      "CPU s per recorded minute",
      "min–max",
      "ratio",
      "of it: steady run",
      "ratio of that",
      "of it: start and end",
      "server's CPU s per minute",
      "peak memory MiB",
      "ratio",
      "ms from its start to its first frame",
      "ratio",
      "frames lost",
      "repeated",
      "length wrong by",
    ],
    rows,
  );
}
