import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readWav } from "../src/index.js";
import { type Pulse, startPulse } from "../test/rig/pulse.js";
import { makeRamp, rampBytes, verifyRamp } from "../test/rig/ramp.js";
import { PYTHON } from "../test/rig/tools.js";
import { loadText } from "./machine.js";
import { median, spreadText } from "./numbers.js";
import { childPath, peerPath } from "./paths.js";
import type { Effort, Question } from "./question.js";
import { type Cell, printTable, ratioText } from "./table.js";
import { measure, steadyRate } from "./usage.js";

const RATE = 44_100;
/** Frames of one blocking read. */
const CHUNK = 1024;
/** From here on, every program records and its start is over. */
const STEADY_FROM = 3;
/** Each program records before the ramp is played into the microphone, and after it. */
const BEFORE_RAMP = 2.5;
const AFTER_RAMP = 3;

/** A program that records `seconds` of 16-bit mono to a WAV file. */
interface Contender {
  readonly name: string;
  readonly command: string;
  readonly args: (file: string, seconds: number) => readonly string[];
  /** False for a program that only waits. */
  readonly records: boolean;
}

const CONTENDERS: readonly Contender[] = [
  ours("roomtone `record()`", "record"),
  ours("roomtone/portaudio, blocking read of 1,024", "portaudio-read"),
  {
    name: "PyAudio, blocking read of 1,024",
    command: PYTHON,
    args: (file, seconds) => [
      peerPath("pyaudio_record.py"),
      file,
      `${seconds}`,
      `${RATE}`,
      `${CHUNK}`,
    ],
    records: true,
  },
  {
    name: "`arecord`",
    command: "arecord",
    args: (file, seconds) =>
      `-q -D default -f S16_LE -r ${RATE} -c 1 -d ${seconds}`.split(" ").concat(file),
    records: true,
  },
  {
    name: "node that only waits",
    command: process.execPath,
    args: (_, seconds) => ["--eval", `setTimeout(() => {}, ${seconds * 1000})`],
    records: false,
  },
];

function ours(name: string, child: string): Contender {
  return {
    name,
    command: process.execPath,
    args: (file, seconds) => [childPath(child), file, `${seconds}`, `${RATE}`, `${CHUNK}`],
    records: true,
  };
}

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
  /** Frames in the file beyond those asked for; below 0 when some are missing. */
  readonly beyond: number;
}

/** What a recorded minute costs, beside the programs that people use today. */
export const recordingCost: Question = {
  name: "recording-cost",
  title: "CPU, memory and lost frames of a recording, beside other programs",
  async run(effort: Effort) {
    const outcomes = new Map<Contender, Outcome[]>(CONTENDERS.map((one) => [one, []]));
    const loads: string[] = [loadText()];
    const pulse = await startPulse({ rate: RATE });
    try {
      for (let round = 0; round < effort.rounds; round++) {
        for (let turn = 0; turn < CONTENDERS.length; turn++) {
          const contender = CONTENDERS[(turn + round) % CONTENDERS.length];
          if (contender !== undefined) {
            outcomes.get(contender)?.push(await take(contender, pulse, effort.recordSeconds));
          }
        }
        loads.push(loadText());
      }
    } finally {
      await pulse.stop();
    }
    print(outcomes, effort, loads);
  },
};

async function take(contender: Contender, pulse: Pulse, seconds: number): Promise<Outcome> {
  const file = path.join(pulse.folder, "take.wav");
  const ramp = makeRamp({
    frames: Math.round((seconds - BEFORE_RAMP - AFTER_RAMP) * RATE),
    leadFrames: RATE / 4,
    tailFrames: RATE / 4,
  });
  const usage = await measure(contender.command, contender.args(file, seconds), {
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
  if (!contender.records) {
    return { ...measured, lost: 0, repeated: 0, beyond: 0 };
  }
  const recorded = await readWav(file);
  const samples = recorded.toInterleaved();
  if (!(samples instanceof Int16Array)) {
    throw new TypeError(`${contender.name} wrote ${recorded.format}, not int16`);
  }
  const report = verifyRamp(samples);
  const played = ramp.length - RATE / 2;
  return {
    ...measured,
    lost: played + report.repeated - report.frames,
    repeated: report.repeated,
    beyond: recorded.length - Math.round(seconds * RATE),
  };
}

function print(
  outcomes: ReadonlyMap<Contender, readonly Outcome[]>,
  effort: Effort,
  loads: readonly string[],
): void {
  const minute = ({ steady, once }: Outcome): number => steady + once;
  const [base = []] = outcomes.values();
  const rows = [...outcomes].map(([{ name, records }, all]): Cell[] => {
    const of = (value: (outcome: Outcome) => number): number => median(all.map(value));
    const total = (value: (outcome: Outcome) => number): string =>
      records ? `${all.reduce((sum, outcome) => sum + value(outcome), 0)}` : "";
    return [
      name,
      of(minute),
      spreadText(all.map(minute), 2),
      ratioText(of(minute), median(base.map(minute))),
      of(({ steady }) => steady),
      ratioText(
        of(({ steady }) => steady),
        median(base.map(({ steady }) => steady)),
      ),
      of(({ once }) => once),
      of(({ server }) => server),
      of(({ peakMemory }) => peakMemory) / 2 ** 20,
      ratioText(
        of(({ peakMemory }) => peakMemory),
        median(base.map((one) => one.peakMemory)),
      ),
      total(({ lost }) => lost),
      total(({ repeated }) => repeated),
      total(({ beyond }) => beyond),
    ];
  });
  console.log(
    `${effort.recordSeconds} s of 16-bit mono at 44.1 kHz from a private PulseAudio through ALSA to a WAV file, ${effort.rounds} rounds, each program in turn; a ramp of counters is played into the microphone. A minute is the measured steady run scaled to 60 s, and start and end as they were. Load average before each round and at the end: ${loads.join(" · ")}\n`,
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
      "frames lost",
      "repeated",
      "length wrong by",
    ],
    rows,
  );
}
