import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { type BoundChild, startBoundChild } from "./bound-child.js";

export type PulseFormat = "u8" | "s16le" | "s24le" | "s32le" | "float32le";

export interface PulseOptions {
  readonly rate?: number;
  readonly channels?: number;
  readonly format?: PulseFormat;
  /**
   * Instead of the sink "mic" there is a microphone of another kind, the source "pipe": it gives what is written into
   * `pipePath`. Nothing can be played then, and no other source can take its place.
   */
  readonly pipe?: boolean;
}

/** A sound that is being played into the private microphone. */
export interface Player {
  readonly pid: number;
  /**
   * Resolves when everything has been played; rejects when the player failed. Resolves also after
   * `stop()`.
   */
  readonly finished: Promise<void>;
  stop(): Promise<void>;
}

export interface Pulse {
  /** Belongs in the environment of a child, or of this process before PortAudio is initialised. */
  readonly env: Readonly<Record<string, string>>;
  /** Of the daemon that runs now. */
  readonly pid: number;
  /** A temporary folder that is removed by `stop()`. */
  readonly folder: string;
  /** Where the frames of the source "pipe" are written to, which is there only while the source is. */
  readonly pipePath: string;
  /**
   * Plays raw frames (a file's path, or the bytes), in the microphone's own rate, format and
   * channels, so that nothing is converted. Only one player at a time is bit-exact: two are mixed.
   */
  play(raw: string | Uint8Array): Promise<Player>;
  /** Runs `pactl` with these arguments and returns what it prints. */
  control(...args: readonly string[]): Promise<string>;
  /** Loads the source "pipe" again after `control("unload-module", "module-pipe-source")`. */
  loadPipe(): Promise<string>;
  /** Ends a daemon that still runs by force, and starts another one on the same socket. */
  restart(): Promise<void>;
  /** Ends the players and the daemon and removes the folder. Stopping twice is fine. */
  stop(): Promise<void>;
}

/**
 * Starts a PulseAudio of our own whose null sink "mic" is a microphone paced by the clock: what is
 * played into the sink is recorded from its monitor, the default source. It has its own folder,
 * socket and settings and knows nothing of a daemon that is already there; the ALSA configuration
 * leads PortAudio's "default" and "pulse" devices to it.
 */
export async function startPulse(options: PulseOptions = {}): Promise<Pulse> {
  const { rate = 44100, channels = 1, format = "s16le", pipe = false } = options;
  const folder = mkdtempSync(path.join(tmpdir(), "roomtone-pulse-"));
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", removeFolder);

  const socket = path.join(folder, "pulse.sock");
  const empty = path.join(folder, "empty.conf");
  const alsa = path.join(folder, "asound.conf");
  const pipePath = path.join(folder, "pipe");
  const source = pipe ? "pipe" : "mic.monitor";
  writeFileSync(empty, "");
  writeFileSync(
    alsa,
    [
      'pcm.!default { type pulse hint { show on description "Private microphone" } }',
      'pcm.pulse { type pulse hint { show on description "Private microphone" } }',
      "ctl.!default { type pulse }",
      "ctl.pulse { type pulse }",
      "",
    ].join("\n"),
  );
  const env = {
    HOME: folder,
    XDG_RUNTIME_DIR: folder,
    XDG_CONFIG_HOME: folder,
    PULSE_RUNTIME_PATH: folder,
    PULSE_STATE_PATH: folder,
    PULSE_SERVER: `unix:${socket}`,
    PULSE_SINK: "mic",
    PULSE_SOURCE: source,
    // The machine's own settings of daemon and clients would otherwise still be read.
    PULSE_CONFIG: empty,
    PULSE_CLIENTCONFIG: empty,
    ALSA_CONFIG_PATH: alsa,
    // PortAudio asks for a JACK server too; it shall find none, and start none.
    JACK_DEFAULT_SERVER: "roomtone-none",
    JACK_NO_START_SERVER: "1",
  };
  const form = `rate=${rate} format=${format} channels=${channels}`;
  const pipeSource = `module-pipe-source source_name=pipe file=${pipePath} ${form}`;
  const modules = [
    `module-native-protocol-unix socket=${socket} auth-anonymous=1`,
    pipe ? pipeSource : `module-null-sink sink_name=mic ${form}`,
  ];
  const startDaemon = async (): Promise<BoundChild> => {
    // A daemon that was killed leaves it behind; one that runs is never asked for another.
    rmSync(pipePath, { force: true });
    const started = await startBoundChild(
      "pulseaudio",
      [
        "-n",
        "--daemonize=no",
        "--exit-idle-time=-1",
        "--use-pid-file=no",
        "--disable-shm=yes",
        ...modules.flatMap((module) => ["-L", module]),
      ],
      { env },
    );
    try {
      await waitForMicrophone(started, env, source);
    } catch (error) {
      await started.stop();
      throw error;
    }
    return started;
  };
  const players = new Set<BoundChild>();
  let daemon: BoundChild | undefined;
  const stop = async () => {
    await Promise.all([...players].map((player) => player.stop()));
    await daemon?.stop();
    removeFolder();
    process.off("exit", removeFolder);
  };
  try {
    daemon = await startDaemon();
  } catch (error) {
    await stop();
    throw error;
  }
  let pid = daemon.pid;

  let played = 0;
  return {
    env,
    get pid() {
      return pid;
    },
    folder,
    pipePath,
    control: (...args) => pactl(env, args),
    loadPipe: () => pactl(env, ["load-module", ...pipeSource.split(" ")]),
    async restart() {
      daemon?.process.kill("SIGKILL");
      await daemon?.ended;
      daemon = await startDaemon();
      pid = daemon.pid;
    },
    async play(raw) {
      const file =
        typeof raw === "string" ? path.resolve(raw) : path.join(folder, `played-${++played}.raw`);
      if (typeof raw !== "string") {
        writeFileSync(file, raw);
      }
      const player = await startBoundChild(
        "pacat",
        [
          "--playback",
          "--raw",
          "--device=mic",
          `--format=${format}`,
          `--rate=${rate}`,
          `--channels=${channels}`,
          // Deep enough that the player is not starved while tests burn every core.
          "--latency-msec=500",
          file,
        ],
        { env },
      );
      players.add(player);
      let stopped = false;
      const finished = player.ended.then((code) => {
        players.delete(player);
        if (code !== 0 && !stopped) {
          throw new Error(`pacat ended with code ${code}: ${player.stderrText()}`);
        }
      });
      // Who does not wait for the end of the sound shall not be killed by its failure.
      finished.catch(() => undefined);
      return {
        pid: player.pid,
        finished,
        async stop() {
          stopped = true;
          await player.stop();
        },
      };
    },
    stop,
  };
}

async function pactl(env: NodeJS.ProcessEnv, args: readonly string[]): Promise<string> {
  const run = promisify(execFile);
  const { stdout } = await run("pactl", [...args], { env: { ...process.env, ...env } });
  return stdout;
}

/** Asks until the daemon knows the microphone, which is loaded after the socket is there. */
async function waitForMicrophone(
  daemon: BoundChild,
  env: NodeJS.ProcessEnv,
  source: string,
): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (daemon.running() && performance.now() < deadline) {
    const sources = await pactl(env, ["list", "short", "sources"]).catch(() => "");
    if (sources.split("\n").some((line) => line.split("\t")[1] === source)) {
      return;
    }
    await sleep(20);
  }
  const what = daemon.running() ? "did not become ready in 15 s" : "ended at once";
  throw new Error(`The private PulseAudio ${what}: ${daemon.stderrText()}`);
}
