// Prints what PyAudio prints of devices and host APIs, by roomtone/portaudio.
import { getPortaudioVersion, getPortaudioVersionText, PyAudio } from "../../../src/portaudio.js";
import { report } from "./task.js";

const p = new PyAudio();
const all = <Info>(count: number, info: (index: number) => Info): Info[] =>
  Array.from({ length: count }, (_, index) => info(index));
const hostApis = all(p.getHostApiCount(), (index) => p.getHostApiInfoByIndex(index));
report({
  versionText: getPortaudioVersionText(),
  version: getPortaudioVersion(),
  hostApis,
  devices: all(p.getDeviceCount(), (index) => p.getDeviceInfoByIndex(index)),
  byHostApi: hostApis.map((hostApi) =>
    all(hostApi.deviceCount, (index) => p.getDeviceInfoByHostApiDeviceIndex(hostApi.index, index)),
  ),
  byType: hostApis.map((hostApi) => p.getHostApiInfoByType(hostApi.type)),
  defaultHostApi: p.getDefaultHostApiInfo(),
  defaultInput: p.getDefaultInputDeviceInfo(),
  defaultOutput: p.getDefaultOutputDeviceInfo(),
});
p.terminate();
