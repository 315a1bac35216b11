import { AudioError, fromErrorMessage } from "../errors.js";
import { bytesPerFrame, type Frames, type Milliseconds, type Seconds } from "../format.js";
import type { StreamRequest } from "../hosts/host.js";
import { withSharedLoopback } from "../hosts/virtual/shared-loopback.js";
import { createRing, endRing, RingReader, RingWriter } from "../ring.js";
import { AudioThread } from "../stream/audio-thread.js";
import type { OpenedStream } from "../stream/protocol.js";
import type { StreamPlan } from "./stream-options.js";

/** How far a script may lag behind its device before frames are lost, and then counted. */
const INPUT_SECONDS: Seconds = 10;
/** How long a command may take: drivers are slow. */
export const PATIENCE: Milliseconds = 30_000;

/** An open device with its audio thread, and this thread's ends of the rings between the two. */
export interface Link {
  readonly thread: AudioThread;
  readonly opened: OpenedStream;
  readonly reader: RingReader | undefined;
  readonly writer: RingWriter | undefined;
  /** What the device was asked for: it holds the memory of a virtual loopback. */
  readonly request: StreamRequest;
}

/**
 * Opens the device of a plan and holds the caller until that is done; the link is the caller's to close.
 *
 * @param outputFrames how much can be queued for the device.
 * @param onEnded called once when the device ends by itself, with what it failed from.
 */
export function openLink(
  plan: StreamPlan,
  outputFrames: Frames,
  onEnded: (failure: Error | undefined) => void,
): Link {
  const { channels, format, rate, framesPerBuffer } = plan;
  const frameBytes = bytesPerFrame(format, channels);
  const depth = Math.max(Math.ceil(INPUT_SECONDS * rate), framesPerBuffer * 2);
  const inputRing = plan.input && createRing(depth, frameBytes);
  const outputRing = plan.output && createRing(outputFrames, frameBytes);
  const numbers = Array.from({ length: channels }, (_, index) => index);
  const request = withSharedLoopback(
    {
      sampleRate: rate,
      framesPerBuffer: 0,
      ...(plan.input && { input: plan.input }),
      ...(plan.output && { output: plan.output }),
    },
    rate,
  );
  const thread = new AudioThread(plan.host, "sync", "hold");
  thread.onEnded = ({ error }) => onEnded(error && fromErrorMessage(error));
  thread.onDied = () => {
    if (inputRing !== undefined) {
      endRing(inputRing);
    }
    onEnded(new AudioError("internal", "The audio thread died."));
  };
  try {
    const { stream } = thread.requestSync(
      {
        type: "open",
        request,
        ...(inputRing && { input: { ring: inputRing, format, channels: numbers } }),
        ...(outputRing && { output: { ring: outputRing, format, channels: numbers } }),
        // On a busy machine an output runs dry otherwise, and loses frames in the sound server.
        realTime: plan.host !== "virtual",
      },
      "opened",
      PATIENCE,
    );
    return {
      thread,
      opened: stream,
      reader: inputRing && new RingReader(inputRing),
      writer: outputRing && new RingWriter(outputRing),
      request,
    };
  } catch (error) {
    thread.closeSync(PATIENCE);
    throw error;
  }
}
