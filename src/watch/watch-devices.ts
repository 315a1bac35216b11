import type { Seconds } from "../format.js";
import { checkNumber, checkOptions, checkSignal, describe } from "../options.js";
import type { DeviceChange } from "./device-changes.js";
import { DeviceWatcher } from "./device-watcher.js";
import { Probe } from "./probe.js";

/** Options of {@link watchDevices}. */
export interface WatchDevicesOptions {
  /** How long to wait between two looks, from 0.25 to 3600 s. Default 2. */
  readonly intervalSeconds?: Seconds;
  /** Called for each change, in order. What it throws is an uncaught exception, as in an event listener. */
  readonly onChange?: (change: DeviceChange) => void;
  /** Closes the watcher when it aborts. */
  readonly signal?: AbortSignal;
}

const DEFAULT_INTERVAL: Seconds = 2;
const FIRST_RETRY: Seconds = 0.5;

/**
 * Tells when real devices come and go and when a default changes, also while streams are open. The devices are listed
 * again and again in a small process beside this one, which does not touch the streams of this process.
 *
 * ```ts
 * for await (const change of watchDevices()) {
 *   if (change.type === "added") console.log(`${change.device.name} is there`);
 * }
 * ```
 *
 * The watch keeps the process alive, as a server does, until it is closed: by `close()`, by leaving the loop, by the
 * signal, or by a fault.
 *
 * @throws TypeError, RangeError for wrong options; the signal's reason if it has aborted already.
 */
export function watchDevices(options?: WatchDevicesOptions): DeviceWatcher {
  checkOptions(options, ["intervalSeconds", "onChange", "signal"], "watchDevices()");
  const { intervalSeconds, onChange, signal } = options ?? {};
  const plan = {
    intervalSeconds:
      intervalSeconds === undefined
        ? DEFAULT_INTERVAL
        : checkNumber(intervalSeconds, "intervalSeconds", { min: 0.25, max: 3600 }),
    retrySeconds: FIRST_RETRY,
    onChange: onChange === undefined ? undefined : checkListener(onChange),
    signal: signal === undefined ? undefined : checkSignal(signal, "signal"),
  };
  plan.signal?.throwIfAborted();
  return new DeviceWatcher(new Probe(), plan);
}

function checkListener(onChange: (change: DeviceChange) => void): (change: DeviceChange) => void {
  if (typeof onChange !== "function") {
    throw new TypeError(`Expected \`onChange\` to be a function, got ${describe(onChange)}`);
  }
  return onChange;
}
