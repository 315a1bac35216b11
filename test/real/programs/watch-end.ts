// Watches the devices and ends in the way that the test names, or has its probe killed.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { watchDevices } from "../../../src/index.js";
import { quietDevice, writeAlsaConfig } from "./alsa-config.js";
import { ready, report, task } from "./task.js";

export interface WatchEndTask {
  readonly way: "exit" | "throw" | "run" | "close" | "kill the probe" | "interrupt the probe";
}

/** Of `kill the probe` and `interrupt the probe`. */
export interface WatchEndReport {
  /** The names of the devices that were told as added afterwards. */
  readonly added: readonly string[];
  /** How many processes have listed devices. */
  readonly probes: number;
}

const { way } = task<WatchEndTask>();
const watcher = watchDevices({ intervalSeconds: 0.25 });
await watcher.devices();
const probe = probes()[0] ?? 0;
process.stdout.write(`probe ${probe}\n`);

switch (way) {
  case "exit":
    process.exit(3);
    break;
  case "throw":
    throw new Error("mine");
  case "run":
    ready();
    break;
  case "close":
    // Does not itself keep the process: only the watch can.
    setTimeout(() => void closeIt(), 1000).unref();
    break;
  case "kill the probe":
    report(await disturb("SIGKILL"));
    break;
  case "interrupt the probe":
    report(await disturb("SIGINT"));
    break;
}

async function closeIt(): Promise<void> {
  await watcher.close();
  process.stdout.write(`closed ${probes().length}\n`);
}

/** Sends the signal three times, at any point of the probe's work, and makes a device appear after each. */
async function disturb(signal: NodeJS.Signals): Promise<WatchEndReport> {
  const seen = new Set<number>();
  const added: string[] = [];
  const lines = [quietDevice("default")];
  const changes = watcher[Symbol.asyncIterator]();
  for (const name of ["one", "two", "three"]) {
    const pid = await newestProbe();
    seen.add(pid);
    process.kill(pid, signal);
    lines.push(quietDevice(name));
    writeAlsaConfig(...lines);
    const { value } = await changes.next();
    added.push(`${value?.type} ${value?.device?.name}`);
  }
  seen.add(await newestProbe());
  await watcher.close();
  return { added, probes: seen.size };
}

async function newestProbe(): Promise<number> {
  for (;;) {
    const pid = probes()[0];
    if (pid !== undefined) {
      return pid;
    }
    await sleep(10);
  }
}

/** The processes that this one has started; the watch's is the only one. */
function probes(): readonly number[] {
  return readFileSync(`/proc/self/task/${process.pid}/children`, "utf8")
    .split(" ")
    .filter((pid) => pid !== "")
    .map(Number);
}
