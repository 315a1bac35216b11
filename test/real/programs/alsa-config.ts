import { renameSync, writeFileSync } from "node:fs";

/** A device that gives zeros and takes everything, under a name of its own. */
export function quietDevice(name: string): string {
  return `pcm.${name} { type file slave.pcm { type null } file "/dev/null" infile "/dev/zero" format "raw" }`;
}

/** Replaces the private ALSA configuration of this process at one stroke: no listing sees half of it. */
export function writeAlsaConfig(...lines: readonly string[]): void {
  const path = process.env.ALSA_CONFIG_PATH;
  if (path === undefined) {
    throw new Error("This program needs an ALSA configuration of its own.");
  }
  writeFileSync(`${path}.new`, `${lines.join("\n")}\n`);
  renameSync(`${path}.new`, path);
}
