import { spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { startBoundChild } from "../test/rig/bound-child.js";
import { runScript } from "../test/rig/child.js";
import { startPulse } from "../test/rig/pulse.js";
import { PYTHON } from "../test/rig/tools.js";
import { median, parseNumbers, spreadText } from "./numbers.js";
import { childPath, peerPath } from "./paths.js";
import type { Effort, Question } from "./question.js";
import { type Cell, printTable } from "./table.js";

/** Repetitions in one process, after the first time there. */
const REPEATS = 3;

const PROBES = [
  { probe: "open", name: "`InputStream.open()`" },
  { probe: "read", name: "… and the first 64 frames" },
  { probe: "record", name: "`record()` to its first block (50 ms of sound)" },
  { probe: "record-64", name: "`record({ blockFrames: 64 })` to its first block" },
] as const;

/** How long a user waits between the call and the sound. */
export const firstFrame: Question = {
  name: "first-frame",
  title: "How long until the first frame",
  async run(effort: Effort) {
    const virtual: Cell[][] = [];
    for (const pace of ["fast", "realtime"]) {
      for (const { probe, name } of PROBES) {
        const device = `virtual:tone?pace=${pace}`;
        virtual.push([`${name}, pace ${pace}`, ...(await timesOf(effort.runs, probe, device, {}))]);
      }
    }
    console.log("Virtual device, milliseconds:\n");
    printTable(HEAD, virtual);

    const pulse = await startPulse();
    // A null sink alone sleeps for up to two seconds; a listener in a hurry makes it hand over what it
    // has every 10 ms, as a real device does.
    const listener = await startBoundChild(
      "parec",
      ["--device=mic.monitor", "--latency-msec=10", "/dev/null"],
      { env: pulse.env },
    );
    await sleep(2_500);
    const runs = Math.ceil(effort.runs / 3);
    try {
      const rows: Cell[][] = [];
      for (const { probe, name } of PROBES) {
        rows.push([name, ...(await timesOf(runs, probe, "", pulse.env))]);
      }
      rows.push(["PyAudio: `PyAudio()` and `open()`", ...pyAudio(runs, "open", pulse.env)]);
      rows.push(["… and the first 64 frames", ...pyAudio(runs, "read", pulse.env)]);
      console.log(`PulseAudio microphone, milliseconds, ${runs} processes.\n`);
      printTable(HEAD, rows);
    } finally {
      await listener.stop();
      await pulse.stop();
    }
  },
};

const HEAD = [
  "from the call on",
  "first in a process",
  "min–max",
  "again in the same process",
  "min–max",
] as const;

async function timesOf(
  runs: number,
  probe: string,
  device: string,
  env: NodeJS.ProcessEnv,
): Promise<Cell[]> {
  const all: number[][] = [];
  for (let run = 0; run < runs; run++) {
    const { code, stdout, stderr } = await runScript(childPath("first-frame"), {
      args: [probe, device, `${REPEATS}`],
      env,
    });
    if (code !== 0) {
      throw new Error(`The probe ${probe} failed: ${stderr}`);
    }
    all.push(parseNumbers(stdout));
  }
  return cells(all);
}

function pyAudio(runs: number, probe: string, env: NodeJS.ProcessEnv): Cell[] {
  const all: number[][] = [];
  for (let run = 0; run < runs; run++) {
    const { status, stdout } = spawnSync(
      PYTHON,
      [peerPath("pyaudio_first_frame.py"), probe, `${REPEATS}`],
      { env: { ...process.env, ...env }, encoding: "utf8" },
    );
    if (status !== 0) {
      return ["no PyAudio"];
    }
    all.push(parseNumbers(stdout));
  }
  return cells(all);
}

/** Of each process, the first time is its own kind. */
function cells(all: readonly (readonly number[])[]): Cell[] {
  const first = all.flatMap((times) => times.slice(0, 1));
  const again = all.flatMap((times) => times.slice(1));
  return [median(first), spreadText(first), median(again), spreadText(again)];
}
