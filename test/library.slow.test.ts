import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { installCommand, libraryCandidates } from "../src/hosts/portaudio/library.js";
import { runScript, type ScriptResult } from "./rig/child.js";
import { requireTool } from "./rig/tools.js";

function run(what: string, env: NodeJS.ProcessEnv = {}): Promise<ScriptResult> {
  const script = fileURLToPath(new URL("./library.child.js", import.meta.url));
  return runScript(script, { args: [what], env: { NODE_DEBUG: undefined, ...env } });
}

describe("where the library is looked for", () => {
  test("on Linux by the loader's names first", () => {
    assert.deepEqual(libraryCandidates("linux", "x64"), [
      "libportaudio.so.2",
      "libportaudio.so",
      "/usr/local/lib/libportaudio.so.2",
    ]);
    assert.equal(libraryCandidates("freebsd", "x64")[0], "libportaudio.so.2");
  });

  test("on macOS in the Homebrew of this processor first", () => {
    const arm = libraryCandidates("darwin", "arm64");
    const intel = libraryCandidates("darwin", "x64");
    assert.equal(arm[0], "/opt/homebrew/lib/libportaudio.2.dylib");
    assert.equal(intel[0], "/usr/local/lib/libportaudio.2.dylib");
    assert.deepEqual([...arm].sort(), [...intel].sort());
    assert.ok(arm.includes("libportaudio.2.dylib"));
  });

  test("on Windows under the names of vcpkg, MSYS2 and of each processor", () => {
    for (const [arch, own, foreign] of [
      ["x64", "libportaudio64bit.dll", "libportaudio32bit.dll"],
      ["ia32", "libportaudio32bit.dll", "libportaudio64bit.dll"],
      ["arm64", "libportaudioarm64.dll", "libportaudio64bit.dll"],
    ] as const) {
      const candidates = libraryCandidates("win32", arch);
      assert.equal(candidates[0], "portaudio.dll");
      assert.ok(candidates.includes("libportaudio-2.dll"));
      assert.ok(candidates.includes(own));
      assert.equal(candidates.includes(foreign), false);
    }
  });
});

describe("the command that installs the library", () => {
  for (const [name, osRelease, command] of [
    ["Debian", "ID=debian\nVERSION_ID=12", "sudo apt-get install libportaudio2"],
    ["Ubuntu", "NAME=Ubuntu\nID=ubuntu\nID_LIKE=debian", "sudo apt-get install libportaudio2"],
    ["Fedora", "ID=fedora", "sudo dnf install portaudio"],
    ["Rocky", 'ID="rocky"\nID_LIKE="rhel centos fedora"', "sudo dnf install portaudio"],
    ["Arch", "ID=arch", "sudo pacman -S portaudio"],
    ["Manjaro", "ID=manjaro\nID_LIKE=arch", "sudo pacman -S portaudio"],
    ["Alpine", "ID=alpine", "sudo apk add portaudio"],
    [
      "openSUSE",
      'ID="opensuse-leap"\nID_LIKE="suse opensuse"',
      "sudo zypper install libportaudio2",
    ],
    ["an unknown Linux", "", "sudo apt-get install libportaudio2"],
  ] as const) {
    test(`is that of ${name}`, () => {
      assert.equal(installCommand("linux", osRelease), command);
    });
  }

  test("is Homebrew's on macOS and vcpkg's on Windows", () => {
    assert.equal(installCommand("darwin", ""), "brew install portaudio");
    assert.match(installCommand("win32", ""), /^vcpkg install portaudio.*ROOMTONE_PORTAUDIO/);
  });
});

describe("a process", { concurrency: 2, timeout: 60_000 }, () => {
  test("that imports all entry points loads no native code, prints nothing and ends", async () => {
    // A library that is not there would be an error if anything looked for it.
    const result = await run("import", { ROOMTONE_PORTAUDIO: "/nowhere/libportaudio.so.2" });
    assert.equal(result.code, 0);
    assert.equal(result.stderr, "");
    const { native, handles }: { native: string[]; handles: string[] } = JSON.parse(result.stdout);
    assert.deepEqual(native, []);
    assert.equal(handles.includes("MessagePort"), false);
    assert.equal(result.stdout.trimEnd().split("\n").length, 1);
  });

  test("that records from a virtual device loads no native code and prints nothing", async () => {
    const result = await run("virtual", { ROOMTONE_PORTAUDIO: "/nowhere/libportaudio.so.2" });
    assert.equal(result.code, 0);
    assert.equal(result.stderr, "");
    const { native }: { native: string[] } = JSON.parse(result.stdout);
    assert.deepEqual(native, []);
  });

  test("without the library gets library-not-found with the command that installs it", async () => {
    const path = "/nowhere/libportaudio.so.2";
    const result = await run("fail", { ROOMTONE_PORTAUDIO: path });
    assert.equal(result.code, 0, result.stderr);
    assert.equal(result.stderr, "");
    const lines = result.stdout.trimEnd().split("\n").slice(0, -1);
    const faults: { call: string; code: string; message: string }[] = JSON.parse(
      `[${lines.join()}]`,
    );
    assert.equal(faults.length, 8);
    for (const { call, code, message } of faults) {
      assert.equal(code, "library-not-found", call);
      assert.ok(message.includes(path), message);
      assert.match(message, /ROOMTONE_PORTAUDIO/);
      assert.match(message, /[Ii]nstall/);
    }
  });

  test("that lists real devices prints nothing to stderr", async (t) => {
    if (!requireTool(t, "libportaudio2")) {
      return;
    }
    const { code, stderr } = await run("real");
    assert.deepEqual([code, stderr], [0, ""]);
  });

  test("that lists real devices under NODE_DEBUG=roomtone shows the native lines", async (t) => {
    if (!requireTool(t, "libportaudio2")) {
      return;
    }
    const folder = await mkdtemp(join(tmpdir(), "roomtone-"));
    try {
      // A device that ALSA complains about, on machines with sound cards and without.
      const config = join(folder, "asound.conf");
      await writeFile(
        config,
        "</usr/share/alsa/alsa.conf>\npcm.broken { type roomtonetest hint { show on } }\n",
      );
      const env = { ALSA_CONFIG_PATH: config };
      const loud = await run("real", { ...env, NODE_DEBUG: "roomtone" });
      assert.equal(loud.code, 0);
      assert.match(loud.stderr, /ALSA lib .*roomtonetest/);
      const quiet = await run("real", env);
      assert.deepEqual([quiet.code, quiet.stderr], [0, ""]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("that lists real devices without an ALSA configuration is told so, and not ended by the library", async (t) => {
    if (!requireTool(t, "libportaudio2")) {
      return;
    }
    const folder = await mkdtemp(join(tmpdir(), "roomtone "));
    try {
      // ALSA takes the space for the end of a first name.
      const spaced = join(folder, "asound.conf");
      await writeFile(spaced, "pcm.default { type null }\n");
      for (const config of ["/nowhere/asound.conf", "/nowhere/a:/nowhere/b", spaced]) {
        const { code, stderr } = await run("real", { ALSA_CONFIG_PATH: config });
        assert.equal(code, 1);
        assert.match(stderr, /AudioError: ALSA_CONFIG_PATH names .*, which cannot be read/);
      }
      // PortAudio fails an assertion of its own without a device of this name.
      const lone = await mkdtemp(join(tmpdir(), "roomtone-"));
      const config = join(lone, "asound.conf");
      for (const text of ["", "pcm.microphone { type null hint { show on } }\n"]) {
        await writeFile(config, text);
        const { code, stderr } = await run("real", { ALSA_CONFIG_PATH: config });
        assert.equal(code, 1);
        assert.match(stderr, /AudioError: ALSA's configuration has no device named default/);
      }
      await rm(lone, { recursive: true });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

test("PortAudio stays loaded when the thread ends that loaded it, and libjack with it", async (t) => {
  if (process.platform !== "linux") {
    t.skip("reads /proc/self/maps");
    return;
  }
  if (!requireTool(t, "libportaudio2")) {
    return;
  }
  const library = new URL("../src/hosts/portaudio/library.js", import.meta.url).href;
  const load = `import(${JSON.stringify(library)}).then(({ loadLibrary }) => loadLibrary());`;
  const loads = new Worker(load, { eval: true });
  assert.deepEqual(await once(loads, "exit"), [0]);
  // Loaded anew for each stream, libjack crashes the process at the 350th.
  assert.match(await readFile("/proc/self/maps", "utf8"), /libportaudio/);
});
