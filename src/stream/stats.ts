import type { Frames, Milliseconds, Seconds } from "../format.js";
import type { AudioThread } from "./audio-thread.js";
import type { LatencyChoice } from "./common-options.js";
import type { OpenedStream } from "./protocol.js";

/** What an input has counted so far. */
export interface InputStats {
  /** Frames that came out of the device, lost ones included. */
  readonly frames: Frames;
  /** Frames that were lost, for whatever reason, and how many gaps they make. */
  readonly droppedFrames: Frames;
  readonly gaps: number;
  /** How often the device said that it lost frames. */
  readonly overruns: number;
  /** How often the device was opened anew because nothing came. */
  readonly stalls: number;
  /** Samples that were out of the range of the stream's format. */
  readonly clippedSamples: number;
  /** Frames that wait to be read. */
  readonly bufferedFrames: Frames;
  /** How many could wait. */
  readonly bufferFrames: Frames;
  /** By how much the time of a block may be wrong, beyond what the device's own hardware never tells. */
  readonly timeUncertainty: Milliseconds;
  readonly latency: StreamLatency;
}

/** What an output has counted so far. */
export interface OutputStats {
  /** Frames that were handed to the device. */
  readonly frames: Frames;
  /** How often silence was heard where frames were due, and how much of it. */
  readonly underflows: number;
  readonly silentFrames: Frames;
  /** Samples that were out of the range of the device's format. */
  readonly clippedSamples: number;
  /** Frames that wait to be handed to the device. */
  readonly queuedFrames: Frames;
  readonly latency: StreamLatency;
}

/** A latency as it was asked for and as the host reports it. */
export interface StreamLatency {
  readonly asked: LatencyChoice;
  readonly reported: Seconds;
}

/** A snapshot of a stream's account. */
export interface StreamStats {
  readonly input?: InputStats;
  readonly output?: OutputStats;
  /** Share of its time in which the audio thread works, from 0 to 1, over the last seconds. */
  readonly cpuLoad: number;
  /** Whether the system runs the audio thread with real-time priority. */
  readonly realTime: "granted" | "refused" | "not-asked";
}

/** What the parent knows of the side of a stream beside the audio thread's numbers. */
export interface SideFacts {
  readonly latency: LatencyChoice;
  /** Frames that are in the ring. */
  readonly inRing: Frames;
  readonly capacityFrames: Frames;
  /** Samples that were clipped on the parent's side. */
  readonly clipped: number;
}

const REAL_TIME: readonly StreamStats["realTime"][] = ["not-asked", "granted", "refused"];

/** Takes a snapshot of the account of a stream. */
export function streamStats(
  thread: AudioThread,
  opened: OpenedStream,
  input: SideFacts | undefined,
  output: SideFacts | undefined,
): StreamStats {
  const { stats } = thread;
  return {
    ...(input && {
      input: {
        frames: stats.get("inputFrames"),
        droppedFrames: stats.get("droppedFrames"),
        gaps: stats.get("gaps"),
        overruns: stats.get("overruns"),
        stalls: stats.get("stalls"),
        clippedSamples: stats.get("inputClipped"),
        bufferedFrames: input.inRing,
        bufferFrames: input.capacityFrames,
        timeUncertainty: stats.get("timeUncertainty"),
        latency: { asked: input.latency, reported: opened.inputLatency },
      },
    }),
    ...(output && {
      output: {
        frames: stats.get("outputFrames"),
        underflows: stats.get("underflows"),
        silentFrames: stats.get("silentFrames"),
        clippedSamples: stats.get("outputClipped") + output.clipped,
        queuedFrames: output.inRing,
        latency: { asked: output.latency, reported: opened.outputLatency },
      },
    }),
    cpuLoad: stats.get("cpuLoad"),
    realTime: REAL_TIME[stats.get("realTime")] ?? "not-asked",
  };
}
