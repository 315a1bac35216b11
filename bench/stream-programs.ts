import { PYTHON } from "../test/rig/tools.js";
import { type NpmPeer, type NpmPeers, peerName } from "./npm-peers.js";
import { childPath, peerPath } from "./paths.js";

/** A program that records as children/stream-task.ts describes. */
export interface StreamProgram {
  readonly name: string;
  readonly command: string;
  /** Before and after the task. */
  readonly script: string;
  readonly more: readonly string[];
  /** Why it cannot take part; undefined when it can. */
  readonly missing: string | undefined;
}

/**
 * The programs of the comparison, in groups: those of a group record at the same time, each from a server of its own.
 * Those that are known to leave a core busy when their stream dies are not among the others.
 */
export function streamPrograms(peers: NpmPeers): readonly (readonly StreamProgram[])[] {
  return [
    [
      ours("roomtone `InputStream`, `for await`", "stream-roomtone"),
      ours("roomtone/portaudio, blocking read", "stream-portaudio"),
      python("PyAudio, blocking read", "read"),
      python("PyAudio, callback", "callback"),
    ],
    [npm("decibri", peers), npm("naudiodon", peers)],
  ];
}

function ours(name: string, child: string): StreamProgram {
  return {
    name,
    command: process.execPath,
    script: childPath(child),
    more: [],
    missing: undefined,
  };
}

function python(name: string, way: string): StreamProgram {
  return {
    name,
    command: PYTHON,
    script: peerPath("pyaudio_stream.py"),
    more: [way],
    missing: undefined,
  };
}

function npm(peer: NpmPeer, peers: NpmPeers): StreamProgram {
  return { ...ours(peerName(peer), `stream-${peer}`), missing: peers.reasonOf(peer) };
}
