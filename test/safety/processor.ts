// Runs in audio threads: a processor that behaves as its options say.
import type { ProcessorContext, ProcessorModule } from "../../src/index.js";

interface Behaviour {
  readonly throwsAt?: number;
  /** Which of the strange things is thrown. */
  readonly throws?: number;
  readonly endsAt?: number;
  readonly posts?: boolean;
  readonly failsToSetUp?: boolean;
  readonly failsToClose?: boolean;
}

const STRANGE: readonly unknown[] = [
  new Error("mine"),
  new Error("mine", { cause: () => {} }),
  Object.assign(new Error("mine"), { uncloneable: () => {} }),
  Object.create(null),
  undefined,
  Symbol("mine"),
];

let behaviour: Behaviour = {};
let context: ProcessorContext | undefined;

export const setup: ProcessorModule["setup"] = (given) => {
  context = given;
  // The one user of this module is test/safety/options.ts, which is typed alike.
  behaviour = (given.options ?? {}) as Behaviour;
  if (behaviour.failsToSetUp === true) {
    throw new Error("no set-up");
  }
};

export const process: ProcessorModule["process"] = (input, output, info) => {
  for (const [index, channel] of output.entries()) {
    channel.set(input[index] ?? new Float32Array(channel.length).fill(Number.NaN));
  }
  if (behaviour.posts === true && info.position < 10_000) {
    context?.post({ position: info.position });
  }
  if (info.position >= (behaviour.throwsAt ?? Number.POSITIVE_INFINITY)) {
    throw STRANGE[behaviour.throws ?? 0];
  }
  return info.position < (behaviour.endsAt ?? Number.POSITIVE_INFINITY);
};

export const onMessage: ProcessorModule["onMessage"] = (message) => {
  if (message === "throw") {
    throw new Error("mine");
  }
};

export const close: ProcessorModule["close"] = () => {
  if (behaviour.failsToClose === true) {
    throw new Error("no close");
  }
};
