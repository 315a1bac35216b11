import { spawnSync } from "node:child_process";
import os from "node:os";
import { PYTHON } from "../test/rig/tools.js";

/** What was measured on, as the lines of a list. Nothing in it names a person or a place. */
export function machineLines(): string[] {
  const cores = os.cpus();
  return [
    `${cores.length} cores (${cores[0]?.model ?? "unknown"}), ${Math.round(os.totalmem() / 2 ** 30)} GiB of memory`,
    `${os.type()} ${os.release()}, Node ${process.versions.node}, PulseAudio ${version("pulseaudio", ["--version"])}, arecord ${version("arecord", ["--version"])}`,
    `Python ${version(PYTHON, ["--version"])}, PyAudio ${version(PYTHON, ["-c", "import pyaudio; print(pyaudio.__version__)"])}`,
    `load average before the run: ${loadText()}`,
  ];
}

/** Load of the last one, five and fifteen minutes, this process's own included. */
export function loadText(): string {
  return os
    .loadavg()
    .map((load) => load.toFixed(2))
    .join(", ");
}

/** The first number with dots that a program says of itself. */
function version(command: string, args: readonly string[]): string {
  const { stdout } = spawnSync(command, args, { encoding: "utf8" });
  return /\d+(?:\.\d+)+/.exec(stdout ?? "")?.[0] ?? "missing";
}
