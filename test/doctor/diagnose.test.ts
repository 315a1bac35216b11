import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { diagnose, type Finding } from "../../src/doctor/diagnose.js";
import type { Facts } from "../../src/doctor/facts.js";
import { isWell, page } from "../../src/doctor/page.js";
import { factsWith, LIBRARY, LINUX, MICROPHONE, RECORDING, WELL } from "./facts.js";

/** What is found beside what is as it should be, as `level code`. */
function troubles(facts: Facts): string[] {
  return diagnose(facts)
    .filter(({ level }) => level !== "ok")
    .map(({ level, code }) => `${level} ${code}`);
}

function finding(facts: Facts, code: string): Finding {
  const found = diagnose(facts).find((one) => one.code === code);
  assert.ok(found, `${code} among ${troubles(facts).join(", ")}`);
  return found;
}

/** The silence of a microphone that is muted or forbidden. */
const ZEROS = {
  ...RECORDING,
  peakDbfs: [null],
  rmsDbfs: [null],
  verdicts: [{ code: "all-zeros", text: "all zeros" }],
};

describe("what the doctor makes of facts", () => {
  test("all is well", () => {
    assert.deepEqual(troubles(WELL), []);
    assert.match(page(WELL, diagnose(WELL)), /^Recording works\.\n/);
    assert.match(
      finding(WELL, "recording").text,
      /2\.0 s recorded from USB Audio, peak -12\.3 dBFS/,
    );
  });

  test("without a test recording it does not say that recording works", () => {
    const facts = factsWith({ recording: undefined });
    assert.deepEqual(troubles(facts), []);
    assert.match(
      page(facts, diagnose(facts)),
      /^Nothing was found .*; no test recording was made\.\n/,
    );
  });

  test("a missing library is one fault, though nothing could be recorded either", () => {
    const message = "The PortAudio library was not found. Install it with: brew install portaudio.";
    const fault = { code: "library-not-found", message } as const;
    const facts = factsWith({
      library: undefined,
      recording: undefined,
      libraryFault: fault,
      recordingFault: fault,
    });
    assert.deepEqual(troubles(facts), ["fault library-not-found"]);
    assert.equal(finding(facts, "library-not-found").text, message);
    assert.equal(isWell(diagnose(facts)), false);
    assert.match(
      page(facts, diagnose(facts)),
      /^Recording does not work: one thing stands in the way\./,
    );
  });

  test("a library that is named and missing is the variable's fault", () => {
    const environment = [
      { name: "ROOMTONE_PORTAUDIO", value: "/x.so", meaning: "", problem: "no" },
    ];
    const libraryFault = { code: "library-not-found", message: "not found" } as const;
    const facts = factsWith({ library: undefined, libraryFault, environment });
    assert.match(
      finding(facts, "library-not-found").remedy ?? "",
      /ROOMTONE_PORTAUDIO or unset it/,
    );
    assert.deepEqual(troubles(facts), [
      "fault library-not-found",
      "warning environment-ROOMTONE_PORTAUDIO",
    ]);
  });

  test("a listing that hangs, or ends its process, is told with a remedy", () => {
    for (const [code, expected] of [
      ["hung", "listing-hangs"],
      ["died", "library-died"],
      ["host-error", "library-host-error"],
    ] as const) {
      for (const platform of ["linux", "darwin"] as const) {
        const libraryFault = { code, message: "what happened" };
        const facts = factsWith({
          platform,
          library: undefined,
          recording: undefined,
          libraryFault,
        });
        const { level, text, remedy } = finding(facts, expected);
        assert.equal(level, "fault");
        assert.match(text, /what happened/);
        assert.ok(remedy);
      }
    }
  });

  test("no device to record from is one fault, with the remedy of the platform", () => {
    const none = {
      library: { ...LIBRARY, devices: [{ ...MICROPHONE, maxInputChannels: 0 }] },
      recording: undefined,
      recordingFault: { code: "device-not-found", message: "none" },
    } as const;
    const here = (linux: Partial<typeof LINUX>, servers: Facts["soundServers"] = []): Facts =>
      factsWith({ ...none, linux: { ...LINUX, ...linux }, soundServers: servers });
    const answering = [
      { name: "PulseAudio", seen: "socket", where: "/run/pulse/native", answers: true },
    ] as const;
    const refused = [{ path: "/dev/snd/pcmC0D0c", usable: false, group: "audio" }];
    for (const [facts, remedy] of [
      [factsWith({ ...none, platform: "darwin", linux: undefined }), /System Settings/],
      [factsWith({ ...none, platform: "win32", linux: undefined }), /Settings, Privacy & security/],
      [here({ container: "docker", devSnd: false, captureNodes: [] }), /--device \/dev\/snd/],
      [here({ container: "wsl", devSnd: false, captureNodes: [] }), /WSLg/],
      [here({ captureNodes: refused, inAudioGroup: false }), /usermod -aG audio/],
      [here({ cards: [], captureNodes: [] }), /connect a microphone/],
      [here({}), /alsamixer/],
      [here({}, answering), /pactl list short sources/],
    ] as const) {
      const found = finding(facts, "no-input-device");
      assert.equal(found.level, "fault");
      assert.match(found.remedy ?? "", remedy);
      assert.equal(troubles(facts).filter((one) => one.startsWith("fault")).length, 1);
    }
  });

  test("a device that was asked for may work where PortAudio has none", () => {
    const facts = factsWith({ library: { ...LIBRARY, devices: [] }, askedDevice: "virtual:tone" });
    assert.deepEqual(troubles(facts), ["warning no-input-device"]);
  });

  test("devices of which none is the default are named", () => {
    const devices = [{ ...MICROPHONE, isDefaultInput: false }];
    const facts = factsWith({ library: { ...LIBRARY, devices } });
    assert.deepEqual(troubles(facts), ["warning no-default-input"]);
    assert.match(finding(facts, "no-default-input").remedy ?? "", /"USB Audio"/);
  });

  test("each way in which a recording fails has a remedy", () => {
    for (const code of [
      "device-busy",
      "device-not-found",
      "device-ambiguous",
      "permission-denied",
      "format-not-supported",
      "stalled",
      "device-lost",
      "hung",
    ] as const) {
      for (const platform of ["linux", "win32"] as const) {
        const recordingFault = { code, message: "so it went" };
        const facts = factsWith({ platform, recording: undefined, recordingFault });
        const { level, text, remedy } = finding(facts, `recording-${code}`);
        assert.equal(level, "fault");
        assert.match(text, /so it went/);
        assert.ok(remedy, code);
      }
    }
    const recordingFault = { code: "internal", message: "so it went" } as const;
    assert.equal(
      finding(factsWith({ recording: undefined, recordingFault }), "recording-internal").remedy,
      undefined,
    );
  });

  test("zeros are a fault: on macOS and Windows the privacy settings", () => {
    for (const [platform, remedy] of [
      ["darwin", /Microphone, and start it anew/],
      ["win32", /Microphone, and look whether it is muted/],
      ["linux", /muted/],
    ] as const) {
      const linux = platform === "linux" ? LINUX : undefined;
      const facts = factsWith({ platform, linux, recording: ZEROS });
      assert.deepEqual(troubles(facts), ["fault all-zeros"]);
      assert.match(finding(facts, "all-zeros").remedy ?? "", remedy);
    }
  });

  test("what is wrong with the sound, lost frames and a monitor are warnings", () => {
    const recording = {
      ...RECORDING,
      lostFrames: 480,
      isLoopback: true,
      verdicts: [{ code: "clipped", text: "clipped 3 times" }],
    };
    const facts = factsWith({ recording });
    assert.deepEqual(troubles(facts), [
      "warning frames-lost",
      "warning records-the-speaker",
      "warning sound-clipped",
    ]);
    assert.equal(isWell(diagnose(facts)), true);
    assert.equal(finding(facts, "sound-clipped").text, "clipped 3 times");
  });

  test("Windows' privacy settings are a fault", () => {
    const facts = factsWith({ platform: "win32", linux: undefined, windowsPrivacy: "denied" });
    assert.deepEqual(troubles(facts), ["fault privacy"]);
    for (const windowsPrivacy of ["allowed", "unknown"] as const) {
      assert.deepEqual(
        troubles(factsWith({ platform: "win32", linux: undefined, windowsPrivacy })),
        [],
      );
    }
  });

  test("a socket at which nobody answers, and a server that ALSA cannot reach", () => {
    const socket = { name: "PulseAudio", seen: "socket", where: "/run/pulse/native" } as const;
    const dead = factsWith({ soundServers: [{ ...socket, answers: false }] });
    assert.deepEqual(troubles(dead), ["warning dead-socket"]);
    const linux = { ...LINUX, alsaPlugins: [] };
    const unreachable = factsWith({ linux, soundServers: [{ ...socket, answers: true }] });
    assert.deepEqual(troubles(unreachable), ["warning no-alsa-plugin"]);
    assert.match(finding(unreachable, "no-alsa-plugin").remedy ?? "", /libasound2-plugins/);
    const process = { name: "PulseAudio", seen: "process", where: "pulseaudio" } as const;
    assert.deepEqual(troubles(factsWith({ linux, soundServers: [process] })), []);
  });

  test("sound cards that this user may not open matter where no server stands in", () => {
    const linux = {
      ...LINUX,
      captureNodes: [{ path: "/dev/snd/pcmC0D0c", usable: false, group: "sound" }],
    };
    const facts = factsWith({ linux });
    assert.deepEqual(troubles(facts), ["warning no-permission"]);
    assert.match(finding(facts, "no-permission").remedy ?? "", /usermod -aG sound/);
    const server = { name: "PipeWire", seen: "socket", where: "/x", answers: true } as const;
    assert.deepEqual(troubles(factsWith({ linux, soundServers: [server] })), []);
  });

  test("faults come before warnings, and those before what is well", () => {
    const environment = [{ name: "PULSE_SERVER", value: "unix:/x", meaning: "", problem: "gone" }];
    const levels = diagnose(factsWith({ environment, recording: ZEROS })).map(({ level }) => level);
    assert.deepEqual(levels, ["fault", "warning", "ok"]);
  });
});
