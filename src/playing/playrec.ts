import { configured } from "../configuration.js";
import { AudioError, asError } from "../errors.js";
import {
  bytesPerFrame,
  type Frames,
  type Hertz,
  type SampleFormat,
  type Seconds,
  silenceByte,
} from "../format.js";
import { checkNumber, checkOptions, describe } from "../options.js";
import { FrameStore } from "../recording/frame-store.js";
import { Recording } from "../recording/recording.js";
import { withRecording } from "../recording/take-results.js";
import { convertFrames } from "../samples.js";
import type { LatencyChoice } from "../stream/common-options.js";
import {
  checkDuplexOptions,
  DUPLEX_OPTIONS,
  type DuplexStreamOptions,
} from "../stream/duplex-settings.js";
import { type DuplexStream, openDuplex } from "../stream/duplex-stream.js";
import type { Underflow } from "../stream/protocol.js";
import { Ledger } from "./ledger.js";
import { checkChannelList, sourceRate } from "./play.js";
import { checkSource, type OpenSource, openSource, type PlaySource } from "./source.js";
import { type Spread, spreadOf } from "./spread.js";

type StreamPart = Omit<
  DuplexStreamOptions,
  | "channels"
  | "outputChannels"
  | "latency"
  | "processor"
  | "processorOptions"
  | "onMessage"
  | "onBlock"
>;

/** What can be chosen of {@link playrec}. */
export interface PlayrecOptions extends StreamPart {
  /** Frames a second of bare samples. Default: the input device's own rate. A take or a file has its own rate already. */
  readonly sampleRate?: Hertz;
  /** The device's channels to play on; as `channels` of `play()`. */
  readonly outputChannels?: readonly number[];
  /**
   * Depth of the device's own buffers: `"low"`, `"high"`, or seconds above 0 and up to 10. Default 0.25: it does not
   * change where frames stand in the take, and a busy machine plays on.
   */
  readonly latency?: LatencyChoice;
  /** Called for each silence that was heard in the midst of the source. Default: such a take is an error. */
  readonly onUnderflow?: (underflow: Underflow) => void;
  /** How much longer than the source to record, from 0 to 3,600 s: for the echo, and for the way there and back. Default 0. */
  readonly tailSeconds?: Seconds;
}

const REFUSED: readonly string[] = [
  "channels",
  "processor",
  "processorOptions",
  "onMessage",
  "onBlock",
];
const LATENCY: Seconds = 0.25;
const PLAYREC_OPTIONS: readonly string[] = [
  "tailSeconds",
  "onUnderflow",
  ...DUPLEX_OPTIONS.filter((name) => !REFUSED.includes(name)),
];

/**
 * Plays and records at the same time, on one stream: the take begins with the first frame that the device heard after the
 * start, and has as many frames as the source, and those of `tailSeconds`. Where what is played can be heard, it is in the
 * take after a constant latency; `measureLatency()` tells it.
 *
 * The take has the source's format unless `format` says otherwise, lost frames as gaps with silence, and one channel
 * unless `inputChannels` says otherwise.
 *
 * ```ts
 * const answer = await playrec(sweep, { sampleRate: 48_000, tailSeconds: 1 });
 * ```
 *
 * @throws TypeError, RangeError for wrong arguments, before anything is started.
 * @throws AudioError as `DuplexStream.open()` and `WavReader.open()`. A fault on the way rejects with what was recorded in
 * the error's `recording`, also `output-underflowed` when silence was heard in the midst of the source. A signal that aborts ends both: what was recorded until then is the take.
 */
export async function playrec(
  source: PlaySource,
  options: PlayrecOptions = {},
): Promise<Recording> {
  checkSource(source);
  checkOptions(options, PLAYREC_OPTIONS, "playrec()");
  const { tailSeconds = 0, outputChannels, onUnderflow, ...given } = options ?? {};
  const rest = { ...given, latency: given.latency ?? configured().latency ?? LATENCY };
  checkDuplexOptions(rest, "playrec()");
  if (onUnderflow !== undefined && typeof onUnderflow !== "function") {
    throw new TypeError(`Expected \`onUnderflow\` to be a function, got ${describe(onUnderflow)}`);
  }
  const asked = checkChannelList(outputChannels, "outputChannels");
  checkNumber(tailSeconds, "tailSeconds", { min: 0, max: 3600 });
  await using opened = await openSource(source);
  const { stream, spread } = await openFor(opened, rest, asked);
  await using duplex = stream;
  const tail = Math.round(tailSeconds * duplex.sampleRate);
  const store = new FrameStore(duplex.format, duplex.inputChannels);
  const ledger = new Ledger(opened.frames + tail);
  const take = (): Recording =>
    new Recording(store, {
      sampleRate: duplex.sampleRate,
      device: duplex.inputDevice,
      gaps: ledger.gaps,
      ...(ledger.startedAt === undefined ? {} : { startedAt: ledger.startedAt }),
    });
  const feeding = feed(duplex, opened, spread, tail);
  try {
    await feeding.primed;
    await duplex.start();
    for await (const block of duplex) {
      const { silence, frames } = ledger.admit(block);
      store.appendSilence(silence);
      store.append(block.bytes, frames);
      if (ledger.complete) {
        break;
      }
    }
    await feeding.done;
    tellUnderflows(duplex, onUnderflow);
    return take();
  } catch (error) {
    throw error instanceof Error ? withRecording(error, take()) : error;
  }
}

/** What is played with holes in it is no test signal: it must not pass for one. */
function tellUnderflows(stream: DuplexStream, onUnderflow: PlayrecOptions["onUnderflow"]): void {
  const [first] = stream.underflows;
  if (onUnderflow !== undefined) {
    stream.underflows.forEach(onUnderflow);
  } else if (first !== undefined) {
    throw new AudioError(
      "output-underflowed",
      `${stream.underflows.length} time(s) silence was heard in what was played, first ${first.frames} frames at position ${first.position}. Ask for a higher latency, or take it with \`onUnderflow\`.`,
    );
  }
}

async function openFor(
  source: OpenSource,
  given: DuplexStreamOptions,
  asked: readonly number[] | undefined,
): Promise<{ stream: DuplexStream; spread: Spread }> {
  const sampleRate = sourceRate(source, given.sampleRate);
  const format = given.format ?? source.format;
  const options = { ...given, format, ...(sampleRate === undefined ? {} : { sampleRate }) };
  let spread: Spread | undefined;
  const stream = await openDuplex({
    ...checkDuplexOptions(options, "playrec()"),
    outputChannels: (device) => {
      spread = spreadOf(source.channels, source.format, device, asked);
      return spread.channels;
    },
  });
  return {
    stream,
    spread: spread ?? spreadOf(source.channels, source.format, stream.outputDevice, asked),
  };
}

/** A source on its way into a stream. */
interface Feeding {
  /** Resolves when as much is queued as fits, or everything is. */
  readonly primed: Promise<void>;
  /** Resolves when everything was queued or the stream is over; rejects when the source cannot be read. */
  readonly done: Promise<void>;
}

function feed(stream: DuplexStream, source: OpenSource, spread: Spread, tail: Frames): Feeding {
  let tellPrimed = (): void => {};
  const primed = new Promise<void>((resolve) => {
    tellPrimed = resolve;
  });
  const run = async (): Promise<void> => {
    for await (const bytes of source.runs()) {
      const frames = inFormat(spread.apply(bytes), source.format, stream, spread.channels.length);
      if (frames.byteLength > stream.writeAvailable * frameBytesOf(stream)) {
        tellPrimed();
      }
      await stream.write(frames);
    }
    // Silence until the last block is full: a device that is heard only as far as it plays would end before.
    const silence = new Uint8Array((tail + stream.blockFrames) * frameBytesOf(stream));
    await stream.write(silence.fill(silenceByte(stream.format)));
  };
  const done = run()
    .catch(async (error: unknown) => {
      // A recording that ended first, or a device that failed, ends the writing: the reading side tells of that.
      if (!(error instanceof AudioError && ENDINGS.includes(error.code))) {
        await stream.close();
        throw asError(error);
      }
    })
    .finally(tellPrimed);
  // It is waited for at the end; until then it is no unhandled rejection.
  done.catch(() => {});
  return { primed, done };
}

const ENDINGS: readonly string[] = ["stream-closed", "stream-stopped", "device-lost", "stalled"];

function frameBytesOf(stream: DuplexStream): number {
  return bytesPerFrame(stream.format, stream.outputChannels);
}

/** Frames of the source in the format of the stream. */
function inFormat(
  bytes: Uint8Array,
  format: SampleFormat,
  stream: DuplexStream,
  channels: number,
): Uint8Array {
  if (format === stream.format) {
    return bytes;
  }
  const frames = bytes.byteLength / bytesPerFrame(format, channels);
  const target = new Uint8Array(frames * bytesPerFrame(stream.format, channels));
  convertFrames({ bytes, format, channels }, undefined, frames, target, stream.format);
  return target;
}
