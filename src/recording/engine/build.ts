// Runs in the writer thread.
import type { Milliseconds } from "../../format.js";
import { createDither } from "../../samples/dither.js";
import { StatsWords } from "../../stream/stats-words.js";
import { type ClockDrift, DriftMeter } from "../clock/drift.js";
import { dateOf, timeOf } from "../clock/host-time.js";
import { createProcessing } from "../processing/chain.js";
import type { RecorderPlan, StreamPlan } from "../writer-protocol.js";
import { makeDetectors } from "./detectors.js";
import { Engine } from "./engine.js";
import type { EngineEvents } from "./engine-setup.js";
import { FileBook } from "./file-book.js";
import { FileSink } from "./file-sink.js";
import { MemorySink } from "./memory-sink.js";
import { PieceMaker } from "./piece.js";
import { RingPump } from "./ring-pump.js";
import { Take, type TakeSummary } from "./take.js";
import type { FileOpener, FrameFormat } from "./take-file.js";
import { WaitingRoom } from "./waiting-room.js";

/** So much the parent may be late with a device that waits: takes, and bytes of what was heard. */
const MOST_TAKES = 16;
const MOST_BYTES = 2 ** 22;

/** What a recording tells while it goes on. */
export interface RecordingEvents extends Omit<EngineEvents, "drained" | "taken"> {
  opened(path: string): void;
  segment(take: number, bytes: Uint8Array<ArrayBuffer>, frames: number): void;
  taken(take: number, summary: TakeSummary, drift: ClockDrift | undefined): void;
  heard(bytes: Uint8Array<ArrayBuffer>): void;
  moved(engine: Engine): void;
}

/** A recording that is ready. */
export interface BuiltRecording {
  readonly engine: Engine;
  readonly pump: RingPump;
  /** From now on, `heard` is told of what is recorded. */
  tap(): void;
  /** The parent has taken so many takes and so many bytes of what was heard. */
  claimed(takes: number, bytes: number): void;
  /** Moves frames until it is over and all files are complete. */
  run(): Promise<void>;
}

/**
 * Puts a recording together: the ring's reading end, the engine, the sinks. The first file is there when this resolves.
 * `parentClock` adds to this thread's `performance.now()` to give the parent's.
 *
 * @throws AudioError for a file that cannot be created.
 */
export async function buildRecording(
  plan: RecorderPlan,
  stream: StreamPlan,
  parentClock: Milliseconds,
  openFile: FileOpener,
  events: RecordingEvents,
): Promise<BuiltRecording> {
  const { sampleRate, input, paced, blockFrames, levelFrames } = stream;
  const format: FrameFormat = { sampleRate, channels: plan.channels, format: plan.format };
  const stats = new StatsWords(stream.stats);
  let isTapped = false;
  let unclaimedTakes = 0;
  let unclaimedBytes = 0;
  const pump = new RingPump({
    ring: stream.ring,
    input,
    blockFrames,
    paced,
    moved: () => moved(),
    isAhead: () => unclaimedTakes > MOST_TAKES || unclaimedBytes > MOST_BYTES,
  });
  const book = plan.file && (await FileBook.open(plan.file, format, stream.deviceName, openFile));
  const detectors = await makeDetectors(plan, sampleRate);
  const drift = new DriftMeter(sampleRate);
  let observed = 0;
  let takes = 0;

  const makeTake = (about: Date, failed: () => void): Take => {
    const { file } = plan;
    const number = takes;
    takes += 1;
    const take: Take = new Take({
      number,
      sampleRate,
      wanted: plan.stop.frames,
      onDiskError: plan.onDiskError,
      memory: plan.memory,
      makeMemory: () =>
        new MemorySink(format, (bytes, frames) => events.segment(number, bytes, frames)),
      tap: (bytes) => {
        if (isTapped) {
          unclaimedBytes += bytes.byteLength;
          events.heard(Uint8Array.from(bytes));
        }
      },
      failed,
      file:
        file &&
        book &&
        ((sinkEvents) =>
          new FileSink(
            {
              format,
              create: (startedAt) => book.create(startedAt),
              what: file.path,
              framesOfFile: file.framesOfFile,
              patience: plan.diskPatience,
              events: {
                ...sinkEvents,
                opened: (path) => events.opened(path),
                closed: (done, measure) =>
                  book.closed(done, measure, plan.repeat ? take.position : 0),
              },
            },
            about,
          )),
      drained: () => pump.drained(),
    });
    return take;
  };

  const engine: Engine = new Engine({
    format,
    pieces: new PieceMaker(
      input,
      format,
      createProcessing(plan.processing, sampleRate, input.channels),
      plan.dither ? createDither() : undefined,
    ),
    paced,
    fillGaps: plan.fillGaps,
    levelFrames,
    start: {
      at: plan.start.at === undefined ? undefined : timeOf(new Date(plan.start.at)) + parentClock,
      conditions: detectors.start,
      preRoll: plan.start.preRoll,
      maxWait: plan.start.maxWait,
    },
    stop: {
      frames: plan.stop.frames,
      framesReason: plan.stop.framesReason,
      conditions: detectors.stop,
      postRoll: plan.stop.postRoll,
      until: plan.stop.until,
    },
    waitingRoom: new WaitingRoom(plan.start.preRoll, format),
    repeat: plan.repeat,
    makeTake,
    clock: {
      timeOf: (position) => pump.timeOf(position, sampleRate),
      uncertainty: () => stats.get("timeUncertainty"),
      dateOf: (time) => dateOf(time - parentClock),
    },
    events: {
      ...events,
      phase: (phase) => {
        events.phase(phase);
        if (phase === "over") {
          pump.wake();
        }
      },
      taken: (summary) => {
        unclaimedTakes += plan.repeat ? 1 : 0;
        events.taken(summary.number, summary, drift.report());
      },
      drained: () => pump.drained(),
    },
  });
  const moved = (): void => {
    events.moved(engine);
    const { position } = pump;
    if (paced && position >= observed + sampleRate) {
      observed = position;
      drift.observe(position, pump.timeOf(position, sampleRate), stats.get("timeUncertainty"));
    }
  };

  try {
    await engine.prepare(new Date());
  } catch (error) {
    await book?.close();
    detectors.close();
    throw error;
  }
  return {
    engine,
    pump,
    tap: () => {
      isTapped = true;
    },
    claimed: (takes, bytes) => {
      unclaimedTakes -= takes;
      unclaimedBytes -= bytes;
      pump.drained();
    },
    run: async () => {
      try {
        await pump.run(engine);
      } finally {
        await engine.closed();
        await book?.close();
        detectors.close();
      }
    },
  };
}
