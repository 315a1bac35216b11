import type { Frames } from "../../format.js";

/**
 * Looks at frames in order and says where its condition came true. It judges windows of 10 ms, counted from the first
 * frame that it is fed, so that the answer does not depend on how the frames arrive.
 */
export interface Detector {
  /**
   * Takes the next frames: one array for each channel, with at least `frames` samples of full scale 1; `position` is
   * that of the first of them. Frames that do not follow the ones before begin a new window: what was on end is not.
   *
   * @returns the position right behind the window in which the condition came true; undefined while it has not, and,
   * once it has, until `reset()`.
   */
  feed(channels: readonly Float32Array[], frames: Frames, position: Frames): Frames | undefined;
  /** Begins anew, as if nothing had been heard. */
  reset(): void;
}
