// Watches the devices while a stream records a ramp, and changes the ALSA configuration meanwhile.
import { readFileSync } from "node:fs";
import {
  AudioError,
  type Device,
  type DeviceChange,
  devices,
  InputStream,
  refreshDevices,
  watchDevices,
} from "../../../src/index.js";
import { quietDevice, writeAlsaConfig } from "./alsa-config.js";
import { PassingRamp, type RampSeen } from "./passing-ramp.js";
import { ready, report } from "./task.js";

export interface WatchRecordingReport extends WhileOpen {
  readonly ramp: RampSeen;
  readonly droppedFrames: number;
  /** The names of the first list. */
  readonly first: readonly string[];
  /** What `devices()` gave when the stream was closed. */
  readonly after: readonly string[];
}

interface WhileOpen {
  /** What was told after each change of the configuration. */
  readonly told: readonly (readonly string[])[];
  /** The names of the newest list, as the last change and as the watch itself have it. */
  readonly newest: readonly (readonly string[])[];
  /** Whether `devices()` gave the same list as before. */
  readonly frozen: boolean;
  /** The code of the error of `refreshDevices()`. */
  readonly refresh: string;
}

const RATE = 44_100;
const MICROPHONES = readFileSync(process.env.ALSA_CONFIG_PATH ?? "", "utf8").split("\n");
/** The one that is recorded from stays, and the default leads to a card that is not there. */
const ONLY_PULSE = [
  ...MICROPHONES.filter((line) => !line.startsWith("pcm.!default")),
  "pcm.!default { type hw card 9 }",
];

await using watcher = watchDevices({
  intervalSeconds: 0.25,
  // Whatever goes wrong, this process ends.
  signal: AbortSignal.timeout(50_000),
});
const changes = watcher[Symbol.asyncIterator]();
const first = names(await watcher.devices());
const before = await devices();
const stream = await InputStream.open({ device: "pulse", format: "int16", sampleRate: RATE });
await stream.start();
ready();
const ramp = new PassingRamp(RATE / 4);
let changing: Promise<WhileOpen> | undefined;
let changed = false;
for await (const block of stream) {
  if (block.samples instanceof Int16Array) {
    ramp.add(block.samples);
  }
  if (ramp.began) {
    changing ??= changeDevices().finally(() => {
      changed = true;
    });
  }
  if (ramp.gone && changed) {
    break;
  }
}
const whileOpen = await changing;
if (whileOpen !== undefined) {
  report({
    ramp: ramp.seen(),
    droppedFrames: stream.droppedFrames,
    first,
    ...whileOpen,
    after: names(await devices()),
  } satisfies WatchRecordingReport);
}

/** Each step waits until all of it was told. */
async function changeDevices(): Promise<WhileOpen> {
  writeAlsaConfig(...MICROPHONES, quietDevice("extra"));
  const appeared = await take(1);
  writeAlsaConfig(...ONLY_PULSE);
  const vanished = await take(4);
  writeAlsaConfig(...MICROPHONES, quietDevice("other"));
  const back = await take(4);
  return {
    told: [appeared, vanished, back].map((step) => step.map(text)),
    newest: [names(back.at(-1)?.devices ?? []), names(await watcher.devices())],
    frozen: (await devices()) === before,
    refresh: await refreshDevices().then(
      () => "no error",
      (error: unknown) => (error instanceof AudioError ? error.code : String(error)),
    ),
  };
}

async function take(count: number): Promise<DeviceChange[]> {
  const taken: DeviceChange[] = [];
  while (taken.length < count) {
    const { done, value } = await changes.next();
    if (done === true) {
      throw new Error(`The watch ended after ${taken.map(text).join(", ")}`);
    }
    taken.push(value);
  }
  return taken;
}

function text(change: DeviceChange): string {
  const name = change.device?.name ?? "none";
  return "previous" in change
    ? `${change.type}: ${change.previous?.name ?? "none"}, ${name}`
    : `${change.type}: ${name}`;
}

function names(list: readonly Device[]): string[] {
  return list.map((device) => device.name).sort();
}
