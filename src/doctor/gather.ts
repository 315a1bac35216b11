import { readFileSync } from "node:fs";
import os from "node:os";
import type { Seconds } from "../format.js";
import { environmentFacts } from "./environment.js";
import { examine } from "./examination.js";
import type { Facts } from "./facts.js";
import { linuxFacts } from "./linux.js";
import { soundServers } from "./sound-servers.js";
import { windowsPrivacy } from "./windows-privacy.js";

/** What the doctor is asked to look at. */
export interface GatherOptions {
  readonly roomtone: string;
  /** Index, id or name of the device to record from; absent for the default input. */
  readonly device?: string | number;
  /** How long to record; absent for no test recording. */
  readonly seconds?: Seconds;
}

/** Finds out all that bears on recording. It ends in bounded time, whatever hangs. */
export async function gather({ roomtone, device, seconds }: GatherOptions): Promise<Facts> {
  const [examination, servers, privacy] = await Promise.all([
    examine({ ...(device !== undefined && { device }), ...(seconds !== undefined && { seconds }) }),
    soundServers(process.env),
    process.platform === "win32" ? windowsPrivacy() : undefined,
  ]);
  return {
    roomtone,
    node: process.versions.node,
    platform: process.platform,
    arch: process.arch,
    system: systemName(),
    environment: environmentFacts(process.env),
    ...(process.platform === "linux" && { linux: linuxFacts() }),
    ...(privacy !== undefined && { windowsPrivacy: privacy }),
    soundServers: servers,
    ...(device !== undefined && { askedDevice: String(device) }),
    ...examination,
  };
}

function systemName(): string {
  try {
    const name = /^PRETTY_NAME="?(.*?)"?$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1];
    return name ?? `${os.type()} ${os.release()}`;
  } catch {
    // Only Linux has the file.
    return `${os.version()} ${os.release()}`;
  }
}
