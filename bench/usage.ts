import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { startBoundChild } from "../test/rig/bound-child.js";
import { PYTHON } from "../test/rig/tools.js";
import { peerPath } from "./paths.js";

/** How often a running program is looked at, in seconds. */
const PERIOD = 0.25;

/** At one moment of a program's run, all in seconds. */
export interface Sample {
  readonly elapsed: number;
  readonly cpu: number;
  /** CPU time of the other process that was watched. */
  readonly otherCpu: number;
}

/** What a program has used from start to end. */
export interface Usage {
  /** When it was started, in seconds of the system's monotonic clock. */
  readonly began: number;
  /** User and system CPU seconds of the whole program, by wait4. */
  readonly cpuSeconds: number;
  /** Bytes. */
  readonly peakMemory: number;
  readonly samples: readonly Sample[];
}

export interface MeasureOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** A process whose CPU time is watched too. */
  readonly otherPid?: number;
  /** Called as soon as the program runs. */
  readonly whileRunning?: () => Promise<void>;
  readonly timeoutMs: number;
}

/** Runs a program and measures it from outside, each in the same way, whatever it is written in. */
export async function measure(
  command: string,
  args: readonly string[],
  options: MeasureOptions,
): Promise<Usage> {
  const folder = mkdtempSync(path.join(tmpdir(), "roomtone-usage-"));
  const report = path.join(folder, "usage.json");
  try {
    const child = await startBoundChild(
      PYTHON,
      [peerPath("usage.py"), report, `${PERIOD}`, `${options.otherPid ?? 0}`, command, ...args],
      { ...(options.env && { env: options.env }) },
    );
    const limit = setTimeout(() => void child.stop(), options.timeoutMs);
    try {
      await options.whileRunning?.();
      const code = await child.ended;
      if (code !== 0) {
        throw new Error(`${command} ended with code ${code}: ${child.stderrText().slice(-2000)}`);
      }
    } finally {
      clearTimeout(limit);
      await child.stop();
    }
    return parseUsage(readFileSync(report, "utf8"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** CPU seconds for each second between two moments of the run. */
export function steadyRate(
  samples: readonly Sample[],
  from: number,
  until: number,
  what: "cpu" | "otherCpu",
): number {
  const inside = samples.filter(({ elapsed }) => elapsed >= from && elapsed <= until);
  const first = inside.at(0);
  const last = inside.at(-1);
  return first === undefined || last === undefined || first === last
    ? Number.NaN
    : (last[what] - first[what]) / (last.elapsed - first.elapsed);
}

function parseUsage(json: string): Usage {
  const value: unknown = JSON.parse(json);
  if (typeof value === "object" && value !== null) {
    const { began, cpu, peak, samples } = value as Record<string, unknown>;
    if (
      typeof began === "number" &&
      typeof cpu === "number" &&
      typeof peak === "number" &&
      Array.isArray(samples)
    ) {
      return { began, cpuSeconds: cpu, peakMemory: peak, samples: samples.map(parseSample) };
    }
  }
  throw new TypeError(`Expected a report of usage, got ${json.slice(0, 200)}`);
}

function parseSample(value: unknown): Sample {
  const [elapsed, cpu, otherCpu]: readonly unknown[] = Array.isArray(value) ? value : [];
  if (typeof elapsed !== "number" || typeof cpu !== "number" || typeof otherCpu !== "number") {
    throw new TypeError("Expected a sample of three numbers");
  }
  return { elapsed, cpu, otherCpu };
}
