import type { Device } from "../hosts/host.js";
import type { Facts, Fault, TestRecording } from "./facts.js";
import { accessRemedy, silenceRemedy } from "./remedies.js";

/** Something that the doctor has to say. */
export interface Finding {
  /** `fault` stands in the way of recording, `warning` may do so, `ok` is as it should be. */
  readonly level: "fault" | "warning" | "ok";
  /** A stable word. */
  readonly code: string;
  readonly text: string;
  /** What to do. */
  readonly remedy?: string;
}

/** What the facts mean, the worst first. */
export function diagnose(facts: Facts): readonly Finding[] {
  const findings = [
    ...libraryFindings(facts),
    ...recordingFindings(facts),
    ...systemFindings(facts),
    ...environmentFindings(facts),
  ];
  const order: readonly Finding["level"][] = ["fault", "warning", "ok"];
  return findings.sort((a, b) => order.indexOf(a.level) - order.indexOf(b.level));
}

function libraryFindings(facts: Facts): Finding[] {
  const { library, libraryFault } = facts;
  if (libraryFault !== undefined) {
    return [libraryFinding(facts, libraryFault)];
  }
  if (library === undefined) {
    return [];
  }
  const inputs = library.devices.filter((device) => device.maxInputChannels > 0);
  const apis = library.hostApis.map(({ name }) => name).join(", ");
  return [
    { level: "ok", code: "library", text: `${library.versionText}, with ${apis || "no host API"}` },
    ...(inputs.length === 0 ? [noInput(facts)] : []),
    ...(inputs.length > 0 && !inputs.some((device) => device.isDefaultInput)
      ? [noDefault(inputs)]
      : []),
  ];
}

function libraryFinding(facts: Facts, { code, message }: Fault): Finding {
  const text = `PortAudio: ${message}`;
  switch (code) {
    case "library-not-found": {
      const asked = facts.environment.find(({ name }) => name === "ROOMTONE_PORTAUDIO");
      return {
        level: "fault",
        code,
        text: message,
        remedy:
          asked === undefined
            ? "install PortAudio by the command above"
            : "correct ROOMTONE_PORTAUDIO or unset it, so that the system's library is found",
      };
    }
    case "hung":
      return {
        level: "fault",
        code: "listing-hangs",
        text: `${text}: a driver or a sound server hangs`,
        remedy:
          facts.platform === "linux"
            ? "restart the sound server (systemctl --user restart pipewire pipewire-pulse, or pulseaudio -k)"
            : "unplug USB and Bluetooth audio devices, then restart the machine",
      };
    default:
      return {
        level: "fault",
        code: `library-${code}`,
        text,
        remedy: "NODE_DEBUG=roomtone roomtone devices shows what the system's libraries say",
      };
  }
}

function noInput(facts: Facts): Finding {
  return {
    // The device that was asked for may be none of PortAudio's.
    level: facts.recording === undefined ? "fault" : "warning",
    code: "no-input-device",
    text: "PortAudio finds no device to record from",
    remedy: accessRemedy(facts),
  };
}

function noDefault(inputs: readonly Device[]): Finding {
  return {
    level: "warning",
    code: "no-default-input",
    text: "No input is the system's default",
    remedy: `name one: ${inputs.map(({ name }) => JSON.stringify(name)).join(", ")}`,
  };
}

function recordingFindings(facts: Facts): Finding[] {
  const { recording, recordingFault } = facts;
  if (recordingFault !== undefined) {
    return isToldAlready(facts, recordingFault) ? [] : [recordingFinding(facts, recordingFault)];
  }
  return recording === undefined ? [] : soundFindings(facts, recording);
}

/** Without a library or a device there is nothing to record from either: one finding for one fault. */
function isToldAlready({ libraryFault, library, askedDevice }: Facts, { code }: Fault): boolean {
  return (
    libraryFault?.code === code ||
    (askedDevice === undefined &&
      code === "device-not-found" &&
      library?.devices.every((device) => device.maxInputChannels === 0) === true)
  );
}

function recordingFinding(facts: Facts, { code, message }: Fault): Finding {
  const remedies: Readonly<Partial<Record<Fault["code"], string>>> = {
    "device-busy":
      facts.platform === "linux"
        ? "close the program that holds it (fuser -v /dev/snd/* tells which), or record from the sound server's device: default, pulse"
        : "close the program that holds it, or take it out of its exclusive mode",
    "device-not-found": "choose one of `roomtone devices` with --device",
    "device-ambiguous": "give the id of one of them to --device",
    "permission-denied": accessRemedy(facts),
    "format-not-supported": "choose another device with --device",
    stalled: "choose another device with --device, or restart the sound server",
    "device-lost": "look at its plug and cable, then try again",
    hung: "restart the sound server, or unplug the device and plug it in again",
  };
  const remedy = remedies[code];
  return {
    level: "fault",
    code: `recording-${code}`,
    text: `The test recording failed: ${message}`,
    ...(remedy !== undefined && { remedy }),
  };
}

function soundFindings(facts: Facts, recording: TestRecording): Finding[] {
  const zeros = recording.verdicts.some(({ code }) => code === "all-zeros");
  const loud = recording.peakDbfs.map((peak) => (peak === null ? "silence" : peak.toFixed(1)));
  const { device, seconds, lostFrames } = recording;
  return [
    ...(zeros
      ? [
          {
            level: "fault",
            code: "all-zeros",
            text: `${device} gives nothing but zeros`,
            remedy: silenceRemedy(facts),
          } as const,
        ]
      : [
          {
            level: "ok",
            code: "recording",
            text: `${seconds.toFixed(1)} s recorded from ${device}, peak ${loud.join(", ")} dBFS`,
          } as const,
        ]),
    ...(lostFrames === 0
      ? []
      : [
          {
            level: "warning",
            code: "frames-lost",
            text: `${lostFrames} of ${recording.frames} frames were lost`,
            remedy: "a deeper buffer helps on a busy machine: --latency 1",
          } as const,
        ]),
    ...(recording.isLoopback
      ? [
          {
            level: "warning",
            code: "records-the-speaker",
            text: `${device} hears what the machine plays, it is no microphone`,
            remedy: "choose a microphone with --device, or as the system's default input",
          } as const,
        ]
      : []),
    ...recording.verdicts
      .filter(({ code }) => code !== "all-zeros")
      .map(({ code, text }): Finding => ({ level: "warning", code: `sound-${code}`, text })),
  ];
}

function systemFindings(facts: Facts): Finding[] {
  const { linux, soundServers, windowsPrivacy } = facts;
  const findings: Finding[] = [];
  if (windowsPrivacy === "denied") {
    findings.push({
      level: "fault",
      code: "privacy",
      text: "Windows does not let desktop programs use the microphone",
      remedy: silenceRemedy(facts),
    });
  }
  for (const { name, where } of soundServers.filter(({ answers }) => answers === false)) {
    findings.push({
      level: "warning",
      code: "dead-socket",
      text: `Nobody answers at ${name}'s socket ${where}`,
      remedy: `start ${name} again, or log in anew`,
    });
  }
  if (linux === undefined) {
    return findings;
  }
  const reachable = soundServers.filter(({ answers }) => answers === true);
  for (const [server, plugin, packages] of [
    ["PulseAudio", "pulse", "libasound2-plugins"],
    ["PipeWire", "pipewire", "pipewire-alsa"],
  ] as const) {
    // PipeWire is reached as PulseAudio too.
    const served = linux.alsaPlugins.includes(plugin) || linux.alsaPlugins.includes("pulse");
    if (reachable.some(({ name }) => name === server) && !served) {
      findings.push({
        level: "warning",
        code: "no-alsa-plugin",
        text: `${server} runs, but ALSA has no plugin by which PortAudio could reach it`,
        remedy: `sudo apt-get install ${packages} (or your system's package with libasound_module_pcm_${plugin}.so)`,
      });
    }
  }
  const refused = linux.captureNodes.filter(({ usable }) => !usable);
  if (refused.length > 0 && reachable.length === 0) {
    const group = refused[0]?.group ?? "audio";
    findings.push({
      level: "warning",
      code: "no-permission",
      text: `${refused.map(({ path }) => path).join(", ")}: this user may not read ${refused.length === 1 ? "it" : "them"}`,
      remedy: `sudo usermod -aG ${group} "$USER", then log in anew`,
    });
  }
  return findings;
}

function environmentFindings({ environment }: Facts): Finding[] {
  return environment.flatMap(({ name, value, problem, remedy }): Finding[] =>
    problem === undefined
      ? []
      : [
          {
            level: "warning",
            code: `environment-${name}`,
            text: `${name}${value === null ? "" : `=${value}`}: ${problem}`,
            ...(remedy !== undefined && { remedy }),
          },
        ],
  );
}
