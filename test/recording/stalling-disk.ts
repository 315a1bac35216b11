// Loaded with --import into a process and each of its threads: all writes to files that begin between one and two seconds
// after its start begin six seconds after it instead.

import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const [HANGS, GOES_ON, ANSWERS] = [1_000, 2_000, 6_000];
// The start of the process's main thread counts, which is before the others.
process.env.ROOMTONE_TEST_STARTED ??= `${performance.timeOrigin}`;
const started = Number(process.env.ROOMTONE_TEST_STARTED);

const { write } = fs;
Reflect.set(fs, "write", (...args: unknown[]): void => {
  const age = Date.now() - started;
  const wait = age > HANGS && age < GOES_ON ? ANSWERS - age : 0;
  if (wait === 0) {
    Reflect.apply(write, fs, args);
  } else {
    setTimeout(() => {
      Reflect.apply(write, fs, args);
    }, wait);
  }
});
syncBuiltinESMExports();
