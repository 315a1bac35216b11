// Runs in a process of its own: sequences of calls, one after another. What is not caught ends it with the fault on
// stdout; the numbers of the sequences that were begun stand there too.
import { readdirSync, writeSync } from "node:fs";
import { isAllowedUncaught, tell } from "./judge.js";
import { otherMoves } from "./other-moves.js";
import { pyaudioMoves } from "./pyaudio-moves.js";
import { runSequence, STEPS, upTo } from "./sequence.js";
import { streamMoves, VIRTUAL } from "./stream-moves.js";
import { Violation, World } from "./world.js";

/** What this child is told: its one argument, as JSON. */
export interface SequenceTask {
  readonly first: number;
  readonly count: number;
  /** Which steps of each sequence are made; default all. */
  readonly only?: readonly number[];
  /** Whether each call is told with its result. */
  readonly trace?: boolean;
}

// Written by test/safety/hunt.ts, which has the same type.
const task = JSON.parse(process.argv[2] ?? "") as SequenceTask;
const devices = VIRTUAL;
const moves = [...streamMoves(devices), ...otherMoves(devices), ...pyaudioMoves(devices)];
/** Threads end a moment after they are closed, and node has some of its own. */
const SPARE_THREADS = 8;

let world = new World();
let seed = task.first;

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

function fail(what: string, error: unknown): never {
  say(`FAULT in sequence ${seed}: ${what}: ${tell(error)}`);
  process.exit(70);
}

process.on("uncaughtException", (error: unknown) => {
  if (!world.isOwn(error) && !isAllowedUncaught(error)) {
    fail("uncaught exception", error);
  }
});
process.on("unhandledRejection", (error) => fail("unhandled rejection", error));
process.on("warning", (warning) => fail("warning", warning));

let threads = 0;
for (const index of upTo(task.count)) {
  seed = task.first + index;
  say(`sequence ${seed}`);
  world = new World(task.trace === true ? say : undefined);
  try {
    await runSequence(moves, seed, task.only ?? upTo(STEPS), world);
  } catch (error) {
    fail("violation", error);
  }
  if (index === 20) {
    threads = countThreads();
  }
}
await new Promise((resolve) => setTimeout(resolve, 200));
if (threads > 0 && countThreads() > threads + SPARE_THREADS) {
  fail("threads", new Violation(`${countThreads()} threads are left, after ${threads} early on`));
}
say("done");

function countThreads(): number {
  return process.platform === "linux" ? readdirSync("/proc/self/task").length : 0;
}
