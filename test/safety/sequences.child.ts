// Runs in a process of its own: sequences of calls, one after another.
import { readdirSync } from "node:fs";
import { otherMoves } from "./other-moves.js";
import { pulseDevices, withManager } from "./pulse-devices.js";
import { pyaudioMoves } from "./pyaudio-moves.js";
import { fail, guardProcess, say } from "./report.js";
import { runSequence, STEPS, upTo } from "./sequence.js";
import { streamMoves, VIRTUAL } from "./stream-moves.js";
import { Violation, World } from "./world.js";

/** What this child is told: its one argument, as JSON. */
export interface SequenceTask {
  readonly first: number;
  readonly count: number;
  readonly devices: "virtual" | "pulse";
  /** No sequence is begun after this: a slow machine makes fewer. Default: none is left out. */
  readonly budgetMs?: number;
  /** Which steps of each sequence are made; default all. */
  readonly only?: readonly number[];
  /** Whether each call is told with its result. */
  readonly trace?: boolean;
}

/** Threads end a moment after they are closed, and node has some of its own. */
const SPARE_THREADS = 8;
/** From this sequence on the number of threads may not grow. */
const WARM = 20;

// Written by hunt.ts, with this type.
const task = JSON.parse(process.argv[2] ?? "") as SequenceTask;
if (task.devices === "virtual") {
  // No real device is ever touched: the library is not found.
  process.env.ROOMTONE_PORTAUDIO = "/nowhere/libportaudio.so";
}
const devices = task.devices === "pulse" ? pulseDevices() : VIRTUAL;
const moves = [
  ...streamMoves(devices),
  ...otherMoves(devices),
  ...(task.devices === "pulse" ? pyaudioMoves(devices, withManager) : pyaudioMoves(devices)),
];

guardProcess();
let threads = 0;
for (const index of upTo(task.count)) {
  if (performance.now() > (task.budgetMs ?? Number.POSITIVE_INFINITY)) {
    break;
  }
  say(`at sequence ${task.first + index}`);
  const world = new World(task.trace === true ? say : undefined);
  try {
    await runSequence(moves, task.first + index, task.only ?? upTo(STEPS), world);
  } catch (error) {
    fail("violation", error);
  }
  if (index === WARM) {
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
