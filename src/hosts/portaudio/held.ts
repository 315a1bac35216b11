// Runs where PortAudio is loaded.
import type { Device } from "../host.js";
import { portAudio } from "./ffi.js";
import * as header from "./header.js";

const SND_PCM_STREAM_PLAYBACK = 0;
const SND_PCM_STREAM_CAPTURE = 1;
const SND_PCM_NONBLOCK = 1;
/** ALSA's error for a device that a program holds, from errno.h. */
const EBUSY = 16;

/** Whether ALSA says that a program holds this direction of a device; false for other host APIs, which do not tell. */
export function heldByAlsa(device: Device, direction: "input" | "output"): boolean {
  if (device.hostApi.type !== header.paALSA) {
    return false;
  }
  const { library } = portAudio();
  // The symbols are found through PortAudio's own dependencies.
  const open = library.func(
    "int snd_pcm_open(_Out_ void **pcm, const char *name, int stream, int mode)",
  );
  const close = library.func("int snd_pcm_close(void *pcm)");
  const out: [unknown] = [null];
  const stream = direction === "input" ? SND_PCM_STREAM_CAPTURE : SND_PCM_STREAM_PLAYBACK;
  const result: unknown = open(out, alsaName(device.name), stream, SND_PCM_NONBLOCK);
  if (result === 0) {
    // It was let go of since it was listed.
    close(out[0]);
    return true;
  }
  return result === -EBUSY;
}

/** PortAudio calls a hardware device "card: device (hw:0,0)", and any other just what ALSA calls it. */
function alsaName(name: string): string {
  return /\(((?:plug)?hw:\d+,\d+)\)$/.exec(name)?.[1] ?? name;
}
