import type { Hertz } from "../../format.js";
import type { StreamRequest } from "../host.js";
import { virtualDeviceInfo } from "./device.js";
import { busMemory, busShape } from "./loopback-bus.js";
import { parseVirtualDevice, VIRTUAL_PREFIX } from "./spec-text.js";

/** The buses of this thread's streams, by device and sample rate. */
const buses = new Map<string, WeakRef<SharedArrayBuffer>>();

/**
 * The memory by which all streams on a loopback device hear each other: those on the same canonical device string and
 * sample rate get the same memory, which goes into `StreamRequest.shared`. It is freed when nobody holds it, so whoever
 * opens a stream must hold it until the stream is closed: the hold of the audio thread does not count here.
 *
 * Returns `undefined` for all devices but a loopback with a clock. Throws as `virtualDeviceInfo`, and AudioError
 * `format-not-supported` for a device that would need too much memory.
 */
export function sharedLoopback(device: string, sampleRate: Hertz): SharedArrayBuffer | undefined {
  const { id } = virtualDeviceInfo(device);
  const spec = parseVirtualDevice(id);
  if (spec.kind !== "loopback" || spec.pace === "fast") {
    return undefined;
  }
  for (const [key, memory] of buses) {
    if (memory.deref() === undefined) {
      buses.delete(key);
    }
  }
  const key = `${id} ${sampleRate}`;
  const known = buses.get(key)?.deref();
  if (known !== undefined) {
    return known;
  }
  const made = busMemory(busShape(spec, id, sampleRate));
  buses.set(key, new WeakRef(made));
  return made;
}

/** A request with the memory of {@link sharedLoopback} where its device has one, at the rate at which the device runs. */
export function withSharedLoopback(request: StreamRequest, sampleRate: Hertz): StreamRequest {
  const id = (request.input ?? request.output)?.deviceId;
  const shared =
    id?.startsWith(VIRTUAL_PREFIX) === true ? sharedLoopback(id, sampleRate) : undefined;
  return shared === undefined ? request : { ...request, shared };
}
