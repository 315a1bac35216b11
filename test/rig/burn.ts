import { startBoundChild } from "./bound-child.js";

export interface Burn {
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

/** Starts processes that do nothing but use a core each, until `stop()`. */
export async function startBurn(processes: number): Promise<Burn> {
  const children = await Promise.all(
    Array.from({ length: processes }, () =>
      startBoundChild(process.execPath, ["-e", "for (;;) {}"]),
    ),
  );
  return {
    pids: children.map((child) => child.pid),
    async stop() {
      await Promise.all(children.map((child) => child.stop()));
    },
  };
}
