import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** A running program that ends with this process, however this process ends. */
export interface BoundChild {
  readonly process: ChildProcess;
  readonly pid: number;
  /** What the program has written to stderr so far. */
  stderrText(): string;
  /** True until the program has ended. */
  running(): boolean;
  /** Resolves with the exit code (null after a signal) when the program has ended. */
  readonly ended: Promise<number | null>;
  /** Ends the program by its process id, with force after three seconds. Stopping twice is fine. */
  stop(): Promise<void>;
}

export interface BoundChildOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Whether the caller reads `process.stdout`; it is discarded otherwise. */
  readonly readStdout?: boolean;
}

/**
 * Starts a program under `setpriv --pdeathsig`: the kernel itself ends it when this process dies,
 * also by `kill -9`, which no exit hook sees. Must be called on the main thread, because the kernel
 * watches the thread that started it.
 */
export async function startBoundChild(
  command: string,
  args: readonly string[],
  options: BoundChildOptions = {},
): Promise<BoundChild> {
  const child = spawn("setpriv", ["--pdeathsig", "TERM", command, ...args], {
    env: { ...process.env, ...options.env },
    cwd: options.cwd,
    stdio: ["ignore", options.readStdout === true ? "pipe" : "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once("close", resolve);
  });
  await once(child, "spawn");
  const { pid } = child;
  if (pid === undefined) {
    throw new Error(`${command} was started but has no process id.`);
  }
  const running = () => child.exitCode === null && child.signalCode === null;
  return {
    process: child,
    pid,
    stderrText: () => stderr,
    running,
    ended,
    async stop() {
      if (running()) {
        child.kill("SIGTERM");
        const force = setTimeout(() => child.kill("SIGKILL"), 3000);
        await ended;
        clearTimeout(force);
      }
    },
  };
}
