import { writeSync } from "node:fs";
import { isAllowedUncaught, tell } from "./judge.js";
import { isOwn } from "./world.js";

/** Says a line to the process that watches this one, at once: a crash behind it loses nothing. */
export function say(line: string): void {
  writeSync(1, `${line}\n`);
}

/** Ends this process because of a fault. */
export function fail(what: string, error: unknown): never {
  say(`FAULT: ${what}: ${tell(error)}`);
  process.exit(70);
}

/** Takes everything for a fault that nobody catches, but what callbacks are documented to cause. */
export function guardProcess(): void {
  process.on("uncaughtException", (error: unknown) => {
    if (!isOwn(error) && !isAllowedUncaught(error)) {
      fail("uncaught exception", error);
    }
  });
  process.on("unhandledRejection", (error) => fail("unhandled rejection", error));
  process.on("warning", (warning) => fail("warning", warning));
}
