import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startBoundChild } from "../rig/bound-child.js";

const COMMAND = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));
const PATIENCE_MS = 60_000;

export interface CommandOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

/** The command `roomtone`, running. */
export interface RunningCommand {
  readonly pid: number;
  /** Waits until stdout or stderr has so many matches; fails when it ends before. */
  said(what: string, times?: number): Promise<void>;
  /** What it has written to stdout so far. */
  output(): Buffer;
  /** Sends a signal, if one is given, and waits for the end; the exit code is null after a signal that it did not handle. */
  end(signal?: NodeJS.Signals): Promise<CommandResult>;
}

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Starts `roomtone` with these arguments. It ends with this process, and after a minute at the latest. */
export async function startCommand(
  args: readonly string[],
  options: CommandOptions,
): Promise<RunningCommand> {
  const child = await startBoundChild(process.execPath, [COMMAND, ...args], {
    ...options,
    readStdout: true,
  });
  const chunks: Buffer[] = [];
  child.process.stdout?.on("data", (chunk: Buffer) => chunks.push(chunk));
  const limit = setTimeout(() => void child.stop(), PATIENCE_MS);
  void child.ended.then(() => clearTimeout(limit));
  const output = (): Buffer => Buffer.concat(chunks);
  return {
    pid: child.pid,
    output,
    async said(what, times = 1) {
      const count = (): number =>
        `${output().toString()}\n${child.stderrText()}`.split(what).length - 1;
      while (count() < times) {
        if (!child.running()) {
          throw new Error(`roomtone ${args.join(" ")} ended: ${child.stderrText()}`);
        }
        await sleep(20);
      }
    },
    async end(signal) {
      if (signal !== undefined) {
        child.process.kill(signal);
      }
      const code = await child.ended;
      return { code, stdout: output(), stderr: child.stderrText() };
    },
  };
}

/** The events that `--json` has told, of one kind. */
export function eventsOf<Fields>({ stdout }: CommandResult, event: string): Fields[] {
  return (
    stdout
      .toString()
      .trimEnd()
      .split("\n")
      // Each test knows the fields of the events that it looks for.
      .map((line) => JSON.parse(line) as Fields & { readonly event: string })
      .filter((one) => one.event === event)
  );
}
