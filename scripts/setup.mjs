// node scripts/setup.mjs [demo | test]
// Brings what the project needs to run (demo, the default) or to be tested (test): the npm packages,
// PortAudio and, for the tests, the private sound servers and the programs that check our files from
// outside. What is there already is left alone. Nothing is ever removed or replaced, and no sound
// server is started, stopped or touched.
//
// Where system packages are missing and cannot be installed, it prints the line to run and goes on:
// the demo then uses a virtual microphone, and tests skip with a reason. Only with CI=true, where
// nothing may be skipped, is that an error.

import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

process.chdir(path.join(import.meta.dirname, ".."));

const DEMO_PACKAGES = ["libportaudio2", "libasound2-plugins"];
const TEST_PACKAGES = [
  "pulseaudio",
  "pulseaudio-utils",
  "alsa-utils",
  "jackd2",
  "espeak-ng",
  "sox",
  "ffmpeg",
  "flac",
  "python3-numpy",
  "python3-scipy",
  "python3-soundfile",
  "python3-pyaudio",
];
/** Packages by which a machine has a sound server already. */
const SOUND_SERVERS = ["pulseaudio", "pipewire-pulse", "pipewire-alsa", "pipewire-audio"];

const strict = process.env.CI === "true";
const purpose = process.argv[2] ?? "demo";
if (purpose !== "demo" && purpose !== "test") {
  console.error(`setup: expected "demo" or "test", got "${purpose}".`);
  process.exit(2);
}

checkNode();
installNpmPackages();
const missing =
  process.platform === "linux" ? installSystemPackages(purpose) : nameMissingLibrary();
if (missing && strict) {
  console.error("setup: something is missing, and with CI=true nothing may be.");
  process.exit(1);
}
console.log(`setup: ready for the ${purpose}${missing ? ", but for what is named above" : ""}.`);

function checkNode() {
  const wanted = JSON.parse(readFileSync("package.json", "utf8")).engines.node.replace(">=", "");
  const [wantedMajor, wantedMinor] = wanted.split(".").map(Number);
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < wantedMajor || (major === wantedMajor && minor < wantedMinor)) {
    console.error(`setup: Node ${wanted} or newer is needed, this is ${process.versions.node}.`);
    process.exit(1);
  }
}

/** Runs `npm ci` when node_modules is not the one of this lock file on this kind of machine. */
function installNpmPackages() {
  const stampFile = "node_modules/.roomtone-lock.sha256";
  const stamp = createHash("sha256")
    .update(readFileSync("package-lock.json"))
    .update(`${process.platform} ${process.arch}`)
    .digest("hex");
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) {
    return;
  }
  console.log("setup: installing the npm packages of package-lock.json");
  const npm = spawnSync("npm", ["ci", "--include=dev", "--no-audit", "--no-fund"], {
    stdio: "inherit",
    // On Windows npm is a script, which only a shell can start.
    shell: process.platform === "win32",
  });
  if (npm.status !== 0) {
    console.error("setup: npm ci failed.");
    process.exit(1);
  }
  // koffi brings a compiled binary for each platform as a package of its own; no script builds it.
  const koffi = spawnSync(process.execPath, ["-e", 'require("koffi")'], { encoding: "utf8" });
  if (koffi.status !== 0) {
    console.error(`setup: koffi has no binary for this platform.\n${koffi.stderr}`);
    process.exit(1);
  }
  writeFileSync(stampFile, stamp);
}

/** Installs the missing Debian packages where that is possible. True when something stays missing. */
function installSystemPackages(purpose) {
  const wanted = purpose === "test" ? [...DEMO_PACKAGES, ...TEST_PACKAGES] : DEMO_PACKAGES;
  const installed = debianPackages([...wanted, ...SOUND_SERVERS]);
  if (installed === undefined) {
    return nameMissingLibrary();
  }
  let lacking = wanted.filter((name) => !installed.has(name));
  if (lacking.includes("libportaudio2") && hasPortAudio()) {
    // Built from source, or named by ROOMTONE_PORTAUDIO.
    lacking = lacking.filter((name) => name !== "libportaudio2");
  }
  if (purpose === "demo" && installed.has("pipewire-alsa")) {
    // ALSA reaches the sound server without the plugins.
    lacking = lacking.filter((name) => name !== "libasound2-plugins");
  }
  if (lacking.length === 0) {
    return false;
  }

  let stays = false;
  const server = [...installed].find((name) => SOUND_SERVERS.includes(name));
  const desktop = server ?? (process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
  if (lacking.includes("pulseaudio") && (server !== undefined || (desktop && !strict))) {
    // On a desktop, the package would become the user's sound server beside the one in use.
    console.log(
      `setup: pulseaudio is not installed by itself here, because ${
        server === undefined ? "this is a desktop" : `${server} is the sound server`
      }. The tests on real audio need it; they skip without it.`,
    );
    lacking = lacking.filter((name) => name !== "pulseaudio");
    stays = true;
  }
  return (lacking.length > 0 && !aptInstall(lacking)) || stays;
}

/** The names among these that are installed; undefined where there is no dpkg. */
function debianPackages(names) {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the placeholders are dpkg's.
  const format = "-f=${db:Status-Status} ${Package}\\n";
  const query = spawnSync("dpkg-query", ["-W", format, ...names], { encoding: "utf8" });
  if (query.error) {
    return undefined;
  }
  const lines = query.stdout.split("\n").map((line) => line.split(" "));
  return new Set(lines.filter(([status]) => status === "installed").map(([, name]) => name));
}

/** True when all of them are installed afterwards. */
function aptInstall(names) {
  const line = `apt-get install --no-install-recommends --no-remove ${names.join(" ")}`;
  const prefix = rootPrefix();
  if (prefix === undefined || !runs("apt-get", ["--version"])) {
    console.log(`setup: missing: ${names.join(" ")}. To install them, run:\n  sudo ${line}`);
    return false;
  }
  const apt = (...words) => {
    const [command, ...args] = [
      ...prefix,
      "env",
      // jackd2 would ask whether it may run with real-time priority.
      "DEBIAN_FRONTEND=noninteractive",
      "apt-get",
      "-q",
      "-o",
      "DPkg::Lock::Timeout=300",
      ...words,
    ];
    // Its hundred lines matter only when it fails.
    const run = spawnSync(command, args, { stdio: ["ignore", "pipe", "pipe"], encoding: "utf8" });
    if (run.status !== 0) {
      console.log(`${run.stdout ?? ""}${run.stderr ?? ""}`.trimEnd());
    }
    return run.status === 0;
  };
  console.log(`setup: installing ${names.join(" ")} (up to a few minutes)`);
  if (!apt("update")) {
    console.log("setup: apt-get update failed; going on with the package lists that are there.");
  }
  const install = (...some) =>
    apt("install", "--yes", "--no-install-recommends", "--no-remove", ...some);
  if (install(...names)) {
    return true;
  }
  // One of them cannot be had without removing something, or at all: the others still can.
  const failed = names.filter((name) => !install(name));
  if (failed.length > 0) {
    console.log(`setup: could not install ${failed.join(" ")}. By hand:\n  sudo ${line}`);
  }
  return failed.length === 0;
}

/** The words that make a command run as root: none for root itself, undefined without a way. */
function rootPrefix() {
  if (process.getuid() === 0) {
    return [];
  }
  return runs("sudo", ["-n", "true"]) ? ["sudo", "-n"] : undefined;
}

/** Where packages are not ours to install: says how to get PortAudio. True when it is missing. */
function nameMissingLibrary() {
  if (hasPortAudio()) {
    return false;
  }
  const way = {
    darwin: "run: brew install portaudio",
    win32:
      "get portaudio.dll with `vcpkg install portaudio`, or libportaudio64bit.dll from " +
      "https://github.com/spatialaudio/portaudio-binaries, and set ROOMTONE_PORTAUDIO to its path",
  }[process.platform];
  const otherwise = "install your system's package of PortAudio (portaudio or libportaudio2)";
  console.log(`setup: PortAudio was not found; to record from a device, ${way ?? otherwise}.`);
  return true;
}

function hasPortAudio() {
  if (process.env.ROOMTONE_PORTAUDIO) {
    return existsSync(process.env.ROOMTONE_PORTAUDIO);
  }
  switch (process.platform) {
    case "darwin":
      return ["/opt/homebrew", "/usr/local", "/opt/local"].some((prefix) =>
        existsSync(`${prefix}/lib/libportaudio.2.dylib`),
      );
    case "win32":
      return (process.env.PATH ?? "")
        .split(path.delimiter)
        .some((folder) =>
          ["portaudio.dll", "portaudio_x64.dll", "libportaudio64bit.dll"].some((name) =>
            existsSync(path.join(folder, name)),
          ),
        );
    default: {
      // Not on everyone's PATH, but always there with glibc.
      const cache = spawnSync("/sbin/ldconfig", ["-p"], { encoding: "utf8" });
      return cache.stdout?.includes("libportaudio.so.2") ?? false;
    }
  }
}

function runs(command, args) {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}
