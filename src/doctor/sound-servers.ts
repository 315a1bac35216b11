import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import { promisify } from "node:util";
import type { Milliseconds } from "../format.js";

/** A sign of a sound server. */
export interface SoundServer {
  readonly name: "PulseAudio" | "PipeWire" | "JACK" | "sndio" | "CoreAudio";
  readonly seen: "process" | "socket";
  /** The program, or the path of the socket. */
  readonly where: string;
  /** Whether somebody listens at a socket. */
  readonly answers?: boolean;
}

const PROGRAMS: Readonly<Record<string, SoundServer["name"]>> = {
  pulseaudio: "PulseAudio",
  "pipewire-pulse": "PulseAudio",
  pipewire: "PipeWire",
  wireplumber: "PipeWire",
  jackd: "JACK",
  jackdbus: "JACK",
  sndiod: "sndio",
  coreaudiod: "CoreAudio",
};

/** How long a socket may take to answer. */
const SOCKET_PATIENCE: Milliseconds = 1_000;

/** The sound servers that run here, and the sockets by which they are reached. */
export async function soundServers(
  environment: NodeJS.ProcessEnv,
): Promise<readonly SoundServer[]> {
  if (process.platform === "win32") {
    return [];
  }
  const programs = [...new Set(await programsThatRun())].sort().flatMap((where): SoundServer[] => {
    const name = PROGRAMS[where];
    return name === undefined ? [] : [{ name, seen: "process", where }];
  });
  const sockets = await Promise.all(
    socketsOf(environment, process.getuid?.()).map(
      async ({ name, where }): Promise<SoundServer> => ({
        name,
        seen: "socket",
        where,
        answers: await doesAnswer(where),
      }),
    ),
  );
  return [...programs, ...sockets];
}

/** Where the sockets of the sound servers would be; those that are there. */
export function socketsOf(
  environment: NodeJS.ProcessEnv,
  uid: number | undefined,
  exists: (file: string) => boolean = existsSync,
): readonly Pick<SoundServer, "name" | "where">[] {
  const { XDG_RUNTIME_DIR, PULSE_SERVER, PULSE_RUNTIME_PATH, PIPEWIRE_RUNTIME_DIR } = environment;
  const run = XDG_RUNTIME_DIR || `/run/user/${uid}`;
  const asked = /unix:([^\s]+)/.exec(PULSE_SERVER ?? "")?.[1];
  const pulse = [
    asked,
    PULSE_RUNTIME_PATH && path.join(PULSE_RUNTIME_PATH, "native"),
    path.join(run, "pulse/native"),
    "/run/pulse/native",
    "/mnt/wslg/PulseServer",
  ];
  const found = (
    name: SoundServer["name"],
    files: readonly (string | undefined)[],
  ): Pick<SoundServer, "name" | "where">[] =>
    [...new Set(files)].flatMap((where) =>
      where !== undefined && where !== "" && exists(where) ? [{ name, where }] : [],
    );
  return [
    ...found("PulseAudio", pulse),
    ...found("PipeWire", [path.join(PIPEWIRE_RUNTIME_DIR || run, "pipewire-0")]),
  ];
}

async function programsThatRun(): Promise<readonly string[]> {
  if (process.platform === "linux") {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(commandOf);
  }
  try {
    const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "comm="], { timeout: 5_000 });
    return stdout.split("\n").map((line) => path.basename(line.trim()));
  } catch {
    // No ps, or none that is allowed: then only sockets are seen.
    return [];
  }
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    // It has ended since it was listed.
    return "";
  }
}

function doesAnswer(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket);
    const settle = (answers: boolean): void => {
      connection.destroy();
      resolve(answers);
    };
    connection.setTimeout(SOCKET_PATIENCE, () => settle(false));
    connection.once("connect", () => settle(true));
    connection.once("error", () => settle(false));
  });
}
