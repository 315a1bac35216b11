// node scripts/build.mjs [--tests]
// Compiles src/ to dist/ and, with --tests, everything that the tests run (src, test, bench,
// examples) to build/.
//
// What is up to date is left alone. Each compilation starts in an empty folder that takes the old
// one's place only when the compiler was content: no output of a removed source stays behind, and a
// failed build changes nothing.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";

process.chdir(path.join(import.meta.dirname, ".."));

const cache = "node_modules/.cache/roomtone";
const settings = ["package.json", "package-lock.json", "tsconfig.json", "scripts/build.mjs"];

const outputs = [
  {
    folder: "dist",
    config: "tsconfig.json",
    sources: ["src"],
    settings,
    expected: (source) => {
      const stem = source.slice("src/".length, -".ts".length);
      return [`${stem}.js`, `${stem}.d.ts`];
    },
  },
];
if (process.argv.includes("--tests")) {
  // Second, because the examples import the package by its own name and so need the types in dist/.
  outputs.push({
    folder: "build",
    config: "tsconfig.test.json",
    sources: ["src", "test", "bench", "examples"],
    settings: [...settings, "tsconfig.test.json"],
    expected: (source) => [`${source.slice(0, -".ts".length)}.js`],
  });
}

for (const output of outputs) {
  const sources = output.sources.flatMap(filesUnder).filter((file) => file.endsWith(".ts"));
  const expected = sources
    .filter((file) => !file.endsWith(".d.ts"))
    .flatMap(output.expected)
    .sort();
  const stampFile = `${cache}/${output.folder}.sha256`;
  const stamp = hashOf([...output.settings, ...sources]);
  if (isCurrent(output.folder, expected, stampFile, stamp)) {
    continue;
  }
  const started = performance.now();
  const fresh = `${cache}/${output.folder}.${process.pid}`;
  rmSync(fresh, { recursive: true, force: true });
  const compiler = spawnSync(
    process.execPath,
    ["node_modules/typescript/bin/tsc", "-p", output.config, "--outDir", fresh, "--noEmitOnError"],
    { stdio: "inherit" },
  );
  if (compiler.status !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    console.error(`build: ${output.config} did not compile; ${output.folder}/ was left as it was.`);
    process.exit(1);
  }
  const command = `${fresh}/cli/main.js`;
  if (existsSync(command)) {
    chmodSync(command, 0o755);
  }
  rmSync(stampFile, { force: true });
  rmSync(output.folder, { recursive: true, force: true });
  renameSync(fresh, output.folder);
  writeFileSync(stampFile, stamp);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`build: ${output.folder}/ from ${sources.length} sources in ${seconds} s`);
}

/**
 * True when the folder holds exactly the outputs of these sources, compiled with these settings.
 */
function isCurrent(folder, expected, stampFile, stamp) {
  mkdirSync(cache, { recursive: true });
  if (!existsSync(stampFile) || readFileSync(stampFile, "utf8") !== stamp) {
    return false;
  }
  const present = filesUnder(folder)
    .map((file) => file.slice(folder.length + 1))
    .sort();
  return present.length === expected.length && present.every((file, i) => file === expected[i]);
}

/**
 * The files below a folder, with "/" between names on every platform; none for a folder that does
 * not exist.
 */
function filesUnder(folder) {
  if (!existsSync(folder)) {
    return [];
  }
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name).replaceAll("\\", "/"))
    .sort();
}

/** One hash over names and contents: time stamps say nothing after a checkout. */
function hashOf(files) {
  const hash = createHash("sha256");
  for (const file of files) {
    hash.update(`${file}\0`).update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}
