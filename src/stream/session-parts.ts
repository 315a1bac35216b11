// Runs in the audio thread.
import { AudioError } from "../errors.js";
import type { Hertz, Milliseconds } from "../format.js";
import type { Host, HostStream } from "../hosts/host.js";
import type { StreamResampler } from "../resample/stream-resampler.js";
import { RingReader } from "../ring.js";
import { Capture } from "./capture.js";
import { frameSupply } from "./frame-supply.js";
import { Playback } from "./playback.js";
import { type EngineClocks, ProcessorEngine } from "./processor-engine.js";
import type { OpenCommand, Reply } from "./protocol.js";
import type { StatsWords } from "./stats-words.js";

/** What a session shares with the thread that it runs in. */
export interface SessionThread {
  /** The control words of protocol.ts. */
  readonly words: Int32Array;
  readonly stats: StatsWords;
  /** Adds to this thread's `performance.now()` to give the parent's. */
  readonly clockShift: Milliseconds;
  post(reply: Reply): void;
}

interface Directions {
  readonly capture: Capture | undefined;
  readonly playback: Playback | undefined;
}

/** What an open stream is made of. */
export interface SessionParts extends Directions {
  readonly stream: HostStream;
  /** The rate of the frames in the rings. */
  readonly sampleRate: Hertz;
  readonly engine: ProcessorEngine | undefined;
  readonly resamplers: readonly StreamResampler[];
}

/**
 * Opens the device and sets everything up; gives all of it back when a part fails. Throws what the host says, or AudioError
 * `processor-failed`.
 */
export async function openParts(
  host: Host,
  command: OpenCommand,
  thread: SessionThread,
): Promise<SessionParts> {
  const { input, output, processor } = command;
  const stream = openAtSomeRate(host, command);
  const resamplers: StreamResampler[] = [];
  let engine: ProcessorEngine | undefined;
  try {
    const rate = ringRate(command, stream);
    const converter = async (from: Hertz, to: Hertz, channels: number) => {
      const made = await makeResampler(from, to, channels);
      resamplers.push(made);
      return made;
    };
    const differs = rate !== stream.sampleRate;
    let parts: Directions = { capture: undefined, playback: undefined };
    engine =
      processor &&
      (await ProcessorEngine.load({
        plan: processor,
        sampleRate: rate,
        input,
        output,
        clocks: clocksOf(() => parts, rate, thread.clockShift),
      }));
    parts = {
      capture:
        input &&
        new Capture(
          stream,
          input,
          thread.clockShift,
          differs
            ? { rate, converter: await converter(stream.sampleRate, rate, input.channels.length) }
            : undefined,
          engine,
        ),
      playback:
        output &&
        stream.output &&
        new Playback({
          stream,
          supply: frameSupply(
            new RingReader(output.ring),
            output,
            stream.output,
            differs
              ? {
                  from: rate,
                  to: stream.sampleRate,
                  converter: await converter(rate, stream.sampleRate, output.channels.length),
                }
              : undefined,
          ),
          rate,
          continuous: input !== undefined,
          onUnderflow: (underflow) => thread.post({ type: "underflowed", underflow }),
        }),
    };
    return { stream, sampleRate: rate, ...parts, engine, resamplers };
  } catch (error) {
    for (const part of [engine, ...resamplers, stream]) {
      try {
        part?.close();
      } catch {
        // The first fault is the one to tell.
      }
    }
    throw error;
  }
}

function clocksOf(parts: () => Directions, rate: Hertz, clockShift: Milliseconds): EngineClocks {
  return {
    inputOrigin: () => parts().capture?.origin ?? Number.NaN,
    outputTime: (queued) => {
      const heardAt = parts().playback?.heardAt ?? Number.NaN;
      return heardAt + clockShift + (queued / rate) * 1000;
    },
    underflows: () => parts().playback?.underflows ?? 0,
  };
}

/** Opens the device at the asked rate or, where frames may be converted, at its own. */
function openAtSomeRate(host: Host, command: OpenCommand): HostStream {
  const { request, deviceRate, resample = "never" } = command;
  const own = deviceRate === undefined ? request : { ...request, sampleRate: deviceRate };
  if (resample === "always") {
    return host.open(own);
  }
  try {
    return host.open(request);
  } catch (error) {
    const mayConvert =
      resample === "auto" &&
      own.sampleRate !== request.sampleRate &&
      error instanceof AudioError &&
      error.code === "format-not-supported";
    if (!mayConvert) {
      throw error;
    }
    try {
      return host.open(own);
    } catch {
      // The first error is about what the caller asked for.
      throw error;
    }
  }
}

/** The rate of the frames in the rings: the asked one where frames are converted, else what the device runs at. */
function ringRate(command: OpenCommand, stream: HostStream): Hertz {
  const asked = command.request.sampleRate;
  const converts = command.deviceRate !== undefined && stream.sampleRate === command.deviceRate;
  return converts && (command.resample ?? "never") !== "never" ? asked : stream.sampleRate;
}

async function makeResampler(from: Hertz, to: Hertz, channels: number): Promise<StreamResampler> {
  const { loadResampler, StreamResampler } = await import("../resample/stream-resampler.js");
  await loadResampler();
  return new StreamResampler(from, to, channels);
}
