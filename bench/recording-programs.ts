import { PYTHON } from "../test/rig/tools.js";
import { type NpmPeers, peerName } from "./npm-peers.js";
import { childPath, PACKAGE_ROOT, peerPath } from "./paths.js";

/** Of every recording here: one channel of int16. */
export const RECORDING_RATE = 44_100;
/** Frames of one blocking read. */
const CHUNK = 1024;

/** A program that records `seconds` of 16-bit mono to a file. */
export interface RecordingProgram {
  readonly name: string;
  readonly command: string;
  readonly args: (file: string, seconds: number) => readonly string[];
  /** What it writes; undefined for a program that only waits. */
  readonly writes: "wav" | "flac" | undefined;
  /** Why it cannot take part; undefined when it can. */
  readonly missing?: string | undefined;
}

/** The programs of the comparison; the first one is what the others are measured by. */
export function recordingPrograms(peers: NpmPeers): readonly RecordingProgram[] {
  return [
    command("`roomtone record take.wav`", "wav", []),
    command("`roomtone record take.flac`", "flac", ["--format", "flac"]),
    node("roomtone `Recorder` to a file", "recorder", []),
    node("roomtone `record()` and `save()`", "record", [`${RECORDING_RATE}`]),
    node("roomtone/portaudio, blocking read of 1,024", "portaudio-read", [
      `${RECORDING_RATE}`,
      `${CHUNK}`,
    ]),
    {
      name: "PyAudio, blocking read of 1,024, and wave",
      command: PYTHON,
      args: (file, seconds) => [
        peerPath("pyaudio_record.py"),
        file,
        `${seconds}`,
        `${RECORDING_RATE}`,
        `${CHUNK}`,
      ],
      writes: "wav",
    },
    {
      name: "`arecord`",
      command: "arecord",
      args: (file, seconds) =>
        `-q -D default -f S16_LE -r ${RECORDING_RATE} -c 1 -d ${seconds}`.split(" ").concat(file),
      writes: "wav",
    },
    {
      name: "`sox`, as `rec` is",
      command: "sox",
      args: (file, seconds) => [
        ..."-q -D -t alsa -e signed-integer -b 16 -c 1 -r".split(" "),
        `${RECORDING_RATE}`,
        "default",
        file,
        "trim",
        "0",
        `${seconds}`,
      ],
      writes: "wav",
    },
    {
      ...node(`${peerName("decibri")}, \`AudioWriter\``, "record-decibri", [
        `${RECORDING_RATE}`,
        peers.folder,
      ]),
      missing: peers.reasonOf("decibri"),
    },
    {
      name: "node that only waits",
      command: process.execPath,
      args: (_, seconds) => ["--eval", `setTimeout(() => {}, ${seconds * 1000})`],
      writes: undefined,
    },
  ];
}

function command(name: string, writes: "wav" | "flac", more: readonly string[]): RecordingProgram {
  return {
    name,
    command: process.execPath,
    args: (file, seconds) => [
      `${PACKAGE_ROOT}dist/cli/main.js`,
      "record",
      file,
      "--seconds",
      `${seconds}`,
      "--rate",
      `${RECORDING_RATE}`,
      "--quiet",
      ...more,
    ],
    writes,
  };
}

function node(name: string, child: string, more: readonly string[]): RecordingProgram {
  return {
    name,
    command: process.execPath,
    args: (file, seconds) => [childPath(child), file, `${seconds}`, ...more],
    writes: "wav",
  };
}
