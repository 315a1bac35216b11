// node scripts/check-package.mjs
// Checks the package as its users get it: what publint and attw say, what the tarball holds, and
// whether it installs and runs in an empty project without install scripts and without a compiler.

import { spawnSync } from "node:child_process";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

process.chdir(path.join(import.meta.dirname, ".."));
const root = process.cwd();
const folder = mkdtempSync(path.join(tmpdir(), "roomtone-package-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));

/** What each entry point must at least export; the whole list is pinned by a test of its own. */
const ENTRIES = {
  roomtone: ["devices", "record", "InputStream", "AudioError"],
  "roomtone/portaudio": ["PyAudio", "paInt16", "getSampleSize"],
  "roomtone/wave": ["open"],
};

run("build", process.execPath, ["scripts/build.mjs"]);

const [packed] = JSON.parse(
  run("npm pack", "npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder]),
);
const tarball = path.join(folder, packed.filename);
checkContents(packed.files.map((file) => file.path));

run("publint --strict", bin("publint"), ["run", tarball, "--strict"]);
run("attw --profile esm-only", bin("attw"), [
  tarball,
  "--profile",
  "esm-only",
  "--no-definitely-typed",
]);

const project = path.join(folder, "project");
mkdirSync(project);
writeFileSync(
  path.join(project, "package.json"),
  JSON.stringify({ name: "empty-project", version: "1.0.0", private: true, type: "module" }),
);
const bare = { cwd: project, env: { ...process.env, PATH: pathWithoutCompilers() } };
run(
  "npm install --ignore-scripts in an empty project, no compiler in reach",
  "npm",
  ["install", "--ignore-scripts", "--no-audit", "--no-fund", tarball],
  bare,
);
for (const [entry, names] of Object.entries(ENTRIES)) {
  const script = `
    import * as entry from ${JSON.stringify(entry)};
    const missing = ${JSON.stringify(names)}.filter((name) => !(name in entry));
    if (missing.length > 0) throw new Error("not exported: " + missing.join(", "));`;
  const printed = run(
    `import ${entry}`,
    process.execPath,
    ["--input-type=module", "-e", script],
    bare,
  );
  expect(printed === "", `importing ${entry} printed: ${printed}`);
}
checkTypes();
const help = run("npx roomtone --help", "npx", ["--no", "--", "roomtone", "--help"], bare);
expect(help.includes("record") && help.includes("devices"), `--help does not name them:\n${help}`);
const listing = run(
  "roomtone devices --json",
  "node_modules/.bin/roomtone",
  ["devices", "--json"],
  {
    ...bare,
    timeout: 20_000,
  },
);
JSON.parse(listing);
console.log("package: ready to publish");

/** The tarball holds exactly what the sources compile to and the papers a package needs. */
function checkContents(files) {
  const compiled = readdirSync("src", { recursive: true })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"))
    .flatMap((file) => [".js", ".d.ts"].map((end) => `dist/${file.slice(0, -3)}${end}`));
  // The README links to the pages and the examples.
  const pages = readdirSync("docs").map((file) => `docs/${file}`);
  const examples = readdirSync("examples", { recursive: true })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => file.endsWith(".ts"))
    .map((file) => `examples/${file}`);
  const texts = ["package.json", "README.md", "LICENSE", "CHANGELOG.md"];
  const expected = [...texts, ...pages, ...examples, ...compiled];
  const missing = expected.filter((file) => !files.includes(file));
  const surplus = files.filter((file) => !expected.includes(file));
  expect(missing.length === 0, `the package lacks ${missing.join(", ")}`);
  expect(surplus.length === 0, `the package has ${surplus.join(", ")}, which nobody needs`);
  console.log(`package: ${files.length} files, ${packed.size} bytes: as expected`);
}

/** A user's strict project, which also checks our declarations, finds nothing to complain about. */
function checkTypes() {
  const script = Object.keys(ENTRIES).map((entry, i) => `export * as entry${i} from "${entry}";\n`);
  writeFileSync(path.join(project, "consumer.ts"), script.join(""));
  const options =
    "--noEmit --strict --exactOptionalPropertyTypes --module nodenext --lib es2023,esnext.disposable --types node";
  const typeRoots = path.join(root, "node_modules/@types");
  run(
    "types in a strict project",
    process.execPath,
    [
      path.join(root, "node_modules/typescript/bin/tsc"),
      ...options.split(" "),
      "--typeRoots",
      typeRoots,
      "consumer.ts",
    ],
    bare,
  );
}

/** A PATH on which nothing but Node, npm and a shell can be found. */
function pathWithoutCompilers() {
  const only = path.join(folder, "bin");
  mkdirSync(only);
  for (const command of ["node", "npm", "npx", "sh", "env"]) {
    const found = command === "node" ? process.execPath : which(command);
    expect(found !== undefined, `${command} is not on PATH`);
    symlinkSync(realpathSync(found), path.join(only, command));
  }
  return only;
}

function which(command) {
  return process.env.PATH.split(path.delimiter)
    .map((place) => path.join(place, command))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

function bin(name) {
  const file = path.join(root, "node_modules/.bin", name);
  expect(existsSync(file), `${name} is not installed`);
  return file;
}

/** Runs a command and gives back what it wrote to stdout; a failure ends the script. */
function run(what, command, args, options = {}) {
  const started = performance.now();
  const result = spawnSync(command, args, { encoding: "utf8", ...options });
  expect(
    result.status === 0,
    `${what} failed (${result.error?.message ?? result.signal ?? result.status}):\n` +
      `${result.stdout ?? ""}${result.stderr ?? ""}`,
  );
  console.log(`package: ${what}: ok, ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return result.stdout;
}

function expect(truth, message) {
  if (!truth) {
    console.error(`package: ${message}`);
    process.exit(1);
  }
}
