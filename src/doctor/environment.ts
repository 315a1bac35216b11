import { existsSync, statSync } from "node:fs";
import path from "node:path";

/** A variable of the environment that has a say in recording. */
export interface EnvironmentFact {
  readonly name: string;
  /** Null for one that should be set and is not. */
  readonly value: string | null;
  /** What it does. */
  readonly meaning: string;
  /** What is wrong with its value; absent when nothing is. */
  readonly problem?: string;
  /** What to do about the problem. */
  readonly remedy?: string;
}

/** What is known of a variable. */
interface Variable {
  readonly meaning: string;
  /** What is wrong with a value, if anything. */
  readonly check?: (value: string, known: Known) => string | undefined;
}

/** What a check may look at; tests give their own. */
export interface Known {
  readonly platform: NodeJS.Platform;
  /** Undefined where users have no numbers. */
  readonly uid: number | undefined;
  readonly exists: (file: string) => boolean;
  /** The number of the user whose file it is; undefined where that cannot be told. */
  readonly ownerOf: (file: string) => number | undefined;
}

const VARIABLES: Readonly<Record<string, Variable>> = {
  ROOMTONE_PORTAUDIO: {
    meaning: "names the PortAudio library",
    check: (file, { exists }) =>
      !file.includes("/") && !file.includes("\\")
        ? undefined
        : exists(file)
          ? undefined
          : "there is no such file",
  },
  PULSE_SERVER: {
    meaning: "leads PulseAudio's programs, and PortAudio through ALSA, to another sound server",
    check: (value, { exists }) => {
      const socket =
        /unix:([^\s]+)/.exec(value)?.[1] ?? (value.startsWith("/") ? value : undefined);
      return socket === undefined || exists(socket) ? undefined : "there is no such socket";
    },
  },
  PULSE_SOURCE: { meaning: "which source of PulseAudio is recorded from" },
  PULSE_SINK: { meaning: "which sink of PulseAudio is played to" },
  PULSE_RUNTIME_PATH: { meaning: "where PulseAudio's socket is looked for" },
  PIPEWIRE_REMOTE: { meaning: "leads PipeWire's programs to another server" },
  PIPEWIRE_RUNTIME_DIR: { meaning: "where PipeWire's socket is looked for" },
  ALSA_CONFIG_PATH: {
    meaning: "stands in for the whole configuration of ALSA",
    check: (value, { exists }) =>
      value.split(":").every(exists) ? undefined : "not all of these files exist",
  },
  ALSA_CONFIG_DIR: { meaning: "where ALSA looks for its configuration" },
  ALSA_PLUGIN_DIR: { meaning: "where ALSA looks for its plugins" },
  ALSA_CARD: { meaning: "which sound card is ALSA's default" },
  ALSA_PCM_CARD: { meaning: "which sound card is ALSA's default" },
  JACK_DEFAULT_SERVER: { meaning: "which JACK server is connected to" },
  JACK_NO_START_SERVER: { meaning: "no JACK server is started by itself" },
  PA_ALSA_PLUGHW: { meaning: "PortAudio opens ALSA's hardware through the plug layer" },
  AUDIODEV: { meaning: "the device of SoX; neither PortAudio nor roomtone reads it" },
  SDL_AUDIODRIVER: { meaning: "the driver of SDL; neither PortAudio nor roomtone reads it" },
  LD_LIBRARY_PATH: { meaning: "where libraries are looked for first: perhaps another PortAudio" },
  DYLD_LIBRARY_PATH: { meaning: "where libraries are looked for first: perhaps another PortAudio" },
};

/** The variables that are set and matter, and those that are missing. */
export function environmentFacts(
  environment: NodeJS.ProcessEnv,
  known: Known = knownHere(),
): readonly EnvironmentFact[] {
  const set = Object.entries(VARIABLES).flatMap(([name, { meaning, check }]): EnvironmentFact[] => {
    const value = environment[name];
    if (value === undefined || value === "") {
      return [];
    }
    const problem = check?.(value, known);
    return [
      {
        name,
        value,
        meaning,
        ...(problem !== undefined && { problem, remedy: `correct ${name}, or unset it` }),
      },
    ];
  });
  return known.platform === "linux" ? [...set, ...runtimeFolder(environment, known)] : set;
}

/** The sound servers of Linux have their sockets in XDG_RUNTIME_DIR. */
function runtimeFolder(environment: NodeJS.ProcessEnv, known: Known): EnvironmentFact[] {
  const name = "XDG_RUNTIME_DIR";
  const meaning = "where PulseAudio's and PipeWire's sockets are";
  const value = environment[name];
  if (value === undefined || value === "") {
    const usual = `/run/user/${known.uid}`;
    return known.exists(usual)
      ? [
          {
            name,
            value: null,
            meaning,
            problem: `it is not set, though ${usual} exists: the sound server is not found`,
            remedy: `export XDG_RUNTIME_DIR=${usual} (cron, ssh, su and sudo do not set it)`,
          },
        ]
      : [];
  }
  if (!known.exists(value)) {
    const problem = "there is no such folder";
    return [{ name, value, meaning, problem, remedy: `correct ${name}, or log in anew` }];
  }
  const owner = known.ownerOf(value);
  if (owner !== undefined && known.uid !== undefined && owner !== known.uid) {
    const problem = "it belongs to another user, whose sound server refuses this one";
    return [{ name, value, meaning, problem, remedy: "run it as that user, without sudo or su" }];
  }
  return [{ name, value, meaning }];
}

function knownHere(): Known {
  return {
    platform: process.platform,
    uid: process.getuid?.(),
    exists: (file) => existsSync(path.resolve(file)),
    ownerOf: (file) => statSync(file, { throwIfNoEntry: false })?.uid,
  };
}
