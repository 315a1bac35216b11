import { setImmediate as immediate } from "node:timers/promises";
import type { Frames, Milliseconds } from "../format.js";
import type { ByteSource } from "../wav/source.js";
import { ByteWindow } from "./byte-window.js";
import { type DecodedFrame, FlacDecoder, mostFrameBytes } from "./decoder.js";
import type { StreamInfo } from "./stream-info.js";

/** How long the event loop is held at most, about. */
const MOST_BUSY: Milliseconds = 10;

/** A decoded FLAC frame, and what was before it. */
export interface FoundFrame extends DecodedFrame {
  /** About how many bytes were passed over before it because they were no sound FLAC frame; 0 when there were none. */
  readonly damagedBytes: number;
}

/**
 * The FLAC frames of a source from a byte position on, which need not be the start of one. The decoder finds them by
 * itself; this only sees to it that it never runs out of bytes while there are some: then it would give up a FLAC frame
 * that it has half of.
 *
 * @throws AudioError `file-not-readable`, `malformed-file` when the library breaks.
 */
export async function* decodeFrames(
  source: Pick<ByteSource, "read">,
  position: number,
  info: StreamInfo,
): AsyncGenerator<FoundFrame, void, undefined> {
  const most = mostFrameBytes(info);
  const window = new ByteWindow(source, position, 2 * most);
  const decoder = await FlacDecoder.create(info);
  try {
    let faulty = false;
    let bytesSinceFrame = 0;
    let rested = performance.now();
    for (;;) {
      await window.fill(2 * most);
      if (performance.now() - rested > MOST_BUSY) {
        // What is read from memory never waits, and decoding holds the event loop.
        await immediate();
        rested = performance.now();
      }
      const { taken, decoded, ...step } = decoder.step(window.bytes);
      window.skip(taken);
      bytesSinceFrame += taken;
      faulty ||= step.faulty;
      if (decoded !== undefined) {
        // The decoder may have had them in hand since the step before.
        yield { ...decoded, damagedBytes: faulty ? Math.max(1, bytesSinceFrame) : 0 };
        faulty = false;
        bytesSinceFrame = 0;
      }
      if (step.exhausted) {
        if (window.ended) {
          return;
        }
        // All that it had was no sound FLAC frame; the end of it may be the first part of one.
        decoder.restart();
        window.skip(-most);
        bytesSinceFrame -= most;
      }
    }
  } finally {
    decoder.close();
  }
}

/**
 * How many frames a file holds, by what its first and its last whole FLAC frame say of their places.
 *
 * @throws AudioError as {@link decodeFrames}.
 */
export async function measure(
  source: ByteSource,
  soundPosition: number,
  info: StreamInfo,
): Promise<Frames> {
  let first: FoundFrame | undefined;
  for await (const frame of decodeFrames(source, soundPosition, info)) {
    first = frame;
    break;
  }
  if (first === undefined) {
    return 0;
  }
  const start = first.damagedBytes > 0 ? 0 : first.position;
  for (let tail = 4 * mostFrameBytes(info); ; tail *= 8) {
    let last: FoundFrame | undefined;
    const from = Math.max(soundPosition, source.size - tail);
    for await (const frame of decodeFrames(source, from, info)) {
      last = frame;
    }
    if (last !== undefined || from === soundPosition) {
      return last === undefined ? 0 : Math.max(0, last.position + last.frames - start);
    }
  }
}
