// Runs in the writer thread.
import { bytesPerFrame, type Frames } from "../../format.js";
import { PreRoll } from "../conditions/pre-roll.js";
import type { Loss } from "./gap-list.js";
import type { FrameFormat } from "./take-file.js";

/** Frames of the pre-roll, in order, or lost ones among them. */
export type Kept = { readonly bytes: Uint8Array } | { readonly loss: Loss };

interface PlacedLoss {
  readonly position: Frames;
  readonly loss: Loss;
}

/** What was heard before a recording begins: the newest frames, with the losses among them. */
export class WaitingRoom {
  readonly #preRoll: PreRoll;
  readonly #frames: Frames;
  readonly #frameBytes: number;
  #losses: PlacedLoss[] = [];

  constructor(frames: Frames, { format, channels }: FrameFormat) {
    this.#frameBytes = bytesPerFrame(format, channels);
    this.#preRoll = new PreRoll(frames, this.#frameBytes);
    this.#frames = frames;
  }

  /** Takes frames, the silence of lost ones included. */
  push(bytes: Uint8Array): void {
    this.#preRoll.push(bytes);
  }

  /** Takes a loss before the frame at a position. */
  lose(position: Frames, loss: Loss): void {
    this.#losses = this.#losses.filter((one) => one.position + this.#frames > position);
    this.#losses.push({ position, loss });
  }

  /** Forgets all. */
  clear(): void {
    this.#preRoll.take();
    this.#losses = [];
  }

  /**
   * Hands over what is kept of the frames from `wanted` on, up to `end`, which is the position behind the newest, and keeps
   * nothing. Filled losses are told before their silence.
   */
  take(wanted: Frames, end: Frames): Kept[] {
    const held = this.#preRoll.take();
    const first = Math.max(wanted, end - held.byteLength / this.#frameBytes);
    const losses = this.#losses;
    this.#losses = [];
    const kept: Kept[] = [];
    const bytes = (from: Frames, to: Frames): void => {
      const offset = held.byteLength - (end - from) * this.#frameBytes;
      if (to > from) {
        kept.push({ bytes: held.subarray(offset, offset + (to - from) * this.#frameBytes) });
      }
    };
    let at = first;
    for (const { position, loss } of losses) {
      if (!loss.filled) {
        if (position >= first) {
          bytes(at, position);
          kept.push({ loss });
          at = position;
        }
        continue;
      }
      const from = Math.max(first, position);
      const to = Math.min(end, position + loss.frames);
      if (to > from) {
        bytes(at, from);
        kept.push({ loss: { ...loss, frames: to - from } });
        bytes(from, to);
        at = to;
      }
    }
    bytes(at, end);
    return kept;
  }
}
