import { fileURLToPath } from "node:url";
import { type BoundChild, startBoundChild } from "./bound-child.js";

/**
 * Starts a process that counts frames by the wall clock, whatever becomes of those who listen, and writes each as an
 * int32 into all of the named pipes: frame n since the start is n + 1. So the first frame behind an outage tells how
 * long it was. A pipe that is not there or not read misses its frames and may come back at any time; frames of up to
 * 25 ms before an outage can come behind it, they wait in the pipe.
 */
export function startClockRamp(rate: number, ...pipes: readonly string[]): Promise<BoundChild> {
  const program = fileURLToPath(new URL("./clock-ramp.process.js", import.meta.url));
  return startBoundChild(process.execPath, [program, `${rate}`, ...pipes]);
}
