import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { startPulse } from "../test/rig/pulse.js";
import { PYTHON } from "../test/rig/tools.js";
import { loadText } from "./machine.js";
import { median, spreadText } from "./numbers.js";
import { childPath, peerPath } from "./paths.js";
import type { Effort, Question } from "./question.js";
import { type Cell, printTable, ratioText } from "./table.js";

const RATE = 44_100;
const BLOCKS = [64, 256, 1024] as const;
/** In one process: its way hardly changes, the next process's may be another. */
const CLICKS = 6;

/** A program that plays clicks, hears them and prints a {@link Trip}. */
interface Traveller {
  readonly name: string;
  readonly command: string;
  /** Its script and the way it works. */
  readonly args: readonly string[];
}

const TRAVELLERS: readonly Traveller[] = [
  {
    name: "roomtone `DuplexStream`, processor in the audio thread",
    command: process.execPath,
    args: [childPath("round-trip"), "audio"],
  },
  {
    name: "roomtone `DuplexStream`, main thread",
    command: process.execPath,
    args: [childPath("round-trip"), "main"],
  },
  {
    name: "PyAudio, callback",
    command: PYTHON,
    args: [peerPath("pyaudio_round_trip.py"), "callback"],
  },
  {
    name: "PyAudio, blocking read and write",
    command: PYTHON,
    args: [peerPath("pyaudio_round_trip.py"), "read"],
  },
];

interface Trip {
  /** Frames that each click was under way. */
  readonly ways: readonly number[];
  readonly missed: number;
  /** What the program was told of frames that were lost or came too late. */
  readonly said: string;
}

/** How long a sound takes out of a script and in again. */
export const roundTrip: Question = {
  name: "round-trip",
  title: "The way of a click out of a duplex stream and in again",
  async run({ rounds }: Effort) {
    for (const block of BLOCKS) {
      const before = loadText();
      const trips = TRAVELLERS.map((): Trip[] => []);
      for (let round = 0; round < rounds; round++) {
        for (const [at, traveller] of TRAVELLERS.entries()) {
          trips[at]?.push(await travel(traveller, block));
        }
      }
      print(block, rounds, trips, before);
    }
  },
};

/** Each time with a server of its own, that nobody has made hurry before. */
async function travel({ command, args }: Traveller, block: number): Promise<Trip> {
  const pulse = await startPulse({ rate: RATE, format: "float32le" });
  try {
    const { stdout } = await promisify(execFile)(
      command,
      [...args, `${block}`, `${CLICKS}`, `${RATE}`],
      { env: { ...process.env, ...pulse.env }, timeout: 60_000, killSignal: "SIGKILL" },
    );
    return parseTrip(stdout);
  } catch (error) {
    return { ways: [], missed: 0, said: `failed: ${String(error).trim().split("\n").at(-1)}` };
  } finally {
    await pulse.stop();
  }
}

function print(
  block: number,
  rounds: number,
  trips: readonly (readonly Trip[])[],
  before: string,
): void {
  const ms = (of: readonly Trip[]): number[] =>
    of.flatMap(({ ways }) => ways).map((frames) => (frames / RATE) * 1000);
  const base = median(ms(trips[0] ?? []));
  console.log(
    `Blocks of ${block} frames, low latency, mono float32 at ${RATE} Hz; milliseconds, about ${CLICKS} clicks in each of ${rounds} processes. Load average before: ${before}; after: ${loadText()}.\n`,
  );
  printTable(
    ["program", "median", "min–max", "ratio", "clicks heard", "not heard", "it was told"],
    TRAVELLERS.map(({ name }, at): Cell[] => {
      const own = trips[at] ?? [];
      const all = ms(own);
      return [
        name,
        median(all),
        all.length === 0 ? "" : spreadText(all),
        ratioText(median(all), base),
        `${all.length}`,
        `${own.reduce((sum, { missed }) => sum + missed, 0)}`,
        [...new Set(own.map(({ said }) => said))].join(" · "),
      ];
    }),
  );
}

function parseTrip(stdout: string): Trip {
  // The programs are in this folder and agree on the type.
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as Trip;
}
