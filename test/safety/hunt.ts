import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { STEPS, upTo } from "./sequence.js";
import type { SequenceTask } from "./sequences.child.js";

/** A child that says nothing for so long hangs: the longest that it may be busy with one thing is far shorter. */
const SILENCE_MS = 50_000;
/** How long a failing sequence is made shorter. */
const SHRINK_MS = 40_000;

/** How a child ended that should have ended well. */
export interface Fault {
  /** The number of the sequence, or another word of the child for what it was doing. */
  readonly at: string;
  readonly text: string;
}

/** How children are started. */
export interface ChildOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Stops the child after this, wherever it is. */
  readonly limitMs?: number;
}

/**
 * Runs a program of this folder that says on stdout what it is about to do, and `done` at its end. A crash, a fault that
 * it found, silence, and an end that does not come by itself are faults.
 */
export function watchChild(
  script: string,
  task: unknown,
  { env, limitMs = 15 * 60_000 }: ChildOptions = {},
): Promise<Fault | undefined> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ["--expose-gc", pathOf(script), JSON.stringify(task)], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    let stderr = "";
    let hung = "";
    const dog = new Watchdog(child, (why) => {
      hung = why;
    });
    const limit = setTimeout(() => dog.bite(`it was not done after ${limitMs} ms`), limitMs);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      dog.pat();
      said = (said + text).slice(-20_000);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr = (stderr + text).slice(-20_000);
    });
    child.once("close", (code, signal) => {
      dog.sleep();
      clearTimeout(limit);
      const lines = said.trimEnd().split("\n");
      const at = lines.findLast((line) => line.startsWith("at ")) ?? "at the beginning";
      const found = said.slice(Math.max(0, said.indexOf("FAULT")));
      if (hung !== "") {
        resolve({ at, text: `${hung}, behind:\n${lines.slice(-5).join("\n")}\n${stderr}` });
      } else if (code !== 0 || stderr !== "" || lines.at(-1) !== "done") {
        const what = said.includes("FAULT") ? found : `it ended with ${signal ?? code}`;
        resolve({ at, text: `${what}\n${stderr}` });
      } else {
        resolve(undefined);
      }
    });
  });
}

/** Bites when the child is silent for too long. */
class Watchdog {
  readonly #child: ChildProcess;
  readonly #tell: (why: string) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(child: ChildProcess, tell: (why: string) => void) {
    this.#child = child;
    this.#tell = tell;
    this.pat();
  }

  pat(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.bite(`it hung for ${SILENCE_MS} ms`), SILENCE_MS);
  }

  bite(why: string): void {
    this.#tell(why);
    this.#child.kill("SIGKILL");
  }

  sleep(): void {
    clearTimeout(this.#timer);
  }
}

/**
 * Runs sequences of calls in one child. A fault is told with the fewest calls that still make it and with the command
 * that makes them again.
 */
export async function huntFaults(
  first: number,
  count: number,
  devices: SequenceTask["devices"],
  { budgetMs, ...options }: ChildOptions & Pick<SequenceTask, "budgetMs"> = {},
): Promise<string | undefined> {
  const script = "sequences.child.js";
  const all: SequenceTask = { first, count, devices, ...(budgetMs && { budgetMs }) };
  const fault = await watchChild(script, all, options);
  if (fault === undefined) {
    return undefined;
  }
  const seed = Number(fault.at.split(" ").at(-1));
  if (!Number.isInteger(seed)) {
    return `${fault.at}: ${fault.text}`;
  }
  const task = (only: readonly number[]): SequenceTask => ({
    first: seed,
    count: 1,
    only,
    devices,
  });
  const fails = async (only: readonly number[]): Promise<boolean> =>
    (await watchChild(script, task(only), options)) !== undefined;
  const only = await shrink(upTo(STEPS), fails);
  if (devices === "pulse") {
    return `sequence ${seed}: ${fault.text}\nsteps ${only.join(", ")} do it; replay:\nROOMTONE_SEED=${seed} node scripts/test.mjs real/native-safety`;
  }
  const replay = `node --expose-gc ${pathOf(script)} '${JSON.stringify({ ...task(only), trace: true })}'`;
  const again = only.length < STEPS ? "" : " (it did not fail again with fewer calls)";
  return `sequence ${seed}: ${fault.text}\nreplay${again}, after scripts/build.mjs --tests:\n${replay}`;
}

/** Leaves out the steps behind the fault, then single ones, as long as time is left. */
async function shrink(
  all: readonly number[],
  fails: (only: readonly number[]) => Promise<boolean>,
): Promise<readonly number[]> {
  const deadline = performance.now() + SHRINK_MS;
  let low = 0;
  let shortest = all;
  while (low < shortest.length - 1 && performance.now() < deadline) {
    const middle = Math.ceil((low + shortest.length) / 2);
    const prefix = all.slice(0, middle);
    if (middle < shortest.length && (await fails(prefix))) {
      shortest = prefix;
    } else {
      low = middle;
    }
  }
  for (const step of shortest) {
    const fewer = shortest.filter((one) => one !== step);
    if (performance.now() < deadline && (await fails(fewer))) {
      shortest = fewer;
    }
  }
  return shortest;
}

function pathOf(script: string): string {
  return fileURLToPath(new URL(`./${script}`, import.meta.url));
}
