import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

/** A device file through which a sound card is recorded from. */
export interface CaptureNode {
  /** `/dev/snd/pcmC0D0c` */
  readonly path: string;
  /** Whether this process may read and write it. */
  readonly usable: boolean;
  /** Whose group may; its number where it has no name. */
  readonly group: string;
}

/** What Linux tells about sound without any library. */
export interface LinuxFacts {
  /** Names of the sound cards that the kernel has found. */
  readonly cards: readonly string[];
  /** Whether /dev/snd is there. */
  readonly devSnd: boolean;
  readonly captureNodes: readonly CaptureNode[];
  /** Whether this process is in the group audio; null where there is no such group. */
  readonly inAudioGroup: boolean | null;
  /** A container, by what gave it away, or `wsl`; null for neither. */
  readonly container: "docker" | "podman" | "lxc" | "kubernetes" | "wsl" | null;
  /** Which sound servers ALSA, and so PortAudio, can reach by a plugin that is installed. */
  readonly alsaPlugins: readonly ("pulse" | "pipewire" | "jack")[];
}

const PLUGIN_FOLDERS = ["usr/lib", "usr/lib64", "usr/local/lib"];

/** Looks around below `root`, which is another folder in tests. */
export function linuxFacts(
  root = "/",
  ownGroups: readonly number[] = process.getgroups?.() ?? [],
): LinuxFacts {
  const groups = groupNames(textOf(path.join(root, "etc/group")));
  const audio = [...groups].find(([, name]) => name === "audio")?.[0];
  const folder = path.join(root, "dev/snd");
  return {
    cards: [
      ...textOf(path.join(root, "proc/asound/cards")).matchAll(/^ *\d+ \[.*?\]: (.*)$/gm),
    ].map(([, name]) => name?.trim() ?? ""),
    devSnd: existsSync(folder),
    captureNodes: namesIn(folder)
      .filter((name) => /^pcm.*c$/.test(name))
      .map((name) => captureNode(path.join(folder, name), groups)),
    inAudioGroup: audio === undefined ? null : ownGroups.includes(audio),
    container: containerOf(root),
    alsaPlugins: (["pulse", "pipewire", "jack"] as const).filter((name) =>
      hasPlugin(root, `libasound_module_pcm_${name}.so`),
    ),
  };
}

function captureNode(file: string, groups: ReadonlyMap<number, string>): CaptureNode {
  const gid = statSync(file, { throwIfNoEntry: false })?.gid ?? -1;
  return { path: file, usable: isUsable(file), group: groups.get(gid) ?? String(gid) };
}

function isUsable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** `audio:x:29:pulse` and so on, from number to name. */
function groupNames(text: string): ReadonlyMap<number, string> {
  return new Map(
    text.split("\n").flatMap((line): [number, string][] => {
      const [name, , gid] = line.split(":");
      return name === undefined || gid === undefined ? [] : [[Number(gid), name]];
    }),
  );
}

function containerOf(root: string): LinuxFacts["container"] {
  const cgroup = textOf(path.join(root, "proc/1/cgroup"));
  if (cgroup.includes("kubepods") || existsSync(path.join(root, "var/run/secrets/kubernetes.io"))) {
    return "kubernetes";
  }
  if (existsSync(path.join(root, ".dockerenv")) || cgroup.includes("docker")) {
    return "docker";
  }
  if (existsSync(path.join(root, "run/.containerenv"))) {
    return "podman";
  }
  if (cgroup.includes("lxc")) {
    return "lxc";
  }
  return /microsoft/i.test(textOf(path.join(root, "proc/version"))) ? "wsl" : null;
}

/** Debian has a folder for each architecture below usr/lib, others have none. */
function hasPlugin(root: string, file: string): boolean {
  return PLUGIN_FOLDERS.some((folder) =>
    ["", ...namesIn(path.join(root, folder)).filter((name) => name.includes("-linux-"))].some(
      (part) => existsSync(path.join(root, folder, part, "alsa-lib", file)),
    ),
  );
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    // What cannot be listed has nothing for us.
    return [];
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // Nothing is known then.
    return "";
  }
}
