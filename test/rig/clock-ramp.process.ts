// Writes the ramp of clock-ramp.ts: its arguments are the rate and the pipes.
import { closeSync, constants, openSync, writeSync } from "node:fs";
import koffi from "koffi";
import { requestRealTimePriority } from "../../src/hosts/portaudio/real-time.js";

/** Of fcntl(2): how much a pipe holds. Little, so that little that is old comes out of it after an outage. */
const F_SETPIPE_SZ = 1031;
const PIPE_BYTES = 4096;
/** So much goes into a pipe at once: all of it or nothing. */
const CHUNK_FRAMES = 256;
/** A pipe that takes nothing for this long is not read: what waits for it is given up. */
const GIVEN_UP_MS = 100;
const TICK_MS = 3;

interface Pipe {
  readonly path: string;
  fd: number;
  /** The next frame to write. */
  next: number;
  /** Since when it takes nothing; undefined when it does. */
  fullSince: number | undefined;
}

const [rate, ...paths] = process.argv.slice(2);
const framesPerMs = Number(rate) / 1000;
const fcntl = koffi.load(null).func("int fcntl(int fd, int command, int value)");
const chunk = new Int32Array(CHUNK_FRAMES);
const pipes = paths.map((path): Pipe => ({ path, fd: -1, next: 0, fullSince: undefined }));
// A busy machine must not look like a device that hangs; where this is refused it may.
requestRealTimePriority();
const started = performance.now();
setInterval(() => {
  const now = performance.now();
  for (const pipe of pipes) {
    feed(pipe, now);
  }
}, TICK_MS);

function feed(pipe: Pipe, now: number): void {
  const end = Math.floor((now - started) * framesPerMs);
  if (pipe.fd === -1) {
    try {
      // Fails while nobody has it open for reading.
      pipe.fd = openSync(pipe.path, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch {
      return;
    }
    fcntl(pipe.fd, F_SETPIPE_SZ, PIPE_BYTES);
    pipe.next = end;
    pipe.fullSince = undefined;
  }
  if (now - (pipe.fullSince ?? now) > GIVEN_UP_MS) {
    pipe.next = Math.max(pipe.next, end - CHUNK_FRAMES);
  }
  try {
    while (pipe.next < end) {
      const frames = Math.min(CHUNK_FRAMES, end - pipe.next);
      for (let index = 0; index < frames; index++) {
        chunk[index] = pipe.next + index + 1;
      }
      writeSync(pipe.fd, chunk, 0, frames * chunk.BYTES_PER_ELEMENT);
      pipe.next += frames;
      pipe.fullSince = undefined;
    }
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EAGAIN") {
      pipe.fullSince ??= now;
    } else {
      closeSync(pipe.fd);
      pipe.fd = -1;
    }
  }
}
