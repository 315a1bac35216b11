import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { PYTHON } from "./tools.js";

/** What is done when a text was written: keys sent, the size changed, a signal. */
export type TerminalStep =
  | readonly [text: string, action: "send", keys: string]
  | readonly [text: string, action: "resize", size: readonly [columns: number, rows: number]]
  | readonly [text: string, action: "signal", name: NodeJS.Signals];

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly steps?: readonly TerminalStep[];
  /** Added to this process's environment. */
  readonly env?: NodeJS.ProcessEnv;
}

export interface TerminalResult {
  /** Everything written to the terminal, stdout and stderr alike, as it came. */
  readonly output: string;
  /** 128 and the number of the signal where one ended it; 99 when it was still busy after 20 seconds. */
  readonly code: number;
}

const ESCAPE = "\u001b";
const SCRIPT = fileURLToPath(new URL("../../../test/rig/pty.py", import.meta.url));
/** What a usual terminal of today says of itself. */
const TERMINAL = { TERM: "xterm-256color", COLORTERM: "truecolor", LC_ALL: "C.UTF-8" };

/** Runs a compiled script in a pseudo terminal. Needs the tool `python3`. */
export function runInTerminal(
  script: string,
  args: readonly string[],
  { columns = 80, rows = 24, steps = [], env = {} }: TerminalOptions = {},
): Promise<TerminalResult> {
  // Node takes a terminal for one without colours when CI is set.
  const { NO_COLOR: _, FORCE_COLOR: __, CI: ___, ...inherited } = process.env;
  const command = [
    `${columns}`,
    `${rows}`,
    JSON.stringify(steps),
    process.execPath,
    script,
    ...args,
  ];
  return new Promise((resolve) => {
    execFile(
      PYTHON,
      [SCRIPT, ...command],
      { env: { ...inherited, ...TERMINAL, ...env }, maxBuffer: 2 ** 26 },
      (error, output) => {
        resolve({ output, code: typeof error?.code === "number" ? error.code : 0 });
      },
    );
  });
}

/** The lines of what a program drew last on a terminal's second screen, without colours. */
export function lastScreen(output: string): string[] {
  // The terminal itself shows Ctrl-C where the cursor was.
  const drawn = (output.split("\u001b[?1049l")[0] ?? "").replace("^C", "");
  return plain(drawn.split("\u001b[H").at(-1) ?? "").split(/\r*\n/);
}

/** A text without escape sequences. */
export function plain(text: string): string {
  return text.replace(new RegExp(`${ESCAPE}\\[[?\\d;]*[A-Za-z]`, "g"), "");
}
