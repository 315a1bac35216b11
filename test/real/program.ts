import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { runScript, type ScriptOptions, type ScriptResult } from "../rig/child.js";

export interface ProgramOptions extends Omit<ScriptOptions, "args" | "whileRunning"> {
  /** What the program shall do: its one argument, as JSON. */
  readonly task?: unknown;
  /** Called once when the program has said "ready". */
  readonly onReady?: (child: ChildProcess) => void;
}

/** Runs one of the programs beside these tests in a process of its own. */
export function runProgram(name: string, options: ProgramOptions = {}): Promise<ScriptResult> {
  const { task, onReady, ...script } = options;
  return runScript(fileURLToPath(new URL(`./programs/${name}.js`, import.meta.url)), {
    ...script,
    args: task === undefined ? [] : [JSON.stringify(task)],
    whileRunning: (child) => {
      let said = "";
      const listen = (text: string): void => {
        said += text;
        if (/^ready$/m.test(said)) {
          child.stdout?.off("data", listen);
          onReady?.(child);
        }
      };
      child.stdout?.on("data", listen);
    },
  });
}

/** What a program printed as its last line, as JSON; fails with its stderr when it did not end well. */
export function reportOf<Report>(result: ScriptResult): Report {
  assert.equal(
    result.code,
    0,
    `${result.timedOut ? "timed out" : "failed"} (${result.signal ?? result.code}):\n${result.stderr}${result.stdout}`,
  );
  // The program and its test agree on the type; both are in this folder.
  return JSON.parse(result.stdout.trimEnd().split("\n").at(-1) ?? "") as Report;
}
