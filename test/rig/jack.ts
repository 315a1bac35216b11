import { execFile } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { startBoundChild } from "./bound-child.js";

export interface JackOptions {
  readonly rate?: number;
  readonly periodFrames?: number;
  /** Whether the server and its clients ask for real-time priority, so that other work makes no xruns. Default false. */
  readonly realTime?: boolean;
}

export interface Jack {
  /** Belongs in the environment of a child, or of this process before PortAudio is initialised. */
  readonly env: Readonly<Record<string, string>>;
  readonly pid: number;
  /** Ends the server and leaves nothing of it in shared memory. Stopping twice is fine. */
  stop(): Promise<void>;
}

let started = 0;

/**
 * Starts a JACK server of our own, under a name of its own, on the dummy driver: two channels each
 * way, silence in.
 */
export async function startJack(options: JackOptions = {}): Promise<Jack> {
  const { rate = 48000, periodFrames = 1024, realTime = false } = options;
  const name = `roomtone-${process.pid}-${++started}`;
  const env = { JACK_DEFAULT_SERVER: name, JACK_NO_START_SERVER: "1" };
  const server = await startBoundChild(
    "jackd",
    // Few ports: the server sets aside shared memory for all it may ever have, 100 MB by default.
    [
      "-n",
      name,
      realTime ? "-R" : "-r",
      "-p",
      "64",
      "-d",
      "dummy",
      "-r",
      `${rate}`,
      "-p",
      `${periodFrames}`,
    ],
    { env },
  );
  const stop = async () => {
    await server.stop();
    removeLeftovers(name);
  };
  const run = promisify(execFile);
  const deadline = performance.now() + 15_000;
  while (server.running() && performance.now() < deadline) {
    const ports = await run("jack_lsp", [], { env: { ...process.env, ...env } }).catch(
      () => undefined,
    );
    if (ports?.stdout.includes("system:capture_1") === true) {
      return { env, pid: server.pid, stop };
    }
    await sleep(20);
  }
  await stop();
  throw new Error(`The private JACK server did not become ready: ${server.stderrText()}`);
}

/** A server that had to be killed leaves its sockets and semaphores; they carry its name. */
function removeLeftovers(name: string): void {
  for (const file of readdirSync("/dev/shm")) {
    if (file.startsWith("jack") && file.includes(`${name}_`)) {
      rmSync(`/dev/shm/${file}`, { force: true });
    }
  }
}
