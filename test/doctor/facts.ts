import type { Facts, LibraryFacts, TestRecording } from "../../src/doctor/facts.js";
import type { LinuxFacts } from "../../src/doctor/linux.js";
import type { Device, HostApi } from "../../src/hosts/host.js";

const ALSA: HostApi = {
  index: 0,
  structVersion: 1,
  type: 8,
  name: "ALSA",
  deviceCount: 1,
  defaultInputDevice: 0,
  defaultOutputDevice: 0,
};

export const MICROPHONE: Device = {
  host: "portaudio",
  hostApi: ALSA,
  index: 0,
  structVersion: 2,
  name: "USB Audio",
  id: "portaudio:ALSA:USB Audio",
  maxInputChannels: 2,
  maxOutputChannels: 0,
  defaultSampleRate: 48_000,
  defaultLowInputLatency: 0.01,
  defaultHighInputLatency: 0.04,
  defaultLowOutputLatency: 0.01,
  defaultHighOutputLatency: 0.04,
  isDefaultInput: true,
  isDefaultOutput: false,
  isLoopback: false,
};

export const LIBRARY: LibraryFacts = {
  versionText: "PortAudio V19.7.0",
  path: "/usr/lib/libportaudio.so.2",
  hostApis: [ALSA],
  devices: [MICROPHONE],
};

export const LINUX: LinuxFacts = {
  cards: ["USB-Audio - Scarlett"],
  devSnd: true,
  captureNodes: [{ path: "/dev/snd/pcmC0D0c", usable: true, group: "audio" }],
  inAudioGroup: true,
  container: null,
  alsaPlugins: ["pulse"],
};

export const RECORDING: TestRecording = {
  device: "USB Audio",
  isLoopback: false,
  seconds: 2,
  frames: 96_000,
  sampleRate: 48_000,
  channels: 1,
  lostFrames: 0,
  peakDbfs: [-12.3],
  rmsDbfs: [-30.1],
  verdicts: [],
};

/** A Linux machine on which everything is well. */
export const WELL: Facts = {
  roomtone: "0.1.0",
  node: "20.20.2",
  platform: "linux",
  arch: "x64",
  system: "Debian GNU/Linux 12 (bookworm)",
  environment: [],
  linux: LINUX,
  soundServers: [],
  library: LIBRARY,
  recording: RECORDING,
};

/** The same with these facts instead; `undefined` takes one away. */
export function factsWith(
  changes: { readonly [Key in keyof Facts]?: Facts[Key] | undefined },
): Facts {
  const entries = Object.entries({ ...WELL, ...changes }).filter(
    ([, value]) => value !== undefined,
  );
  return Object.fromEntries(entries) as unknown as Facts;
}
