import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync } from "node:fs";
import path from "node:path";
import type { TestContext } from "node:test";

/** Debian's Python, which has Debian's Python packages; another one may come first on PATH. */
export const PYTHON = "/usr/bin/python3";

/** How each thing that a test may need is looked for, and which Debian packages bring it. */
const TOOLS = {
  pulseaudio: {
    present: () => ["pulseaudio", "pacat", "pactl", "setpriv"].every(onPath) && hasPulsePlugin(),
    packages: "pulseaudio pulseaudio-utils libasound2-plugins",
  },
  jackd: {
    present: () => ["jackd", "jack_lsp", "setpriv"].every(onPath),
    packages: "jackd2",
  },
  arecord: { present: () => onPath("arecord"), packages: "alsa-utils" },
  "espeak-ng": { present: () => onPath("espeak-ng"), packages: "espeak-ng" },
  sox: { present: () => onPath("sox"), packages: "sox" },
  ffmpeg: { present: () => ["ffmpeg", "ffprobe"].every(onPath), packages: "ffmpeg" },
  flac: { present: () => ["flac", "metaflac"].every(onPath), packages: "flac" },
  python3: { present: () => existsSync(PYTHON), packages: "python3" },
  "python3-numpy": { present: () => pythonHas("numpy"), packages: "python3-numpy" },
  "python3-scipy": { present: () => pythonHas("scipy.signal"), packages: "python3-scipy" },
  "python3-soundfile": { present: () => pythonHas("soundfile"), packages: "python3-soundfile" },
  "python3-pyaudio": { present: () => pythonHas("pyaudio"), packages: "python3-pyaudio" },
  libportaudio2: { present: hasPortAudio, packages: "libportaudio2" },
} as const satisfies Record<string, { present: () => boolean; packages: string }>;

export type Tool = keyof typeof TOOLS;

const known = new Map<Tool, boolean>();

/**
 * True when every tool is there. Otherwise the test is skipped with the reason and the answer is
 * false, so that the test can return; with CI=true a missing tool is an error, because there
 * nothing may be skipped.
 */
export function requireTool(t: TestContext, ...tools: readonly Tool[]): boolean {
  const missing = tools.filter((tool) => !isPresent(tool));
  if (missing.length === 0) {
    return true;
  }
  const packages = missing.map((tool) => TOOLS[tool].packages).join(" ");
  const reason = `needs ${missing.join(", ")}: sudo apt-get install ${packages}`;
  if (process.env.CI === "true") {
    throw new Error(`This test ${reason}. Nothing is skipped where CI=true.`);
  }
  t.skip(reason);
  return false;
}

function isPresent(tool: Tool): boolean {
  let present = known.get(tool);
  if (present === undefined) {
    present = TOOLS[tool].present();
    known.set(tool, present);
  }
  return present;
}

function onPath(command: string): boolean {
  return (process.env.PATH ?? "").split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function pythonHas(module: string): boolean {
  return spawnSync(PYTHON, ["-c", `import ${module}`], { stdio: "ignore" }).status === 0;
}

function hasPortAudio(): boolean {
  if (existsSync(process.env.ROOMTONE_PORTAUDIO ?? "")) {
    return true;
  }
  const libraries = spawnSync("/sbin/ldconfig", ["-p"], { encoding: "utf8" }).stdout;
  return libraries?.includes("libportaudio.so.2") ?? false;
}

/**
 * ALSA's plugin that leads to PulseAudio; without it PortAudio cannot reach the private microphone.
 */
function hasPulsePlugin(): boolean {
  return ["/usr/lib", "/usr/lib64"]
    .flatMap((root) => [root, ...foldersIn(root)])
    .some((folder) => existsSync(path.join(folder, "alsa-lib/libasound_module_pcm_pulse.so")));
}

function foldersIn(root: string): string[] {
  if (!existsSync(root)) {
    return [];
  }
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => path.join(root, entry.name));
}
