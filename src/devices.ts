import {
  checkQuery,
  type DeviceQuery,
  type Direction,
  defaultDevice,
  isVirtualQuery,
  selectDevice,
} from "./device-query.js";
import { AudioError } from "./errors.js";
import type { Device, HostListing, HostName } from "./hosts/host.js";
import { checkOptions, checkWord } from "./options.js";
import { AudioThread, openStreams } from "./stream/audio-thread.js";

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

const listings = new Map<HostName, Promise<HostListing>>();
/** Hosts whose list is known to be older than the last change. */
const outdated = new Set<HostName>();

/**
 * The devices, as they were when they were first asked for: a frozen list of frozen values, in the host's order.
 * The list is taken on a thread of its own, so the event loop is not held. {@link refreshDevices} takes it anew, and
 * so does this, when `watchDevices()` has seen a change since and no stream is open.
 *
 * @throws AudioError `library-not-found` when PortAudio is not installed, `host-error` when it does not start.
 */
export async function devices(options?: ListOptions): Promise<readonly Device[]> {
  return (await listing(checkHost(options, "devices()"))).devices;
}

/**
 * Takes the list of devices anew and returns it. PortAudio freezes its list while any stream is open, so this is
 * refused then, and while a `PyAudio` manager lives.
 *
 * @throws AudioError `streams-open` while a stream of this process is open; else as {@link devices}.
 */
export async function refreshDevices(options?: ListOptions): Promise<readonly Device[]> {
  const host = checkHost(options, "refreshDevices()");
  if (openStreams(host) > 0) {
    throw new AudioError(
      "streams-open",
      `The list of devices cannot be taken anew while ${openStreams(host)} stream(s) or PyAudio managers are open: close them first.`,
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

/** Freezes a listing that came from another thread, so that its devices are the plain immutable values promised. */
export function freezeListing(listing: HostListing): HostListing {
  for (const hostApi of listing.hostApis) {
    Object.freeze(hostApi);
  }
  return { ...listing, devices: freezeDevices(listing.devices) };
}

/** Freezes devices that came from another thread or process; see {@link freezeListing}. */
export function freezeDevices(devices: readonly Device[]): readonly Device[] {
  for (const device of devices) {
    Object.freeze(device.hostApi);
    Object.freeze(device);
  }
  return Object.freeze([...devices]);
}

/** Says that a host's list has changed: it is taken anew when it is next asked for while no stream is open. */
export function markOutdated(host: HostName): void {
  outdated.add(host);
}

function listing(host: HostName): Promise<HostListing> {
  if (outdated.has(host) && openStreams(host) === 0) {
    listings.delete(host);
  }
  let known = listings.get(host);
  if (known === undefined) {
    outdated.delete(host);
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
