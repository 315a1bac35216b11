// node scripts/test.mjs [fast | slow | real | part of a file name]... [--option of node's test runner]...
// Compiles and runs the tests in three parts: the fast one; *.slow.test.ts, which start many
// processes, compare with other programs or try thousands of inputs; and test/real, whose tests
// need the machine's time for themselves and so run one file at a time. A failure in a part ends
// the run.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";

process.chdir(path.join(import.meta.dirname, ".."));

const runnerOptions = process.argv.slice(2).filter((word) => word.startsWith("-"));
const wishes = process.argv.slice(2).filter((word) => !word.startsWith("-"));

// A part's time limit is for one file; without one, a test that hangs would hang the whole run.
const parts = [
  { name: "fast", concurrency: 2, timeoutMs: 180_000 },
  { name: "slow", concurrency: 2, timeoutMs: 300_000 },
  { name: "real", concurrency: 1, timeoutMs: 600_000 },
];

const build = spawnSync(process.execPath, ["scripts/build.mjs", "--tests"], { stdio: "inherit" });
if (build.status !== 0) {
  process.exit(1);
}

const all = existsSync("build/test") ? readdirSync("build/test", { recursive: true }) : [];
const files = all
  .map((file) => `build/test/${file.replaceAll("\\", "/")}`)
  .filter((file) => file.endsWith(".test.js"))
  .filter((file) => wishes.length === 0 || wishes.some((wish) => matches(file, wish)))
  .sort();
if (files.length === 0) {
  console.error(`test: no test file${wishes.length === 0 ? "" : ` matches ${wishes.join(" ")}`}.`);
  process.exit(1);
}

for (const part of parts) {
  const own = files.filter((file) => partOf(file) === part.name);
  if (own.length === 0) {
    continue;
  }
  console.log(`test: ${part.name} part, ${own.length} files`);
  const started = performance.now();
  const run = spawnSync(
    process.execPath,
    [
      "--test",
      "--test-reporter=spec",
      `--test-concurrency=${part.concurrency}`,
      `--test-timeout=${part.timeoutMs}`,
      ...runnerOptions,
      ...own,
    ],
    { stdio: "inherit" },
  );
  // On stderr, so that the runner's summary stays the end of what stands on stdout.
  console.error(
    `test: ${part.name} part took ${((performance.now() - started) / 1000).toFixed(1)} s`,
  );
  if (run.status !== 0) {
    process.exit(run.status ?? 1);
  }
}

function partOf(file) {
  if (file.startsWith("build/test/real/")) {
    return "real";
  }
  return file.endsWith(".slow.test.js") ? "slow" : "fast";
}

/** The name of a part names it; any other word is a part of the source's or the compiled file's name. */
function matches(file, wish) {
  if (parts.some(({ name }) => name === wish)) {
    return partOf(file) === wish;
  }
  const source = file.replace(/^build\//, "").replace(/\.js$/, ".ts");
  return file.includes(wish) || source.includes(wish.replace(/^\.\//, ""));
}
