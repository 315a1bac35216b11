/** What the test asked of this program. */
export function task<Task>(): Task {
  // The test and its program agree on the type; both are in this folder.
  return JSON.parse(process.argv[2] ?? "null") as Task;
}

/** Tells the test that it can go on: what it plays from now on is recorded. */
export function ready(): void {
  process.stdout.write("ready\n");
}

/** Hands the result over to the test. */
export function report(result: unknown): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

/** Holds this thread, as a script that computes does. */
export function holdThread(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
