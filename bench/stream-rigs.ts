import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { startBoundChild } from "../test/rig/bound-child.js";
import { startJack } from "../test/rig/jack.js";
import { startPulse } from "../test/rig/pulse.js";

/** Of everything that is played and recorded on these rigs. */
export const RIG_RATE = 48_000;

/** A private sound server with a microphone into which one sound is played. */
export interface StreamRig {
  /** Belongs in the environment of the program that records. */
  readonly env: Readonly<Record<string, string>>;
  readonly folder: string;
  /** Begins to play interleaved float32 frames. Resolves as soon as the player runs. */
  play(frames: Float32Array): Promise<void>;
  /** How often the player itself was late, as far as it says so: frames lost there are not the recorder's. */
  playerLate(): number;
  stop(): Promise<void>;
}

/** How a {@link StreamRig} is started. */
export interface RigKind {
  readonly name: string;
  start(channels: number): Promise<StreamRig>;
}

/** An elastic microphone: the server keeps what the recorder does not take at once. */
export const PULSE_RIG: RigKind = {
  name: "PulseAudio",
  async start(channels) {
    const pulse = await startPulse({ rate: RIG_RATE, channels, format: "float32le" });
    return {
      env: pulse.env,
      folder: pulse.folder,
      async play(frames) {
        await pulse.play(bytesOf(frames));
      },
      playerLate: () => 0,
      stop: pulse.stop,
    };
  },
};

/**
 * A microphone with a hard clock: JACK's dummy driver, reached by ALSA's jack plugin, whose ring is fixed. What the
 * recorder does not take in time is overwritten, as with a sound card.
 */
export const JACK_RIG: RigKind = {
  name: "JACK through ALSA",
  async start(channels) {
    const folder = mkdtempSync(path.join(tmpdir(), "roomtone-jack-"));
    const config = path.join(folder, "asound.conf");
    const ports = (owner: string): string =>
      Array.from({ length: channels }, (_, at) => `${at} "${owner}${at}"`).join(" ");
    writeFileSync(
      config,
      [
        // A sink that is connected to nothing would do, but the plugin demands a list of ports.
        'pcm.player { type jack name "player" playback_ports { 0 "system:playback_1" } }',
        `pcm.!default { type jack name "recorder" capture_ports { ${ports("player:out_00")} } hint { show on description "JACK" } }`,
        "",
      ].join("\n"),
    );
    const jack = await startJack({ rate: RIG_RATE }).catch((error: unknown) => {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    });
    const env = { ...jack.env, ALSA_CONFIG_PATH: config };
    const players: Awaited<ReturnType<typeof startBoundChild>>[] = [];
    return {
      env,
      folder,
      async play(frames) {
        const file = path.join(folder, "played.raw");
        writeFileSync(file, bytesOf(frames));
        players.push(
          await startBoundChild(
            "aplay",
            // Deep enough that the player is not starved while every core is busy.
            `-q -D player -t raw -f FLOAT_LE -c ${channels} -r ${RIG_RATE} --buffer-time=2000000`
              .split(" ")
              .concat(file),
            { env },
          ),
        );
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

function bytesOf(frames: Float32Array): Uint8Array {
  return new Uint8Array(frames.buffer, frames.byteOffset, frames.byteLength);
}
