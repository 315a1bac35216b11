import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const VERSIONS = {
  decibri: "5.7.0",
  naudiodon: "2.3.6",
  "node-wav": "0.0.2",
  wavefile: "11.0.0",
} as const;

export type NpmPeer = keyof typeof VERSIONS;

/** Packages of others that were installed for one run, outside this package. */
export interface NpmPeers {
  /** The folder that has them in its node_modules. */
  readonly folder: string;
  /** Why a package is not there; undefined when it can be used. */
  reasonOf(peer: NpmPeer): string | undefined;
  remove(): void;
}

/** Installs each package into a temporary folder and loads it once. One that fails has a reason, and no more. */
export async function installNpmPeers(peers: readonly NpmPeer[]): Promise<NpmPeers> {
  const folder = mkdtempSync(path.join(tmpdir(), "roomtone-peers-"));
  writeFileSync(path.join(folder, "package.json"), '{ "private": true }\n');
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove);
  const reasons = new Map<NpmPeer, string | undefined>();
  for (const peer of peers) {
    reasons.set(peer, await install(peer, folder));
  }
  return {
    folder,
    reasonOf: (peer) => (reasons.has(peer) ? reasons.get(peer) : "not asked for"),
    remove() {
      remove();
      process.off("exit", remove);
    },
  };
}

/** How a package stands in a table. */
export function peerName(peer: NpmPeer): string {
  return `${peer} ${VERSIONS[peer]}`;
}

async function install(peer: NpmPeer, folder: string): Promise<string | undefined> {
  const run = promisify(execFile);
  try {
    await run(
      "npm",
      [
        "install",
        "--prefix",
        folder,
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
        // This package's own settings forbid them, and they come along by the environment of `npm run`.
        "--ignore-scripts=false",
        `${peer}@${VERSIONS[peer]}`,
      ],
      { cwd: folder, timeout: 180_000 },
    );
    await run(process.execPath, ["--eval", `require("${peer}")`], { cwd: folder, timeout: 30_000 });
    return undefined;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const line = text.split("\n").find((one) => /error/i.test(one) && !one.startsWith("Command"));
    return (line ?? text.split("\n")[0] ?? "").trim().slice(0, 120);
  }
}
