import type { ProcessInfo, ProcessorContext } from "../src/index.js";

/** Where and how it fails. */
export interface Fault {
  readonly in: "setup" | "process" | "message" | "close" | "post";
  readonly how: "type-error" | "own-error" | "text" | "promise" | "odd-error";
  readonly position?: number;
}

class OwnError extends Error {
  override readonly name = "OwnError";
}

const TEXT: unknown = "a text";

let fault: Fault;
let post: (message: unknown) => void;

function fail(): unknown {
  switch (fault.how) {
    case "type-error":
      throw new TypeError("wrong type");
    case "own-error":
      throw new OwnError("my own");
    case "odd-error":
      // Its cause cannot be posted to another thread.
      throw new RangeError("odd", { cause: () => {} });
    case "text":
      throw TEXT;
    case "promise":
      return Promise.reject(new Error("too late"));
  }
}

export function setup(context: ProcessorContext): unknown {
  fault = context.options as Fault;
  post = context.post;
  return fault.in === "setup" ? fail() : undefined;
}

export function process(
  _input: readonly Float32Array[],
  _output: readonly Float32Array[],
  info: ProcessInfo,
): unknown {
  const isDue = info.position >= (fault.position ?? 0);
  if (fault.in === "post" && isDue) {
    post(() => {});
  }
  return fault.in === "process" && isDue ? fail() : undefined;
}

export function onMessage(): unknown {
  return fault.in === "message" ? fail() : undefined;
}

export function close(): unknown {
  return fault.in === "close" ? fail() : undefined;
}
