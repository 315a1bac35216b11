import type { Device } from "../hosts/host.js";

/** Whether a program holds one direction of a device. */
export type IsHeld = (device: Device, direction: "input" | "output") => boolean;

/**
 * A new list in which devices that a program holds stay as they were known. PortAudio tries to open each ALSA device
 * when it lists them and leaves out what is busy, so a microphone would seem to be unplugged while it is recorded from.
 */
export function keepHeld(
  known: readonly Device[],
  listed: readonly Device[],
  isHeld: IsHeld,
): readonly Device[] {
  const kept = known.filter((device) => {
    const now = listed.find((candidate) => candidate.id === device.id);
    return (
      (device.maxInputChannels > 0 &&
        (now?.maxInputChannels ?? 0) === 0 &&
        isHeld(device, "input")) ||
      (device.maxOutputChannels > 0 &&
        (now?.maxOutputChannels ?? 0) === 0 &&
        isHeld(device, "output"))
    );
  });
  if (kept.length === 0) {
    return listed;
  }
  // PortAudio named another default because the known one was busy.
  const inputKept = kept.some((device) => device.isDefaultInput);
  const outputKept = kept.some((device) => device.isDefaultOutput);
  const keptIds = new Set(kept.map((device) => device.id));
  const others = listed
    .filter((device) => !keptIds.has(device.id))
    .map((device) => ({
      ...device,
      isDefaultInput: device.isDefaultInput && !inputKept,
      isDefaultOutput: device.isDefaultOutput && !outputKept,
    }));
  return [...kept, ...others].sort((a, b) => a.index - b.index);
}
