import {
  checkInputSettings,
  checkOutputSettings,
  configure,
  devices,
  findDevice,
  record,
  refreshDevices,
  supportedSampleRates,
} from "../../src/index.js";
import { Mine } from "./nasty.js";
import { commonOptions, once, oneNasty, oneOf, spoil, throwStrange } from "./options.js";
import type { Devices, Move } from "./stream-moves.js";
import { own } from "./world.js";

/** A listener of a signal closes streams and throws, as any code of a caller's may. */
const abortSignal: Move = (world, random) => {
  const { signals } = world;
  const controller = signals[random(signals.length)];
  if (controller === undefined) {
    return;
  }
  const reason = oneOf<unknown>(random, [undefined, new Mine("aborted"), 0, "text", null]);
  own(reason);
  const fire = (): void => controller.abort(reason);
  oneOf(random, [fire, () => setImmediate(fire), () => setTimeout(fire, random(30))])();
};

/** Holds the event loop, as a busy script does. */
const block: Move = (_world, random) => {
  const end = performance.now() + 1 + random(15);
  while (performance.now() < end) {
    // Nothing else is done meanwhile.
  }
};

const collect: Move = () => {
  globalThis.gc?.();
};

/** Defaults hold until the end of the sequence, which takes them away. */
const configureSome: Move = (world, random) => {
  const options: Record<string, unknown> = once(random, 2)
    ? { bufferSeconds: 0.3, blockFrames: 100, format: "int16", channels: 1 }
    : {};
  const given = once(random, 2) ? spoil(options, random) : options;
  world.attempt("configure()", () => configure(given as never));
};

const list: Move = (world, random) => {
  const options = once(random, 2) ? oneNasty(random).make() : { host: "virtual" };
  const call = once(random, 2) ? devices : refreshDevices;
  world.track(`${call.name}()`, call(options as never));
};

function find(given: Devices): Move {
  return (world, random) => {
    const query = once(random, 2) ? given.input(random).id : oneNasty(random).make();
    const options = once(random, 3) ? oneNasty(random).make() : { direction: "input" };
    world.track("findDevice()", findDevice(query as never, options as never));
  };
}

function check(given: Devices): Move {
  return (world, random) => {
    const device = once(random, 2) ? given.input(random) : given.output(random);
    const options = { ...commonOptions(world, random), device: device.id };
    const asked = once(random, 3) ? spoil(options, random) : options;
    switch (random(3)) {
      case 0:
        world.track("checkInputSettings()", checkInputSettings(asked as never));
        break;
      case 1:
        world.track("checkOutputSettings()", checkOutputSettings(asked as never));
        break;
      default: {
        const sides = once(random, 2) ? oneNasty(random).make() : { channels: 1 };
        world.track("supportedSampleRates()", supportedSampleRates(device.id, sides as never));
      }
    }
  };
}

function recordSome(given: Devices): Move {
  return (world, random) => {
    const controller = new AbortController();
    world.signals.push(controller);
    const options = {
      ...commonOptions(world, random),
      device: given.input(random).id,
      frames: 1 + random(9000),
      signal: controller.signal,
      progress: () => once(random, 20) && throwStrange(random),
    };
    const asked = once(random, 4) ? spoil(options, random) : options;
    // Whatever becomes of it, the signal ends it.
    setTimeout(() => controller.abort(new Mine("enough")), 200);
    world.track("record()", record(asked as never));
  };
}

/** All that is no stream of the sequence's own, each as often as it is to be made. */
export function otherMoves(given: Devices): readonly (readonly [weight: number, Move])[] {
  return [
    [4, abortSignal],
    [4, block],
    [2, collect],
    [2, configureSome],
    [1, list],
    [2, find(given)],
    [1, check(given)],
    [1, recordSome(given)],
  ];
}
