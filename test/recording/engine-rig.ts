import type { Frames } from "../../src/format.js";
import type { GapCause } from "../../src/hosts/host.js";
import {
  type BuiltRecording,
  buildRecording,
  type RecordingEvents,
} from "../../src/recording/engine/build.js";
import type { TakeSummary } from "../../src/recording/engine/take.js";
import type { FileOpener, FileRequest, TakeFile } from "../../src/recording/engine/take-file.js";
import type { RecorderPlan } from "../../src/recording/writer-protocol.js";
import { createRing, RingWriter } from "../../src/ring.js";
import { CONTROL_BYTES } from "../../src/stream/stats-words.js";
import { counterAt } from "../rig/counter.js";

export const RIG_RATE = 8000;
const CAPACITY: Frames = 2 ** 15;

/** A disk in memory that can hang and fail. Frames are mono int16. */
export class TestDisk {
  readonly files = new Map<string, number[]>();
  readonly closed: string[] = [];
  readonly cues = new Map<string, { position: Frames; label?: string | undefined }[]>();
  /** Frames that there is room for. */
  room: Frames = Number.POSITIVE_INFINITY;
  /** Writes that were begun. */
  writes = 0;
  #held: Promise<void> | undefined;
  #release: () => void = () => {};

  /** All writes hang from now on. */
  hold(): void {
    this.#held = new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  /** They go on. */
  release(): void {
    this.#held = undefined;
    this.#release();
  }

  readonly open: FileOpener = async (request: FileRequest): Promise<TakeFile> => {
    const frames: number[] = [];
    const cues: { position: Frames; label?: string | undefined }[] = [];
    this.files.set(request.path, frames);
    this.cues.set(request.path, cues);
    return {
      path: request.path,
      get frames() {
        return frames.length;
      },
      write: async (bytes) => {
        this.writes += 1;
        const samples = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
        await this.#held;
        const fitting = samples.subarray(0, this.room);
        this.room -= fitting.length;
        for (const sample of fitting) {
          frames.push(sample);
        }
        if (fitting.length < samples.length) {
          throw Object.assign(new Error("no room"), { code: "ENOSPC", syscall: "write" });
        }
      },
      setStart: () => {},
      waiting: new Uint8Array(0),
      addGap: () => {},
      addCue: ({ position, label }) => {
        cues.push({ position, label });
      },
      check: () => Promise.resolve(),
      close: async () => {
        await this.#held;
        this.closed.push(request.path);
        return frames.length * 2;
      },
    };
  };
}

/** A plan of a recording that goes on until it is ended. */
export const PLAN: RecorderPlan = {
  format: "int16",
  channels: 1,
  processing: { mixDown: undefined, removeDc: undefined, gain: undefined },
  dither: false,
  fillGaps: true,
  voice: undefined,
  file: undefined,
  memory: true,
  onDiskError: "fail",
  diskPatience: 60_000,
  start: { at: undefined, trigger: undefined, preRoll: 0, maxWait: Number.POSITIVE_INFINITY },
  stop: {
    frames: Number.POSITIVE_INFINITY,
    framesReason: "frames",
    silence: undefined,
    postRoll: 0,
    until: false,
  },
  repeat: false,
};

export const FILE: NonNullable<RecorderPlan["file"]> = {
  path: "take.wav",
  kind: "wav",
  overwrite: false,
  metadata: {},
  label: undefined,
  framesOfFile: Number.POSITIVE_INFINITY,
  index: undefined,
  keep: undefined,
};

/** A recording whose ring is written by the test, in the test's own thread. */
export interface RiggedRecording {
  readonly disk: TestDisk;
  readonly recording: BuiltRecording;
  /** What it told, in order: one word each. */
  readonly told: string[];
  readonly takes: TakeSummary[];
  /** The frames in memory of each take. */
  readonly memory: Map<number, number[]>;
  /** Gives frames of the ramp, in runs of so many, and waits until they are out of the ring. */
  give(frames: Frames, run?: Frames | (() => Frames)): Promise<void>;
  /** Gives samples. */
  giveSamples(samples: Int16Array, run?: Frames | (() => Frames)): Promise<void>;
  lose(frames: Frames, cause?: GapCause): void;
  /** Ends the stream; resolves when all is complete. */
  end(): Promise<void>;
  /** Resolves when the recording is over by itself. */
  readonly over: Promise<void>;
}

/** Starts a recording on a ring of the test's own. Time 0 of the stream is now. */
export async function rigRecording(
  plan: Partial<RecorderPlan>,
  options: { paced?: boolean; blockFrames?: Frames; levelFrames?: Frames } = {},
  more: Partial<RecordingEvents> = {},
): Promise<RiggedRecording> {
  const ring = createRing(CAPACITY, 2);
  const writer = new RingWriter(ring);
  writer.setOrigin(performance.now());
  const disk = new TestDisk();
  const told: string[] = [];
  const takes: TakeSummary[] = [];
  const memory = new Map<number, number[]>();
  const events: RecordingEvents = {
    level: () => told.push("level"),
    gap: ({ position, frames }) => told.push(`gap ${position} ${frames}`),
    marked: (mark) => told.push(`mark ${mark?.position}`),
    triggered: (position) => told.push(`triggered ${position}`),
    phase: (phase) => told.push(phase),
    judge: () => {},
    opened: (path) => told.push(`file ${path}`),
    segment: (take, bytes, frames) => {
      const samples = new Int16Array(bytes.buffer, 0, frames);
      memory.set(take, (memory.get(take) ?? []).concat(Array.from(samples)));
    },
    taken: (_, summary) => takes.push(summary),
    moved: () => {},
    heard: () => {},
    ...more,
  };
  const recording = await buildRecording(
    { ...PLAN, ...plan },
    {
      ring,
      stats: new SharedArrayBuffer(CONTROL_BYTES),
      input: { format: "int16", channels: 1 },
      sampleRate: RIG_RATE,
      paced: options.paced ?? true,
      blockFrames: options.blockFrames ?? 400,
      levelFrames: options.levelFrames ?? 400,
      deviceName: "rig",
    },
    0,
    disk.open,
    events,
  );
  // Nothing but a wait for the ring would keep this process.
  const alive = setInterval(() => {}, 1000);
  const over = recording.run().finally(() => clearInterval(alive));
  let position = 0;

  const giveSamples = async (
    samples: Int16Array,
    run: Frames | (() => Frames) = 400,
  ): Promise<void> => {
    for (let at = 0; at < samples.length; ) {
      const most = typeof run === "number" ? run : run();
      const part = samples.subarray(at, at + most);
      const bytes = new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
      for (let done = 0; done < part.length && recording.engine.phase !== "over"; ) {
        done += writer.tryWrite(bytes.subarray(done * 2), part.length - done);
        await new Promise(setImmediate);
      }
      at += part.length;
    }
  };
  return {
    disk,
    recording,
    told,
    takes,
    memory,
    giveSamples,
    give: (frames, run) => {
      const first = position;
      position += frames;
      return giveSamples(
        Int16Array.from({ length: frames }, (_, index) => counterAt(first + index)),
        run,
      );
    },
    lose: (frames, cause = "overrun") => {
      position += frames;
      writer.tryLose(frames, cause);
    },
    end: async () => {
      writer.end();
      await over;
    },
    over,
  };
}
