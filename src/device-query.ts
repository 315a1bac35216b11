import { AudioError } from "./errors.js";
import type { Device, HostName } from "./hosts/host.js";
import { virtualDeviceInfo } from "./hosts/virtual/device.js";
import { describe } from "./options.js";

/** In which direction a device is wanted. */
export type Direction = "input" | "output";

/**
 * How a device is named: its index in the host's list, its id, its name or a part of it, a host-qualified name
 * (`"ALSA: pulse"`, `"pulse, ALSA"`), a RegExp over the name, a predicate, the device itself, or the string of a
 * virtual device (`"virtual:tone?frequency=440"`).
 */
export type DeviceQuery = number | string | RegExp | ((device: Device) => boolean) | Device;

/** Throws a TypeError or RangeError unless `query` can name a device. */
export function checkQuery(query: unknown, name: string): asserts query is DeviceQuery {
  if (typeof query === "number") {
    if (!Number.isInteger(query) || query < 0) {
      throw new RangeError(
        `Expected \`${name}\` to be a device index from 0 up, got ${describe(query)}`,
      );
    }
    return;
  }
  if (typeof query === "string") {
    if (query === "") {
      throw new RangeError(`Expected \`${name}\` to name a device, got an empty string`);
    }
    return;
  }
  const named = query instanceof RegExp || typeof query === "function" || isDevice(query);
  if (!named) {
    throw new TypeError(
      `Expected \`${name}\` to be a device, its index, id or name, a RegExp or a predicate, got ${describe(query)}`,
    );
  }
}

/** Which host a query asks for. */
export function hostOf(query: DeviceQuery | undefined): HostName {
  return query !== undefined && isVirtualQuery(query) ? "virtual" : "portaudio";
}

/** The one device among `candidates` that `query` names; see {@link findDevice}. */
export function selectDevice(
  query: DeviceQuery,
  candidates: readonly Device[],
  direction: Direction | undefined,
): Device {
  if (isVirtualQuery(query)) {
    return virtualDevice(isDevice(query) ? query.id : String(query), direction);
  }
  const usable = candidates.filter((device) => channelsOf(device, direction) > 0);
  if (typeof query === "number") {
    return deviceAt(query, candidates, direction);
  }
  if (isDevice(query)) {
    const same = usable.find((device) => device.id === query.id);
    if (same === undefined) {
      throw new AudioError(
        "device-not-found",
        `The device ${query.name} (${query.id}) is gone, or has no ${direction ?? "such"} channels. ${listed(usable)}`,
      );
    }
    return same;
  }
  const matches = typeof query === "string" ? byName(query, usable) : byTest(query, usable);
  const [only, second] = matches;
  if (only === undefined) {
    throw new AudioError(
      "device-not-found",
      `No ${direction === undefined ? "" : `${direction} `}device matches ${queryText(query)}. ${listed(usable)}`,
    );
  }
  if (second !== undefined) {
    throw new AudioError(
      "device-ambiguous",
      `${matches.length} devices match ${queryText(query)}; name one by its id. ${listed(matches)}`,
    );
  }
  return only;
}

/** The default device of a list; see {@link defaultInput}. */
export function defaultDevice(candidates: readonly Device[], direction: Direction): Device {
  const found = candidates.find((device) =>
    direction === "input" ? device.isDefaultInput : device.isDefaultOutput,
  );
  if (found === undefined) {
    throw new AudioError(
      "device-not-found",
      `There is no default ${direction} device. ${noDeviceHint(candidates, direction)}`,
    );
  }
  return found;
}

function isDevice(value: unknown): value is Device {
  return (
    typeof value === "object" &&
    value !== null &&
    "id" in value &&
    typeof value.id === "string" &&
    "host" in value &&
    "maxInputChannels" in value
  );
}

/** Whether a query names a virtual device. */
export function isVirtualQuery(query: DeviceQuery): boolean {
  return typeof query === "string"
    ? query.startsWith("virtual:")
    : isDevice(query) && query.host === "virtual";
}

function virtualDevice(text: string, direction: Direction | undefined): Device {
  const device = virtualDeviceInfo(text);
  if (channelsOf(device, direction) === 0) {
    throw new AudioError("device-not-found", `${device.name} has no ${direction} channels.`);
  }
  return device;
}

function deviceAt(
  index: number,
  candidates: readonly Device[],
  direction: Direction | undefined,
): Device {
  const device = candidates.find((candidate) => candidate.index === index);
  if (device === undefined) {
    throw new AudioError(
      "device-not-found",
      `There is no device with the index ${index}. ${listed(candidates)}`,
    );
  }
  if (channelsOf(device, direction) === 0) {
    throw new AudioError(
      "device-not-found",
      `Device ${index}, ${device.name}, has no ${direction} channels.`,
    );
  }
  return device;
}

function channelsOf(device: Device, direction: Direction | undefined): number {
  switch (direction) {
    case "input":
      return device.maxInputChannels;
    case "output":
      return device.maxOutputChannels;
    default:
      return 1;
  }
}

/** Exact before case-insensitive before part; a number in a string is not a part, "1" does not find "hw:1". */
function byName(query: string, candidates: readonly Device[]): readonly Device[] {
  const lower = query.toLowerCase();
  const ways: readonly ((name: string) => boolean)[] = [
    (name) => name === query,
    (name) => name.toLowerCase() === lower,
    (name) => !/^\d+$/.test(query) && name.toLowerCase().includes(lower),
  ];
  for (const same of ways) {
    const found = candidates.filter((device) => namesOf(device).some(same));
    if (found.length > 0) {
      return found;
    }
  }
  return [];
}

function namesOf(device: Device): readonly string[] {
  const api = device.hostApi.name;
  return [
    device.id,
    device.name,
    `${api}: ${device.name}`,
    `${api}:${device.name}`,
    `${device.name}, ${api}`,
  ];
}

function byTest(
  query: RegExp | ((device: Device) => boolean),
  candidates: readonly Device[],
): readonly Device[] {
  if (query instanceof RegExp) {
    // A RegExp with the flag g or y remembers where it stopped; each name is looked at from its start.
    return candidates.filter((device) => device.name.search(query) >= 0);
  }
  return candidates.filter((device) => query(device));
}

function queryText(query: string | RegExp | ((device: Device) => boolean)): string {
  return typeof query === "string"
    ? `"${query}"`
    : typeof query === "function"
      ? "the predicate"
      : String(query);
}

function listed(candidates: readonly Device[]): string {
  if (candidates.length === 0) {
    return "There are no such devices.";
  }
  const lines = candidates.map(
    (device) =>
      `  ${device.index}  ${device.name} (${device.hostApi.name}, ${device.maxInputChannels} in, ${device.maxOutputChannels} out)  id ${device.id}`,
  );
  return `Candidates:\n${lines.join("\n")}`;
}

function noDeviceHint(candidates: readonly Device[], direction: Direction): string {
  const others = candidates.filter((device) => channelsOf(device, direction) > 0);
  if (others.length > 0) {
    return `Name one of these. ${listed(others)}`;
  }
  const where =
    process.platform === "darwin"
      ? "Is a microphone connected, and may this terminal use it (System Settings, Privacy & Security, Microphone)?"
      : process.platform === "win32"
        ? "Is a microphone connected, and may desktop apps use it (Settings, Privacy & security, Microphone)?"
        : "Is a sound card or a sound server (PulseAudio, PipeWire) there? In a container, pass the device or the server's socket in.";
  return `${where} For tests, name a virtual device such as "virtual:tone".`;
}
