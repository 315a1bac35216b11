import { asError } from "../errors.js";
import type { LifeCycle } from "./life-cycle.js";

/** Blocks that are handed over in one turn of the event loop, so that timers and input have their turn too. */
const BLOCKS_A_TURN = 32;

/**
 * Hands each block to a callback, after each start of the stream. What the callback throws fails the stream; the
 * promise `finished` is the only one that tells, so it is left for whoever opened the stream to handle.
 */
export function pushBlocks<OfBlock>(
  life: LifeCycle,
  blocks: () => AsyncIterable<OfBlock>,
  onBlock: (block: OfBlock) => void,
): void {
  const push = async (): Promise<void> => {
    let handed = 0;
    for (let starts = 0; await life.startedAfter(starts); ) {
      starts = life.starts;
      for await (const block of blocks()) {
        onBlock(block);
        handed += 1;
        if (handed % BLOCKS_A_TURN === 0) {
          await new Promise(setImmediate);
        }
      }
    }
  };
  const pushing = push();
  life.delivered = pushing.catch(() => {});
  pushing
    .catch((error: unknown) => life.fail(asError(error)))
    .catch(() => {
      // The first fault is the one that `finished` tells of.
    });
}
