import { type ChildProcess, spawn } from "node:child_process";

export interface ScriptOptions {
  readonly args?: readonly string[];
  /** Options of node itself, such as `--expose-gc`. */
  readonly nodeOptions?: readonly string[];
  /** Added to this process's environment; `undefined` takes a variable away. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** After this the script is killed and `timedOut` is true. */
  readonly timeoutMs?: number;
  /** Gets the child as soon as it runs, to send it a signal or to read along. */
  readonly whileRunning?: (child: ChildProcess) => void;
}

export interface ScriptResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
  readonly timedOut: boolean;
}

/**
 * Runs a compiled script in a process of its own and waits for its end. A failure is a result, not
 * an error.
 */
export function runScript(script: string, options: ScriptOptions = {}): Promise<ScriptResult> {
  const { args = [], nodeOptions = [], timeoutMs = 30_000 } = options;
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, [...nodeOptions, script, ...args], {
      env: { ...process.env, ...options.env },
      cwd: options.cwd,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    let timedOut = false;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const limit = setTimeout(() => {
      timedOut = true;
      child.kill("SIGKILL");
    }, timeoutMs);
    child.once("error", (error) => {
      clearTimeout(limit);
      reject(error);
    });
    child.once("spawn", () => options.whileRunning?.(child));
    child.once("close", (code, signal) => {
      clearTimeout(limit);
      resolve({ code, signal, stdout, stderr, ms: performance.now() - started, timedOut });
    });
  });
}
