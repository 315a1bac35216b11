// Records one take from a device and prints what it is, or the error.
import {
  AudioError,
  type Device,
  devices,
  type RecordOptions,
  record,
} from "../../../src/index.js";
import { PassingRamp, type RampSeen } from "./passing-ramp.js";
import { ready, report, task } from "./task.js";

export interface RecordTakeTask {
  /** Each is a recording of its own; all of them run at the same time. */
  readonly takes: readonly RecordOptions[];
  /** Where the name of the host API contains this and that of the device begins with this. */
  readonly hostApi?: string;
  readonly device?: string;
  /** How often the whole is done. Default 1. */
  readonly times?: number;
}

export interface TakeSeen {
  readonly error?: { readonly name: string; readonly code?: string; readonly message: string };
  readonly sampleRate?: number;
  readonly frames?: number;
  readonly channels?: number;
  readonly format?: string;
  readonly gaps?: number;
  /** The ramp in each channel, of an int16 take. */
  readonly ramps?: readonly RampSeen[];
}

export interface RecordTakeReport {
  readonly devices: readonly Device[];
  readonly takes: readonly TakeSeen[];
}

const { takes, hostApi, device, times = 1 } = task<RecordTakeTask>();
const list = await devices();
const found =
  hostApi === undefined
    ? undefined
    : list.find(
        (candidate) =>
          candidate.hostApi.name.includes(hostApi) && candidate.name.startsWith(device ?? ""),
      );
ready();
const seen: TakeSeen[] = [];
for (let time = 0; time < times; time++) {
  seen.push(...(await Promise.all(takes.map(recordOne))));
}
report({ devices: list, takes: seen } satisfies RecordTakeReport);

async function recordOne(options: RecordOptions): Promise<TakeSeen> {
  try {
    const take = await record({ ...(found && { device: found }), ...options });
    const samples = take.toInterleaved();
    const channels = take.numberOfChannels;
    return {
      sampleRate: take.sampleRate,
      frames: take.length,
      channels,
      format: take.format,
      gaps: take.gaps.length,
      ...(samples instanceof Int16Array && { ramps: rampsOf(samples, channels) }),
    };
  } catch (error) {
    if (!(error instanceof Error)) {
      throw error;
    }
    const { name, message } = error;
    return {
      error: { name, message, ...(error instanceof AudioError && { code: error.code }) },
    };
  }
}

function rampsOf(samples: Int16Array, channels: number): RampSeen[] {
  return Array.from({ length: channels }, (_, channel) => {
    const ramp = new PassingRamp(0);
    ramp.add(samples.filter((_sample, index) => index % channels === channel));
    return ramp.seen();
  });
}
