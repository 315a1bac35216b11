import { RingStream } from "../stream/ring-stream.js";
import type { RecorderChoice } from "./recorder-options.js";
import { settleRecorder, settleSteps } from "./settle-recorder.js";
import type { RecorderPlan } from "./writer-protocol.js";
import { WriterThread } from "./writer-thread.js";

/** What a recorder is made of. */
export interface RecorderParts {
  readonly choice: RecorderChoice;
  readonly plan: RecorderPlan;
  readonly stream: RingStream;
  readonly writer: WriterThread;
  /** The path of the first file, if there is one. */
  readonly file: string | undefined;
}

/** Opens the device and creates the file for checked options. */
export async function openParts(choice: RecorderChoice): Promise<RecorderParts> {
  choice.signal?.throwIfAborted();
  // The audio thread first: at the end of the process its hook comes first.
  const opening = RingStream.open(choice.stream);
  const writer = new WriterThread();
  let stream: RingStream | undefined;
  try {
    stream = await opening;
    const plan = settleRecorder(choice, stream);
    const { ring, statsMemory: stats, sampleRate, paced, format, numberOfChannels } = stream;
    const file = await writer.open(plan, {
      ring,
      stats,
      sampleRate,
      paced,
      input: { format, channels: numberOfChannels },
      deviceName: stream.device.name,
      ...settleSteps(choice, stream),
    });
    return { choice, plan, stream, writer, file };
  } catch (error) {
    await stream?.close().catch(() => {
      // The first error is the one that the caller can act on.
    });
    await writer.close();
    throw error;
  }
}
