import { readFileSync } from "node:fs";
import koffi, { type LibraryHandle } from "koffi";
import { AudioError, asError } from "../../errors.js";

/** Where PortAudio is looked for, in order: names are searched by the system's loader, paths are taken as they are. */
export function libraryCandidates(platform: NodeJS.Platform, arch: string): readonly string[] {
  if (platform === "darwin") {
    const homebrewArm = "/opt/homebrew/lib/libportaudio.2.dylib";
    const homebrewIntel = "/usr/local/lib/libportaudio.2.dylib";
    return [
      ...(arch === "arm64" ? [homebrewArm, homebrewIntel] : [homebrewIntel, homebrewArm]),
      "/opt/local/lib/libportaudio.2.dylib",
      "libportaudio.2.dylib",
      "libportaudio.dylib",
    ];
  }
  if (platform === "win32") {
    const own =
      arch === "arm64"
        ? "libportaudioarm64.dll"
        : arch === "ia32"
          ? "libportaudio32bit.dll"
          : "libportaudio64bit.dll";
    return ["portaudio.dll", "portaudio_x64.dll", own, "libportaudio-2.dll", "libportaudio.dll"];
  }
  return ["libportaudio.so.2", "libportaudio.so", "/usr/local/lib/libportaudio.so.2"];
}

/** The command that installs PortAudio on this platform; `osRelease` is the text of /etc/os-release on Linux. */
export function installCommand(platform: NodeJS.Platform, osRelease: string): string {
  if (platform === "darwin") {
    return "brew install portaudio";
  }
  if (platform === "win32") {
    return "vcpkg install portaudio (then set ROOMTONE_PORTAUDIO to the path of portaudio.dll)";
  }
  const ids =
    (/^ID=(.*)$/m.exec(osRelease)?.[1] ?? "") + (/^ID_LIKE=(.*)$/m.exec(osRelease)?.[1] ?? "");
  if (/fedora|rhel|centos/.test(ids)) {
    return "sudo dnf install portaudio";
  }
  if (/arch/.test(ids)) {
    return "sudo pacman -S portaudio";
  }
  if (/alpine/.test(ids)) {
    return "sudo apk add portaudio";
  }
  if (/suse/.test(ids)) {
    return "sudo zypper install libportaudio2";
  }
  return "sudo apt-get install libportaudio2";
}

/**
 * Loads PortAudio: from `ROOMTONE_PORTAUDIO` if it is set, else from the usual places.
 * Throws AudioError `library-not-found` that names what was tried and the command that installs it.
 */
export function loadLibrary(): LibraryHandle {
  const asked = process.env.ROOMTONE_PORTAUDIO;
  const candidates =
    asked === undefined || asked === ""
      ? libraryCandidates(process.platform, process.arch)
      : [asked];
  const failures: Error[] = [];
  for (const candidate of candidates) {
    try {
      const library = koffi.load(candidate);
      keepLoaded(candidate);
      return library;
    } catch (error) {
      failures.push(asError(error));
    }
  }
  const place =
    asked === undefined || asked === ""
      ? `Tried ${candidates.join(", ")}.`
      : `ROOMTONE_PORTAUDIO names ${asked}, which could not be loaded: ${failures[0]?.message}.`;
  throw new AudioError(
    "library-not-found",
    `The PortAudio library was not found. Install it with: ${installCommand(process.platform, osRelease())}. ${place}`,
    { cause: new AggregateError(failures, failures.map((failure) => failure.message).join("; ")) },
  );
}

/** From dlfcn.h, the same on Linux, macOS and the BSDs. */
const RTLD_NOW = 2;

/**
 * koffi lets go of a library when the thread ends that loaded it. Libraries below PortAudio do not bear being loaded
 * anew again and again: libjack takes some of the process's thread-local keys each time, never gives them back, and
 * crashes in its initialiser when there are no more (after some 350 times). A handle of our own keeps them all for the
 * life of the process.
 */
function keepLoaded(file: string): void {
  if (process.platform === "win32") {
    return;
  }
  try {
    koffi.load(null).func("void *dlopen(const char *file, int mode)")(file, RTLD_NOW);
  } catch {
    // A C library without dlopen could not have loaded it in the first place; it is then as koffi leaves it.
  }
}

function osRelease(): string {
  try {
    return readFileSync("/etc/os-release", "utf8");
  } catch {
    // Not every system has the file; the default command is then the best guess.
    return "";
  }
}
