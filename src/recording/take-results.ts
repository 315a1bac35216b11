import { AudioError, fromErrorMessage } from "../errors.js";
import type { Frames, Hertz, SampleFormat } from "../format.js";
import type { Device } from "../hosts/host.js";
import type { ClockDrift } from "./clock/drift.js";
import type { TakeSummary } from "./engine/take.js";
import { FrameStore } from "./frame-store.js";
import type { RecorderResult } from "./recorder-result.js";
import { Recording } from "./recording.js";

/** What takes are made of. */
export interface TakeSource {
  readonly sampleRate: Hertz;
  readonly device: Device;
  readonly format: SampleFormat;
  readonly numberOfChannels: number;
}

/** Puts takes together from what the writer thread sends: their frames, then what is known about them. */
export class TakeResults {
  readonly #source: TakeSource;
  readonly #stores = new Map<number, FrameStore>();

  constructor(source: TakeSource) {
    this.#source = source;
  }

  /** Takes the next frames of a take; the memory is kept. */
  add(take: number, segment: Uint8Array, frames: Frames): void {
    this.#storeOf(take).adopt(segment, frames);
  }

  /** A take is complete. */
  complete(summary: TakeSummary, drift: ClockDrift | undefined): RecorderResult {
    const store = this.#storeOf(summary.number);
    this.#stores.delete(summary.number);
    return resultOf(summary, summary.inMemory ? store : undefined, this.#source, drift);
  }

  /** What has come of the first take, when nothing will be known about it any more. */
  lost(): RecorderResult {
    const store = this.#storeOf(0);
    const { sampleRate, device } = this.#source;
    return {
      reason: "failed",
      recording: new Recording(store, { sampleRate, device }),
      recordingFrom: 0,
      position: 0,
      files: [],
      frames: store.length,
      seconds: store.length / sampleRate,
      lostFrames: 0,
      gaps: [],
      marks: [],
      pauses: [],
    };
  }

  #storeOf(take: number): FrameStore {
    let store = this.#stores.get(take);
    if (store === undefined) {
      store = new FrameStore(this.#source.format, this.#source.numberOfChannels);
      this.#stores.set(take, store);
    }
    return store;
  }
}

/** A fault with what is in memory; what is no AudioError is the caller's own, and comes out as it is. */
export function withRecording(error: Error, recording: Recording | undefined): Error {
  if (!(error instanceof AudioError) || recording === undefined) {
    return error;
  }
  return new AudioError(error.code, error.message, {
    cause: error,
    recording,
    ...(error.host === undefined ? {} : { host: error.host }),
  });
}

function resultOf(
  summary: TakeSummary,
  store: FrameStore | undefined,
  { sampleRate, device }: TakeSource,
  drift: ClockDrift | undefined,
): RecorderResult {
  const { reason, files, frames, lostFrames, gaps, marks, pauses, memoryFrom, position } = summary;
  const { startedAt, startedAtUncertainty, startTime, triggeredAt, diskError } = summary;
  const recordingStart =
    startedAt && new Date(startedAt.getTime() + (memoryFrom / sampleRate) * 1000);
  return {
    reason,
    ...(store && {
      recording: new Recording(store, {
        sampleRate,
        device,
        gaps: gaps.flatMap((gap) => {
          const end = gap.position + gap.frames;
          const position = Math.max(gap.position, memoryFrom);
          return end <= memoryFrom
            ? []
            : [{ ...gap, position: position - memoryFrom, frames: end - position }];
        }),
        ...(recordingStart && { startedAt: recordingStart }),
      }),
    }),
    recordingFrom: memoryFrom,
    position,
    files,
    frames,
    seconds: frames / sampleRate,
    lostFrames,
    gaps,
    marks,
    pauses,
    ...(startedAt && { startedAt }),
    ...(startedAtUncertainty !== undefined && { startedAtUncertainty }),
    ...(startTime !== undefined && { startTime }),
    ...(drift && { clockDrift: drift }),
    ...(triggeredAt !== undefined && { triggeredAt }),
    ...(diskError && { diskError: fromErrorMessage(diskError) }),
  };
}
