import type { Device } from "../hosts/host.js";

/** A device came or went. */
export interface DeviceAppearance<Type extends "added" | "removed"> {
  readonly type: Type;
  /** The device; one that was removed as it was last listed. */
  readonly device: Device;
  /** All devices after the change. */
  readonly devices: readonly Device[];
}

/** Another device is the system's default now, or there is none any more, or one for the first time. */
export interface DefaultDeviceChange<
  Type extends "default-input-changed" | "default-output-changed",
> {
  readonly type: Type;
  /** The new default; undefined when there is none. */
  readonly device: Device | undefined;
  /** The default before; undefined when there was none. */
  readonly previous: Device | undefined;
  /** All devices after the change. */
  readonly devices: readonly Device[];
}

/** What `watchDevices()` tells. */
export type DeviceChange =
  | DeviceAppearance<"added">
  | DeviceAppearance<"removed">
  | DefaultDeviceChange<"default-input-changed">
  | DefaultDeviceChange<"default-output-changed">;

/**
 * How one list of devices became another: what was removed, what was added, then which defaults changed. A device is
 * the same as long as its `id` is; that its index or its channels changed is not told.
 */
export function deviceChanges(
  before: readonly Device[],
  devices: readonly Device[],
): readonly DeviceChange[] {
  const changes: DeviceChange[] = [
    ...missingIn(devices, before).map((device) => ({ type: "removed", device, devices }) as const),
    ...missingIn(before, devices).map((device) => ({ type: "added", device, devices }) as const),
  ];
  for (const { type, isDefault } of DEFAULTS) {
    const previous = before.find(isDefault);
    const device = devices.find(isDefault);
    if (previous?.id !== device?.id) {
      changes.push({ type, device, previous, devices });
    }
  }
  for (const change of changes) {
    Object.freeze(change);
  }
  return changes;
}

const DEFAULTS: readonly {
  readonly type: "default-input-changed" | "default-output-changed";
  readonly isDefault: (device: Device) => boolean;
}[] = [
  { type: "default-input-changed", isDefault: (device) => device.isDefaultInput },
  { type: "default-output-changed", isDefault: (device) => device.isDefaultOutput },
];

function missingIn(list: readonly Device[], candidates: readonly Device[]): readonly Device[] {
  const known = new Set(list.map((device) => device.id));
  return candidates.filter((device) => !known.has(device.id));
}
