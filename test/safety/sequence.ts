import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { configure } from "../../src/index.js";
import { openStreams } from "../../src/stream/audio-thread.js";
import { seededRandom } from "../rig/random.js";
import type { Random } from "./options.js";
import type { Move } from "./stream-moves.js";
import { PATIENCE, Violation, type World } from "./world.js";

export type WeightedMoves = readonly (readonly [weight: number, Move])[];

/** How many calls a sequence makes. */
export const STEPS = 30;

/**
 * Makes the calls of one sequence. Each step has a random generator of its own, so that a sequence does the same with
 * steps left out: `only` names those to be made, default all.
 */
export async function runSequence(
  moves: WeightedMoves,
  seed: number,
  only: readonly number[],
  world: World,
): Promise<void> {
  const all = moves.reduce((sum, [weight]) => sum + weight, 0);
  for (const step of only) {
    const random = seededRandom(seed * 1009 + step * 7919 + 1);
    random(2);
    // The first step opens something: a sequence without a stream has nothing to say.
    const move = moveAt(moves, step === 0 ? random(9) : random(all));
    world.note(`step ${step}`);
    try {
      const waited = move?.(world, random);
      if (waited !== undefined) {
        await world.bounded("opening", [waited]);
      }
    } catch (error) {
      world.judge("a move", error);
    }
    world.check();
    await wait(world, random);
    world.check();
  }
  await world.end();
  configure({});
  await released();
}

/** The move at a place of a list in which each move has as many places as its weight says. */
function moveAt(moves: WeightedMoves, place: number): Move | undefined {
  let end = 0;
  for (const [weight, move] of moves) {
    end += weight;
    if (place < end) {
      return move;
    }
  }
  return undefined;
}

/** What passes between two calls. */
async function wait(world: World, random: Random): Promise<void> {
  switch (random(10)) {
    case 0:
    case 1:
      await Promise.resolve();
      break;
    case 2:
    case 3:
      await nextTurn();
      break;
    case 4:
    case 5:
    case 6:
      await world.pause(10);
      break;
    case 7:
      await sleep(1 + random(4));
      break;
    default:
  }
}

/** After the last close, no host is held by anybody. */
async function released(): Promise<void> {
  const deadline = performance.now() + PATIENCE;
  while (openStreams("virtual") + openStreams("portaudio") > 0) {
    if (performance.now() > deadline) {
      throw new Violation("a host is still held after everything was closed");
    }
    await sleep(1);
  }
}

/** The numbers from 0 up to, not including, `end`. */
export function upTo(end: number): number[] {
  return Array.from({ length: end }, (_, index) => index);
}
