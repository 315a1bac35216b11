import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type BoundChild, startBoundChild } from "../test/rig/bound-child.js";
import { startJack } from "../test/rig/jack.js";
import { startPulse } from "../test/rig/pulse.js";

/** Of everything that is played and recorded on these rigs; the rate at which decibri converts nothing. */
export const RIG_RATE = 44_100;

/** Microphones into which one sound is played. */
export interface StreamRig {
  /** What belongs into the environment of each program that records. */
  readonly environments: readonly Readonly<Record<string, string>>[];
  readonly folder: string;
  /** Begins to play interleaved float32 frames into all microphones. Resolves as soon as the players run. */
  play(frames: Float32Array): Promise<void>;
  /** How often a player itself was late, as far as it says so: frames lost there are not the recorder's. */
  playerLate(): number;
  stop(): Promise<void>;
}

/** How a {@link StreamRig} is started, for so many programs that record at the same time. */
export interface RigKind {
  readonly name: string;
  start(channels: number, recorders: number): Promise<StreamRig>;
}

/**
 * Elastic microphones: the server keeps what the recorder does not take at once. Each recorder has a server of its own,
 * because one that is in a hurry makes a server hurry for all.
 */
export const PULSE_RIG: RigKind = {
  name: "PulseAudio",
  async start(channels, recorders) {
    const servers = await Promise.all(
      Array.from({ length: recorders }, () =>
        startPulse({ rate: RIG_RATE, channels, format: "float32le" }),
      ),
    );
    return {
      environments: servers.map(({ env }) => env),
      folder: servers[0]?.folder ?? tmpdir(),
      async play(frames) {
        await Promise.all(servers.map((server) => server.play(bytesOf(frames))));
      },
      playerLate: () => 0,
      async stop() {
        await Promise.all(servers.map((server) => server.stop()));
      },
    };
  },
};

/**
 * Microphones with a hard clock: JACK's dummy driver, reached by ALSA's jack plugin, whose ring is fixed. What a
 * recorder does not take in time is overwritten, as with a sound card.
 */
export const JACK_RIG: RigKind = {
  name: "JACK through ALSA",
  async start(channels, recorders) {
    const folder = mkdtempSync(path.join(tmpdir(), "roomtone-jack-"));
    const config = path.join(folder, "asound.conf");
    writeFileSync(config, alsaConfig(channels));
    const jack = await startJack({ rate: RIG_RATE }).catch((error: unknown) => {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    });
    const env = { ...jack.env, ALSA_CONFIG_PATH: config };
    const players: BoundChild[] = [];
    return {
      environments: Array.from({ length: recorders }, () => env),
      folder,
      async play(frames) {
        const file = path.join(folder, "played.raw");
        writeFileSync(file, bytesOf(frames));
        // Deep enough that the player is not starved while every core is busy.
        const args = `-q -D player -t raw -f FLOAT_LE -c ${channels} -r ${RIG_RATE} --buffer-time=2000000`;
        players.push(await startBoundChild("aplay", [...args.split(" "), file], { env }));
      },
      playerLate: () =>
        players.flatMap((player) => player.stderrText().match(/underrun/g) ?? []).length,
      async stop() {
        await Promise.all(players.map((player) => player.stop()));
        await jack.stop();
        rmSync(folder, { recursive: true, force: true });
      },
    };
  },
};

/** A playback device for the player, and a microphone that hears it. */
function alsaConfig(channels: number): string {
  const ports = (name: (at: number) => string): string =>
    Array.from({ length: channels }, (_, at) => `${at} "${name(at)}"`).join(" ");
  // The server has two outputs; a port that nobody hears still has to be named.
  const outputs = ports((at) => `system:playback_${1 + (at % 2)}`);
  const inputs = ports((at) => `player:out_${`${at}`.padStart(3, "0")}`);
  return [
    `pcm.player { type jack name "player" playback_ports { ${outputs} } }`,
    `pcm.recorder { type jack name "recorder" capture_ports { ${inputs} } }`,
    // Not all programs can open the device without "plug"; where nothing is to be converted, it converts nothing.
    'pcm.!default { type plug slave.pcm "recorder" hint { show on description "JACK" } }',
    "",
  ].join("\n");
}

function bytesOf(frames: Float32Array): Uint8Array {
  return new Uint8Array(frames.buffer, frames.byteOffset, frames.byteLength);
}
