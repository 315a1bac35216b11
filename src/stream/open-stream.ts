import { MessageChannel, type MessagePort } from "node:worker_threads";
import { freezeListing } from "../devices.js";
import { AudioError } from "../errors.js";
import { bytesPerFrame, type Frames, type Hertz, type SampleFormat } from "../format.js";
import type { Device, HostName, StreamRequest } from "../hosts/host.js";
import { withSharedLoopback } from "../hosts/virtual/shared-loopback.js";
import { createRing, type RingMemory } from "../ring.js";
import { AudioThread } from "./audio-thread.js";
import type { CommonChoice } from "./common-options.js";
import type { InputPlan, OpenedStream, OutputPlan } from "./protocol.js";

/** One direction of a stream that is about to be opened. */
export interface SideSettings {
  readonly format: SampleFormat;
  readonly channelNumbers: readonly number[];
  readonly capacityFrames: Frames;
}

/** A stream that is about to be opened: all that is settled for its devices. */
export interface StreamSettings {
  readonly request: StreamRequest;
  readonly deviceRate: Hertz;
  readonly blockFrames: Frames;
  readonly input: SideSettings | undefined;
  readonly output: SideSettings | undefined;
}

/** A stream that is open: its audio thread, and the memory between. */
export interface OpenStream<Settings extends StreamSettings> {
  readonly thread: AudioThread;
  readonly settings: Settings;
  readonly opened: OpenedStream;
  readonly inputRing: RingMemory | undefined;
  readonly outputRing: RingMemory | undefined;
  /** Messages to and from the processor. */
  readonly processorPort: MessagePort | undefined;
  readonly onMessage: ((message: unknown) => void) | undefined;
  /** Held for as long as the stream: other streams on a virtual loopback find it by this. */
  readonly shared: SharedArrayBuffer | undefined;
}

/**
 * Starts an audio thread and opens a stream in it; `settle` is given the devices of its host, and `make` makes the public
 * object. Nothing is left open when any of it fails.
 */
export async function openStream<Settings extends StreamSettings, Stream>(
  host: HostName,
  choice: CommonChoice,
  settle: (candidates: readonly Device[]) => Settings,
  make: (open: OpenStream<Settings>) => Stream,
): Promise<Stream> {
  choice.signal?.throwIfAborted();
  const thread = new AudioThread(host, "async", "hold");
  try {
    // A virtual device is made from its description; real ones are those of this thread's own, newest listing.
    const candidates =
      host === "virtual"
        ? []
        : freezeListing((await thread.request({ type: "list" }, "listed")).listing).devices;
    const settings = settle(candidates);
    const { deviceRate, blockFrames, input, output } = settings;
    const request = withSharedLoopback(
      settings.request,
      choice.resample === "always" ? deviceRate : settings.request.sampleRate,
    );
    const inputRing = input && ringOf(input);
    const outputRing = output && ringOf(output);
    const messages = choice.processor && new MessageChannel();
    const { stream } = await thread.request(
      {
        type: "open",
        request,
        deviceRate,
        resample: choice.resample,
        recovery: choice.recovery,
        realTime: choice.realTime && host !== "virtual",
        ...(input && inputRing && { input: planOf(input, inputRing, choice.dither) }),
        ...(output && outputRing && { output: planOf(output, outputRing, choice.dither) }),
        ...(choice.processor &&
          messages && {
            processor: {
              url: choice.processor.url,
              options: choice.processor.options,
              blockFrames,
              port: messages.port2,
            },
          }),
      },
      "opened",
    );
    const processorPort = messages?.port1;
    const onMessage = choice.processor?.onMessage;
    if (onMessage !== undefined) {
      processorPort?.on("message", onMessage);
      // The stream itself keeps the process alive, for as long as it is open.
      processorPort?.unref();
    }
    const shared = request.shared;
    return make({
      thread,
      settings,
      opened: stream,
      inputRing,
      outputRing,
      processorPort,
      onMessage,
      shared,
    });
  } catch (error) {
    await thread.close().catch(() => {
      // The first error is the one that the caller can act on.
    });
    throw error;
  }
}

/** The ring of one direction of a stream that has it. */
export function ringOfSide(
  open: OpenStream<StreamSettings>,
  direction: "input" | "output",
): RingMemory {
  const ring = direction === "input" ? open.inputRing : open.outputRing;
  if (ring === undefined) {
    throw new AudioError("internal", `The stream has no ${direction}`);
  }
  return ring;
}

function ringOf({ format, channelNumbers, capacityFrames }: SideSettings): RingMemory {
  return createRing(capacityFrames, bytesPerFrame(format, channelNumbers.length));
}

function planOf(side: SideSettings, ring: RingMemory, dither: boolean): InputPlan & OutputPlan {
  return { ring, format: side.format, channels: side.channelNumbers, dither };
}
