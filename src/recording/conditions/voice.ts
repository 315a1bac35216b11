import type { Frames, Hertz, Seconds } from "../../format.js";
import { VoiceWindows, WINDOWS_A_SECOND } from "../../voice/voice-windows.js";
import type { VoiceOptions } from "./check.js";
import type { Detector } from "./detector.js";

/** A detector that holds memory of a library. */
export interface VoiceDetector extends Detector {
  /** Gives the library's memory back, after which it must not be used. It can be called again. */
  close(): void;
}

/** Where the voice detector is in a run of windows. */
interface Judge {
  /** Whether the condition came true with this window. */
  readonly judge: (voice: boolean) => boolean;
  /** Frames are missing: what was on end is not. */
  readonly interrupt: () => void;
  /** Nothing was heard. */
  readonly reset: () => void;
}

/**
 * Comes true when there was voice for `startSeconds` on end, in any channel.
 *
 * @throws AudioError `library-not-found`, `internal`.
 */
export function createVoiceStart(
  options: Required<VoiceOptions>,
  sampleRate: Hertz,
  channels: number,
): Promise<VoiceDetector> {
  const wanted = windowsOf(options.startSeconds);
  let run = 0;
  const reset = (): void => {
    run = 0;
  };
  const judge = (voice: boolean): boolean => {
    run = voice ? run + 1 : 0;
    return run >= wanted;
  };
  return createDetector(options, sampleRate, channels, { judge, interrupt: reset, reset });
}

/**
 * Comes true when there was voice, for `startSeconds` on end at least, and then none for `hangoverSeconds`. Voice that does
 * not last for `startSeconds` ends no pause: noise is taken for it at times. With `isHeard` there was voice already before
 * the first frame, as there is behind a {@link createVoiceStart}.
 *
 * @throws AudioError `library-not-found`, `internal`.
 */
export function createVoiceEnd(
  options: Required<VoiceOptions>,
  sampleRate: Hertz,
  channels: number,
  isHeard = false,
): Promise<VoiceDetector> {
  const least = windowsOf(options.startSeconds);
  const wanted = windowsOf(options.hangoverSeconds);
  let heard = isHeard;
  let run = 0;
  let pause = 0;
  const interrupt = (): void => {
    run = 0;
    pause = 0;
  };
  const reset = (): void => {
    interrupt();
    heard = isHeard;
  };
  const judge = (voice: boolean): boolean => {
    run = voice ? run + 1 : 0;
    pause += 1;
    if (run >= least) {
      heard = true;
      pause = 0;
    }
    // A run that has begun may still become long enough.
    return heard && run === 0 && pause >= wanted;
  };
  return createDetector(options, sampleRate, channels, { judge, interrupt, reset });
}

async function createDetector(
  { aggressiveness }: Required<VoiceOptions>,
  sampleRate: Hertz,
  channels: number,
  judge: Judge,
): Promise<VoiceDetector> {
  const windows = await VoiceWindows.create(sampleRate, channels, aggressiveness);
  let isDone = false;
  let start: Frames = 0;
  let next: Frames | undefined;

  function reset(): void {
    windows.reset();
    judge.reset();
    isDone = false;
    next = undefined;
  }

  function feed(
    planes: readonly Float32Array[],
    frames: Frames,
    position: Frames,
  ): Frames | undefined {
    if (isDone) {
      return undefined;
    }
    if (next !== position) {
      windows.reset();
      judge.interrupt();
      start = position;
    }
    next = position + frames;
    let cameTrue: Frames | undefined;
    windows.feed(planes, frames, (voice, end) => {
      isDone = judge.judge(voice);
      cameTrue = isDone ? start + end : undefined;
      return isDone;
    });
    return cameTrue;
  }

  return { feed, reset, close: () => windows.close() };
}

/** A part of a window counts as a whole one, and one is the least. */
function windowsOf(seconds: Seconds): number {
  return Math.max(1, Math.ceil(seconds * WINDOWS_A_SECOND - 1e-6));
}
