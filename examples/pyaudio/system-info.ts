// PyAudio's system_info.py: all that PortAudio tells of host APIs, devices and the rates that they can do.
// node system-info.js
import {
  type DeviceInfo,
  getPortaudioVersion,
  getPortaudioVersionText,
  PyAudio,
  paInt16,
} from "roomtone/portaudio";

const STANDARD_SAMPLE_RATES = [
  8000, 9600, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000,
  192_000,
];

const p = new PyAudio();

printHeader("PortAudio System Info");
console.log(`Version: ${getPortaudioVersion()}`);
console.log(`Version Text: ${getPortaudioVersionText()}`);
console.log(`Number of Host APIs: ${p.getHostApiCount()}`);
console.log(`Number of Devices: ${p.getDeviceCount()}`);

printHeader("Host APIs");
for (let i = 0; i < p.getHostApiCount(); i++) {
  for (const [key, value] of Object.entries(p.getHostApiInfoByIndex(i))) {
    console.log(`${key}: ${value}`);
  }
  console.log("-".repeat(26));
}

printHeader("Devices");
for (let i = 0; i < p.getDeviceCount(); i++) {
  printDeviceInfo(p.getDeviceInfoByIndex(i));
}

printHeader("Default Devices");
printDefault("Input", () => p.getDefaultInputDeviceInfo());
printDefault("Output", () => p.getDefaultOutputDeviceInfo());

p.terminate();

function printHeader(header: string): void {
  console.log(`\n${header}\n${"=".repeat(header.length)}`);
}

function printDefault(direction: "Input" | "Output", find: () => DeviceInfo): void {
  try {
    const info = find();
    console.log(`Default ${direction} Device: ${info.index}`);
    printDeviceInfo(info);
  } catch (error) {
    console.log(`No ${direction} devices: ${String(error)}`);
  }
}

function printDeviceInfo(info: DeviceInfo): void {
  for (const [name, value] of Object.entries(info)) {
    const friendly = name === "hostApi" ? ` (${p.getHostApiInfoByIndex(info.hostApi).name})` : "";
    console.log(`${name}: ${value}${friendly}`);
  }
  const input = {
    inputDevice: info.index,
    inputChannels: info.maxInputChannels,
    inputFormat: paInt16,
  };
  const output = {
    outputDevice: info.index,
    outputChannels: info.maxOutputChannels,
    outputFormat: paInt16,
  };
  if (info.maxInputChannels > 0) {
    printRates("Input rates", input);
  }
  if (info.maxOutputChannels > 0) {
    printRates("Output rates", output);
  }
  if (info.maxInputChannels > 0 && info.maxOutputChannels > 0) {
    printRates("Full duplex rates", { ...input, ...output });
  }
  console.log("-".repeat(32));
}

function printRates(title: string, query: Parameters<PyAudio["isFormatSupported"]>[1]): void {
  const rates = STANDARD_SAMPLE_RATES.filter((rate) => p.isFormatSupported(rate, query));
  console.log(`${title}: [${rates.join(", ")}]`);
}
