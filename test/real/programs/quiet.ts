// Lists, records, and fails to open, as often as there are ways: all of it makes native code talk.
import { AudioError, devices, InputStream, record, refreshDevices } from "../../../src/index.js";
import { PyAudio, paInt16 } from "../../../src/portaudio.js";
import { report } from "./task.js";

const codes: string[] = [];
await devices();
await record({ seconds: 0.1 });
await attempt(() => InputStream.open({ sampleRate: 768_000, resample: "never" }));
await attempt(() => InputStream.open({ sampleRate: 1, resample: "never" }));
await attempt(() => InputStream.open({ channels: 33 }));
await attempt(() => InputStream.open({ device: 77 }));
await refreshDevices();
const p = new PyAudio();
await attempt(() =>
  p.open({ format: paInt16, channels: 1, rate: 768_000, input: true, framesPerBuffer: 64 }),
);
codes.push(
  String(p.isFormatSupported(768_000, { inputDevice: 0, inputChannels: 1, inputFormat: paInt16 })),
);
p.terminate();
report(codes);

async function attempt(action: () => unknown): Promise<void> {
  try {
    await action();
    codes.push("no error");
  } catch (error) {
    codes.push(error instanceof AudioError ? error.code : (error as Error).name);
  }
}
