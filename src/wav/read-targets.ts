import type { Frames } from "../format.js";
import { describe } from "../options.js";
import type { PlanarTargets } from "./codecs/planar.js";

/** Throws TypeError or RangeError unless it is bytes with room for a frame. */
export function checkRoom(target: Uint8Array, frameBytes: number): void {
  if (!(target instanceof Uint8Array)) {
    throw new TypeError(`Expected \`target\` to be a Uint8Array, got ${describe(target)}`);
  }
  if (target.byteLength < frameBytes) {
    throw new RangeError(
      `Expected \`target\` to have room for a frame of ${frameBytes} bytes, ` +
        `got ${target.byteLength} bytes`,
    );
  }
}

/** Throws TypeError or RangeError unless it is one array of floats for each channel; gives their length. */
export function checkTargets(targets: PlanarTargets, channels: number): Frames {
  const given: unknown = targets;
  const expected = `${channels} Float32Arrays or ${channels} Float64Arrays`;
  if (!Array.isArray(given)) {
    throw new TypeError(`Expected \`targets\` to be ${expected}, got ${describe(given)}`);
  }
  const kind = given[0] instanceof Float64Array ? Float64Array : Float32Array;
  given.forEach((one: unknown, index) => {
    if (!(one instanceof kind)) {
      throw new TypeError(
        `Expected \`targets\` to be ${expected}, got ${describe(one)} at place ${index}`,
      );
    }
  });
  if (given.length !== channels) {
    throw new RangeError(`Expected \`targets\` to be ${expected}, got ${given.length}`);
  }
  const frames = targets[0]?.length ?? 0;
  const odd = targets.findIndex(({ length }) => length !== frames || length === 0);
  if (odd >= 0) {
    throw new RangeError(
      `Expected \`targets\` to have one length above 0, got ${targets[odd]?.length} (channel ${odd})`,
    );
  }
  return frames;
}
