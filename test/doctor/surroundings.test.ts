import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { environmentFacts, type Known } from "../../src/doctor/environment.js";
import { linuxFacts } from "../../src/doctor/linux.js";
import { socketsOf, soundServers } from "../../src/doctor/sound-servers.js";
import { privacyOf } from "../../src/doctor/windows-privacy.js";

const folder = mkdtempSync(path.join(tmpdir(), "roomtone-doctor-"));
after(() => rmSync(folder, { recursive: true, force: true }));

describe("variables of the environment", () => {
  const known: Known = {
    platform: "linux",
    uid: 1000,
    exists: (file) => ["/there", "/run/user/1000"].includes(file),
    ownerOf: (file) => (file === "/there" ? 1000 : 0),
  };
  const problems = (
    environment: NodeJS.ProcessEnv,
    platform: NodeJS.Platform = "linux",
  ): string[] =>
    environmentFacts({ XDG_RUNTIME_DIR: "/there", ...environment }, { ...known, platform }).flatMap(
      ({ name, problem }) => (problem === undefined ? [] : [`${name}: ${problem}`]),
    );

  test("those that are set are told, those that are empty are not", () => {
    const facts = environmentFacts({ AUDIODEV: "hw:0", ALSA_CARD: "", PATH: "/bin" }, known);
    assert.deepEqual(
      facts.filter(({ problem }) => problem === undefined).map(({ name, value }) => [name, value]),
      [["AUDIODEV", "hw:0"]],
    );
  });

  test("paths that lead nowhere are problems", () => {
    assert.deepEqual(
      problems({
        ROOMTONE_PORTAUDIO: "/gone/libportaudio.so",
        PULSE_SERVER: "unix:/gone/native",
        ALSA_CONFIG_PATH: "/there:/gone",
      }),
      [
        "ROOMTONE_PORTAUDIO: there is no such file",
        "PULSE_SERVER: there is no such socket",
        "ALSA_CONFIG_PATH: not all of these files exist",
      ],
    );
    assert.deepEqual(
      problems({
        ROOMTONE_PORTAUDIO: "libportaudio.so.2",
        PULSE_SERVER: "tcp:10.0.0.2:4713",
        ALSA_CONFIG_PATH: "/there",
      }),
      [],
    );
    assert.deepEqual(problems({ PULSE_SERVER: "/there", ROOMTONE_PORTAUDIO: "/there" }), []);
  });

  test("a runtime folder that is missing, gone or another user's is a problem on Linux alone", () => {
    assert.match(problems({ XDG_RUNTIME_DIR: undefined })[0] ?? "", /it is not set, though/);
    assert.match(problems({ XDG_RUNTIME_DIR: "/gone" })[0] ?? "", /no such folder/);
    assert.match(problems({ XDG_RUNTIME_DIR: "/run/user/1000" })[0] ?? "", /another user/);
    assert.deepEqual(problems({ XDG_RUNTIME_DIR: undefined }, "darwin"), []);
    const other = { ...known, exists: () => false };
    assert.deepEqual(environmentFacts({}, other), []);
  });

  test("each problem has a remedy", () => {
    for (const environment of [{}, { XDG_RUNTIME_DIR: "/gone" }, { ROOMTONE_PORTAUDIO: "/gone" }]) {
      for (const { problem, remedy } of environmentFacts(environment, known)) {
        assert.equal(remedy === undefined, problem === undefined);
      }
    }
  });
});

describe("what Linux tells", () => {
  function root(name: string, files: Readonly<Record<string, string>>): string {
    const place = path.join(folder, name);
    mkdirSync(place);
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(place, file)), { recursive: true });
      writeFileSync(path.join(place, file), text);
    }
    return place;
  }

  test("cards, capture devices, group and plugins", () => {
    const place = root("machine", {
      "etc/group": "root:x:0:\naudio:x:29:pulse\n",
      "proc/asound/cards":
        " 0 [PCH            ]: HDA-Intel - HDA Intel PCH\n                      HDA Intel PCH at 0xf\n 1 [USB            ]: USB-Audio - Scarlett\n",
      "dev/snd/pcmC0D0c": "",
      "dev/snd/pcmC0D0p": "",
      "dev/snd/controlC0": "",
      "usr/lib/x86_64-linux-gnu/alsa-lib/libasound_module_pcm_pulse.so": "",
      "usr/lib64/alsa-lib/libasound_module_pcm_pipewire.so": "",
    });
    const facts = linuxFacts(place, [29]);
    assert.deepEqual(facts.cards, ["HDA-Intel - HDA Intel PCH", "USB-Audio - Scarlett"]);
    assert.equal(facts.devSnd, true);
    assert.deepEqual(
      facts.captureNodes.map(({ path: file, usable }) => [path.basename(file), usable]),
      [["pcmC0D0c", true]],
    );
    assert.equal(facts.inAudioGroup, true);
    assert.equal(facts.container, null);
    assert.deepEqual(facts.alsaPlugins, ["pulse", "pipewire"]);
    assert.equal(linuxFacts(place, [1000]).inAudioGroup, false);
  });

  test("nothing at all", () => {
    assert.deepEqual(linuxFacts(root("empty", {}), []), {
      cards: [],
      devSnd: false,
      captureNodes: [],
      inAudioGroup: null,
      container: null,
      alsaPlugins: [],
    });
  });

  for (const [container, file, text] of [
    ["docker", ".dockerenv", ""],
    ["docker", "proc/1/cgroup", "0::/docker/abc"],
    ["podman", "run/.containerenv", ""],
    ["lxc", "proc/1/cgroup", "1:name=systemd:/lxc/abc"],
    ["kubernetes", "proc/1/cgroup", "0::/kubepods/besteffort"],
    ["wsl", "proc/version", "Linux version 5.15.90.1-microsoft-standard-WSL2"],
  ] as const) {
    test(`${container} by ${file}`, () => {
      const place = root(`${container}-${path.basename(file)}`, { [file]: text });
      assert.equal(linuxFacts(place, []).container, container);
    });
  }
});

describe("sound servers", () => {
  test("sockets are looked for where the variables say", () => {
    const all = (environment: NodeJS.ProcessEnv): string[] =>
      socketsOf(environment, 1000, () => true).map(({ name, where }) => `${name} ${where}`);
    assert.deepEqual(all({}), [
      "PulseAudio /run/user/1000/pulse/native",
      "PulseAudio /run/pulse/native",
      "PulseAudio /mnt/wslg/PulseServer",
      "PipeWire /run/user/1000/pipewire-0",
    ]);
    assert.deepEqual(
      all({
        XDG_RUNTIME_DIR: "/r",
        PULSE_SERVER: "{abc}unix:/s/native",
        PIPEWIRE_RUNTIME_DIR: "/p",
      }),
      [
        "PulseAudio /s/native",
        "PulseAudio /r/pulse/native",
        "PulseAudio /run/pulse/native",
        "PulseAudio /mnt/wslg/PulseServer",
        "PipeWire /p/pipewire-0",
      ],
    );
    assert.deepEqual(
      socketsOf({ PULSE_SERVER: "tcp:host" }, 1000, () => false),
      [],
    );
  });

  test("a socket answers, or nobody listens there", async (t) => {
    if (process.platform === "win32") {
      t.skip("has sockets of another kind");
      return;
    }
    const run = path.join(folder, "run");
    mkdirSync(path.join(run, "pulse"), { recursive: true });
    writeFileSync(path.join(run, "pulse/native"), "no socket at all");
    const server = createServer().listen(path.join(run, "pipewire-0"));
    t.after(() => server.close());
    const found = await soundServers({ XDG_RUNTIME_DIR: run });
    const ours = found.filter(({ where }) => where.startsWith(run));
    assert.deepEqual(
      ours.map(({ name, answers }) => [name, answers]),
      [
        ["PulseAudio", false],
        ["PipeWire", true],
      ],
    );
  });
});

describe("Windows' privacy settings", () => {
  const answer = (value: string): string =>
    `\r\nHKEY_CURRENT_USER\\Software\\...\\microphone\r\n    Value    REG_SZ    ${value}\r\n\r\n`;

  test("each key can deny, and one that allows is enough to know", () => {
    assert.equal(privacyOf([answer("Allow"), answer("Allow"), answer("Deny")]), "denied");
    assert.equal(privacyOf([answer("Deny"), "", ""]), "denied");
    assert.equal(privacyOf(["", answer("Allow"), ""]), "allowed");
    assert.equal(privacyOf(["", "ERROR: The system was unable to find", ""]), "unknown");
  });
});
