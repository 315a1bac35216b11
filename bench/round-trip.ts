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
  async run(effort: Effort) {
    for (const block of BLOCKS) {
      const trips: { readonly name: string; readonly trip: Trip }[] = [];
      const before = loadText();
      for (const { name, command, args } of TRAVELLERS) {
        // Each has a server that nobody has made hurry before.
        const pulse = await startPulse({ rate: RATE, format: "float32le" });
        try {
          const { stdout } = await promisify(execFile)(
            command,
            [...args, `${block}`, `${effort.clicks}`, `${RATE}`],
            {
              env: { ...process.env, ...pulse.env },
              timeout: (effort.clicks + 30) * 1000,
              killSignal: "SIGKILL",
            },
          );
          trips.push({ name, trip: parseTrip(stdout) });
        } catch (error) {
          const said = `failed: ${error instanceof Error ? error.message.trim().split("\n").at(-1) : error}`;
          trips.push({ name, trip: { ways: [], missed: 0, said } });
        } finally {
          await pulse.stop();
        }
      }
      print(block, effort, trips, before);
    }
  },
};

function print(
  block: number,
  effort: Effort,
  trips: readonly { readonly name: string; readonly trip: Trip }[],
  before: string,
): void {
  const ms = (trip: Trip): number[] => trip.ways.map((frames) => (frames / RATE) * 1000);
  const base = median(trips[0] === undefined ? [] : ms(trips[0].trip));
  console.log(
    `Blocks of ${block} frames, low latency, mono float32 at ${RATE} Hz; ${effort.clicks} clicks and a few, milliseconds. Load average before: ${before}; after: ${loadText()}.\n`,
  );
  printTable(
    ["program", "median", "min–max", "ratio", "clicks heard", "not heard", "it was told"],
    trips.map(({ name, trip }): Cell[] => [
      name,
      median(ms(trip)),
      trip.ways.length === 0 ? "" : spreadText(ms(trip)),
      ratioText(median(ms(trip)), base),
      `${trip.ways.length}`,
      `${trip.missed}`,
      trip.said,
    ]),
  );
}

function parseTrip(stdout: string): Trip {
  // The programs are in this folder and agree on the type.
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as Trip;
}
