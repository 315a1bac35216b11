import { readFileSync } from "node:fs";
import path from "node:path";
import { startBurn } from "../test/rig/burn.js";
import type { StreamTask } from "./children/stream-task.js";
import { type CounterReport, findCounters, makeCounters } from "./counters.js";
import { loadText } from "./machine.js";
import { installNpmPeers } from "./npm-peers.js";
import type { Effort, Question } from "./question.js";
import { type StreamProgram, streamPrograms } from "./stream-programs.js";
import { JACK_RIG, PULSE_RIG, RIG_RATE, type RigKind, type StreamRig } from "./stream-rigs.js";
import { type Cell, numberText, printTable } from "./table.js";
import { measure, steadyRate } from "./usage.js";

/** Each program records silence before the counters and after them: its start and its end are not what is asked. */
const LEAD = 6;
const AFTER = 2.5;
/** From here on every program records. */
const STEADY_FROM = 5;
/** The script's thread is held from this second on. */
const HOLD_AT = 7;

/** What is recorded, and what goes on meanwhile. */
interface Case {
  readonly block: number;
  readonly channels: number;
  /** Both cores have other work. */
  readonly busy: boolean;
  /** Seconds for which the script's thread does not come back. */
  readonly hold: number;
}

/** One thing at a time is changed of blocks of 256 in mono; and the worst of all together. */
const PULSE_CASES: readonly Case[] = [
  { block: 64, channels: 1, busy: false, hold: 0 },
  { block: 256, channels: 1, busy: false, hold: 0 },
  { block: 1024, channels: 1, busy: false, hold: 0 },
  { block: 256, channels: 8, busy: false, hold: 0 },
  { block: 256, channels: 1, busy: true, hold: 0 },
  { block: 64, channels: 8, busy: true, hold: 0 },
  { block: 256, channels: 1, busy: false, hold: 10 },
];
const JACK_CASES: readonly Case[] = [
  { block: 256, channels: 1, busy: false, hold: 0 },
  { block: 64, channels: 1, busy: true, hold: 0 },
  { block: 256, channels: 1, busy: false, hold: 2 },
  { block: 256, channels: 1, busy: false, hold: 10 },
];

/** What a program has done in one case. */
interface Take {
  readonly report: CounterReport;
  readonly said: string;
  /** CPU seconds of a minute, when the start is over. */
  readonly steady: number;
  /** CPU seconds of the whole take. */
  readonly cpu: number;
  /** Bytes. */
  readonly peakMemory: number;
  readonly playerLate: number;
}

/** What is the same for all takes. */
interface Conditions {
  readonly effort: Effort;
  /** The folder of the packages of npm. */
  readonly packages: string;
}

/** Why a program has done nothing. */
interface Failure {
  readonly failure: string;
}

/** How the stream holds out, beside PyAudio and two packages of npm. */
export const streams: Question = {
  name: "streams",
  title: "Lost frames, CPU and memory of streams, beside PyAudio and npm's",
  async run(effort: Effort) {
    const peers = await installNpmPeers(["decibri", "naudiodon"]);
    try {
      const groups = streamPrograms(peers);
      for (const [kind, cases] of [
        [PULSE_RIG, PULSE_CASES],
        [JACK_RIG, JACK_CASES],
      ] as const) {
        const before = loadText();
        const done: (Take | Failure)[][] = [];
        for (const one of cases) {
          console.error(`bench: ${kind.name}, ${caseText(one)}`);
          const inCase: (Take | Failure)[] = [];
          for (const group of groups) {
            inCase.push(...(await takeAll(group, kind, one, { effort, packages: peers.folder })));
          }
          done.push(inCase);
        }
        print(kind, cases, effort, groups.flat(), done, before);
      }
    } finally {
      peers.remove();
    }
  },
};

/** Lets the programs of a group record at the same time. */
async function takeAll(
  group: readonly StreamProgram[],
  kind: RigKind,
  one: Case,
  { effort, packages }: Conditions,
): Promise<readonly (Take | Failure)[]> {
  // A short run is made longer by a hold, so that there is something to be recorded after it.
  const seconds = Math.max(effort.streamSeconds, LEAD + AFTER + 2 + one.hold);
  const frames = Math.round((seconds - LEAD - AFTER) * RIG_RATE);
  const { block, channels, busy } = one;
  const played = { frames, leadFrames: LEAD * RIG_RATE, tailFrames: RIG_RATE, channels };
  const rig = await kind.start(channels, group.length);
  const burn = busy ? await startBurn(2) : undefined;
  try {
    await rig.play(makeCounters(played));
    return await Promise.all(
      group.map(async (program, at) => {
        const task: StreamTask = {
          file: path.join(rig.folder, `take-${at}.raw`),
          seconds,
          rate: RIG_RATE,
          channels,
          block,
          holdAt: HOLD_AT,
          holdFor: one.hold,
          packages,
        };
        try {
          return await takeOne(program, task, rig, rig.environments[at] ?? {}, frames);
        } catch (error) {
          return { failure: `failed: ${firstLine(error)}` };
        }
      }),
    );
  } finally {
    await burn?.stop();
    await rig.stop();
  }
}

async function takeOne(
  program: StreamProgram,
  task: StreamTask,
  rig: StreamRig,
  env: Readonly<Record<string, string>>,
  frames: number,
): Promise<Take | Failure> {
  if (program.missing !== undefined) {
    return { failure: `not installed: ${program.missing}` };
  }
  const { file, seconds } = task;
  const usage = await measure(
    program.command,
    [program.script, JSON.stringify(task), ...program.more],
    { env, timeoutMs: (seconds + 30) * 1000 },
  );
  const said = String(JSON.parse(readFileSync(`${file}.json`, "utf8")));
  const samples = readSamples(file);
  if (samples.length === 0) {
    return { failure: `recorded nothing; ${said}` };
  }
  return {
    report: findCounters(samples, task.channels, frames),
    said,
    steady: steadyRate(usage.samples, STEADY_FROM, seconds, "cpu") * 60,
    cpu: usage.cpuSeconds,
    peakMemory: usage.peakMemory,
    playerLate: rig.playerLate(),
  };
}

function readSamples(file: string): Float32Array {
  const { buffer, byteOffset, byteLength } = readFileSync(file);
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength - (byteLength % 4)));
}

function print(
  kind: RigKind,
  cases: readonly Case[],
  effort: Effort,
  programs: readonly StreamProgram[],
  done: readonly (readonly (Take | Failure)[])[],
  before: string,
): void {
  const table = (
    title: string,
    cell: (take: Take) => Cell,
    failed: (failure: string) => Cell = () => "–",
  ): void => {
    console.log(`${title}\n`);
    printTable(
      ["program", ...cases.map(caseText)],
      programs.map(({ name }, at) => [
        name,
        ...done.map(({ [at]: take }) =>
          take === undefined || "failure" in take ? failed(take?.failure ?? "") : cell(take),
        ),
      ]),
    );
  };
  console.log(
    `### ${kind.name}\n\nfloat32 at ${RIG_RATE} Hz. A take lasts ${effort.streamSeconds} s at least; what is played in it are counters, but for the first ${LEAD} s and the last ${AFTER} s. Load average before: ${before}; after: ${loadText()}.\n`,
  );
  table("Frames lost:", lostText, () => "no recording");
  table(
    "What the program was told of it:",
    ({ said }) => said,
    (failure) => failure,
  );
  table("CPU seconds for each minute, when the start is over:", ({ steady }) => steady);
  table("CPU seconds of the take, start and end included:", ({ cpu }) => cpu);
  table("Peak memory, MiB:", ({ peakMemory }) => peakMemory / 2 ** 20);
}

/** A loss, and what else is wrong with the recording. */
function lostText(take: Take): string {
  const { lost, lostAtEnd, repeated, wrong } = take.report;
  const count = (frames: number): string => frames.toLocaleString("en-US");
  return [
    count(lost),
    lostAtEnd > RIG_RATE / 2
      ? `the last ${numberText(lostAtEnd / RIG_RATE)} s of it at the end`
      : "",
    repeated > 0 ? `${count(repeated)} twice` : "",
    wrong > 0 ? `${count(wrong)} changed` : "",
    take.playerLate > 0 ? `player late ${take.playerLate} ×` : "",
  ]
    .filter((part) => part !== "")
    .join("; ");
}

function caseText({ block, channels, busy, hold }: Case): string {
  return [
    `${block.toLocaleString("en-US")} frames`,
    channels === 1 ? "" : `${channels} channels`,
    busy ? "both cores busy" : "",
    hold === 0 ? "" : `held ${hold} s`,
  ]
    .filter((part) => part !== "")
    .join(", ");
}

function firstLine(error: unknown): string {
  const lines = error instanceof Error ? error.message.split("\n") : [String(error)];
  const telling = lines.find((line) => /Error|rror:/.test(line)) ?? lines[0] ?? "";
  return telling.trim().slice(0, 120);
}
