import { AudioError } from "./errors.js";
import type { Milliseconds } from "./format.js";
import type { Device, HostListing, HostName } from "./hosts/host.js";
import { virtualDeviceInfo } from "./hosts/virtual/device.js";
import { checkOptions, checkWord, describe } from "./options.js";
import { AudioThread, openStreams } from "./stream/audio-thread.js";

/** In which direction a device is wanted. */
export type Direction = "input" | "output";

/**
 * How a device is named: its index in the host's list, its id, its name or a part of it, a host-qualified name
 * (`"ALSA: pulse"`, `"pulse, ALSA"`), a RegExp over the name, a predicate, the device itself, or the string of a
 * virtual device (`"virtual:tone?frequency=440"`).
 */
export type DeviceQuery = number | string | RegExp | ((device: Device) => boolean) | Device;

/** Options of {@link devices} and {@link refreshDevices}. */
export interface ListOptions {
  /** Which host's devices. Default `"portaudio"`: the real ones. */
  readonly host?: HostName;
}

/** Options of {@link findDevice}. */
export interface FindOptions {
  /** Looks only among the devices that have channels in this direction. Default: all devices. */
  readonly direction?: Direction;
}

/** Long enough for slow drivers: a probe of many devices takes seconds on some systems. */
export const PROBE_PATIENCE: Milliseconds = 30_000;

const listings = new Map<HostName, Promise<HostListing>>();

/**
 * The devices, as they were when they were first asked for: a frozen list of frozen values, in the host's order.
 * The list is taken on a thread of its own, so the event loop is not held. {@link refreshDevices} takes it anew.
 *
 * @throws AudioError `library-not-found` when PortAudio is not installed, `host-error` when it does not start.
 */
export async function devices(options?: ListOptions): Promise<readonly Device[]> {
  return (await listing(checkHost(options, "devices()"))).devices;
}

/**
 * Takes the list of devices anew and returns it. PortAudio freezes its list while any stream is open, so this is
 * refused then.
 *
 * @throws AudioError `streams-open` while a stream of this process is open; else as {@link devices}.
 */
export async function refreshDevices(options?: ListOptions): Promise<readonly Device[]> {
  const host = checkHost(options, "refreshDevices()");
  if (openStreams(host) > 0) {
    throw new AudioError(
      "streams-open",
      `The list of devices cannot be taken anew while ${openStreams(host)} stream(s) are open: close them first.`,
    );
  }
  listings.delete(host);
  return (await listing(host)).devices;
}

/**
 * The one device that a query names. A name is compared exactly, then without regard to case, then as a part; the
 * first of these ways that finds something decides.
 *
 * @throws AudioError `device-not-found` or `device-ambiguous`; the message lists the candidates.
 */
export async function findDevice(query: DeviceQuery, options?: FindOptions): Promise<Device> {
  checkQuery(query, "query");
  checkOptions(options, ["direction"], "findDevice()");
  const direction =
    options?.direction === undefined
      ? undefined
      : checkWord(options.direction, "direction", ["input", "output"]);
  if (isVirtualQuery(query)) {
    return selectDevice(query, [], direction);
  }
  return selectDevice(query, await devices(), direction);
}

/**
 * The system's default input device.
 *
 * @throws AudioError `device-not-found` when there is none: a virtual device never stands in.
 */
export async function defaultInput(): Promise<Device> {
  return defaultDevice(await devices(), "input");
}

/**
 * The system's default output device.
 *
 * @throws AudioError `device-not-found` when there is none.
 */
export async function defaultOutput(): Promise<Device> {
  return defaultDevice(await devices(), "output");
}

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
  if (typeof query === "string" && isVirtualQuery(query)) {
    return virtualDeviceInfo(query);
  }
  if (isDevice(query) && query.host === "virtual") {
    return virtualDeviceInfo(query.id);
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
      `No ${direction ?? ""} device matches ${queryText(query)}. ${listed(usable)}`,
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

/** Freezes a listing that came from another thread, so that its devices are the plain immutable values promised. */
export function freezeListing(listing: HostListing): HostListing {
  for (const hostApi of listing.hostApis) {
    Object.freeze(hostApi);
  }
  for (const device of listing.devices) {
    Object.freeze(device.hostApi);
    Object.freeze(device);
  }
  return { ...listing, devices: Object.freeze([...listing.devices]) };
}

function listing(host: HostName): Promise<HostListing> {
  let known = listings.get(host);
  if (known === undefined) {
    known = probe(host);
    listings.set(host, known);
    // A failed probe is not remembered: the next call tries again.
    known.catch(() => listings.delete(host));
  }
  return known;
}

async function probe(host: HostName): Promise<HostListing> {
  const thread = new AudioThread(host, "async", "list");
  try {
    return freezeListing((await thread.request({ type: "list" }, "listed")).listing);
  } finally {
    await thread.close();
  }
}

function checkHost(options: ListOptions | undefined, where: string): HostName {
  checkOptions(options, ["host"], where);
  return options?.host === undefined
    ? "portaudio"
    : checkWord(options.host, "host", ["portaudio", "virtual"]);
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

function isVirtualQuery(query: DeviceQuery): boolean {
  return typeof query === "string"
    ? query.startsWith("virtual:")
    : isDevice(query) && query.host === "virtual";
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
