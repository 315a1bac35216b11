import { AudioError } from "../errors.js";
import type { Milliseconds } from "../format.js";
import {
  paBadStreamPtr,
  paCanNotReadFromACallbackStream,
  paCanNotReadFromAnOutputOnlyStream,
  paCanNotWriteToACallbackStream,
  paCanNotWriteToAnInputOnlyStream,
  paInputOverflowed,
  paOutputUnderflowed,
  paStreamIsStopped,
} from "../hosts/portaudio/header.js";
import type { Gap } from "../recording/recording.js";

// What a stream's calls throw, each with PortAudio's number and text for it.

/** Frames were lost, and `read` was asked to throw then. */
export function overflowed(gap: Gap): AudioError {
  return new AudioError(
    "input-overflowed",
    `${gap.frames} frames were lost at position ${gap.position} (${gap.cause}). The stream is open and nothing that was read is dropped: read again to go on.`,
    { host: { code: paInputOverflowed, text: "Input overflowed" } },
  );
}

/** The device ran dry, and `write` was asked to throw then. */
export function underflowed(times: number): AudioError {
  return new AudioError(
    "output-underflowed",
    `The device ran dry ${times} time(s) before these frames.`,
    { host: { code: paOutputUnderflowed, text: "Output underflowed" } },
  );
}

/** The stream cannot be read from or written to while it is stopped. */
export function stopped(doing: "read from" | "write to"): AudioError {
  return new AudioError("stream-stopped", `Cannot ${doing} a stopped stream: start it first.`, {
    host: { code: paStreamIsStopped, text: "Stream is stopped" },
  });
}

/** The stream was closed by the caller. */
export function closed(): AudioError {
  return new AudioError("stream-closed", "This stream is closed: open a new one.", {
    host: { code: paBadStreamPtr, text: "Stream closed" },
  });
}

/** The device has no more, without a fault. */
export function ended(): AudioError {
  return new AudioError("stream-closed", "The source of this stream has ended.");
}

/** The device hangs. */
export function hangs(patience: Milliseconds): AudioError {
  return new AudioError("stalled", `The device has taken no frame for ${patience / 1000} s.`);
}

/** Reading from a stream that only plays. */
export function noInput(): AudioError {
  return new AudioError("stream-closed", "This stream has no input: open it with `input: true`.", {
    host: {
      code: paCanNotReadFromAnOutputOnlyStream,
      text: "Can't read from an output only stream",
    },
  });
}

/** Writing to a stream that only records. */
export function noOutput(): AudioError {
  return new AudioError(
    "stream-closed",
    "This stream has no output: open it with `output: true`.",
    {
      host: {
        code: paCanNotWriteToAnInputOnlyStream,
        text: "Can't write to an input only stream",
      },
    },
  );
}

/** Reading what goes to a callback. */
export function callbackReads(): AudioError {
  return new AudioError(
    "stream-closed",
    "Cannot read from a stream in callback mode: its callback gets the frames.",
    { host: { code: paCanNotReadFromACallbackStream, text: "Can't read from a callback stream" } },
  );
}

/** Writing what comes from a callback. */
export function callbackWrites(): AudioError {
  return new AudioError(
    "stream-closed",
    "Cannot write to a stream in callback mode: its callback returns the frames.",
    { host: { code: paCanNotWriteToACallbackStream, text: "Can't write to a callback stream" } },
  );
}
