import { PyAudio, type Stream } from "../../src/portaudio.js";
import { oneOf, type Random } from "./options.js";
import type { Devices } from "./stream-moves.js";
import type { Living } from "./world.js";

/** The devices of a private PulseAudio (test/rig/pulse.ts): a microphone and a speaker by the name of their server. */
export function pulseDevices(): Devices {
  const device = (random: Random) => ({
    id: oneOf(random, ["pulse", "default", "ALSA: pulse"]),
    // A server that is asked for a thousand streams may refuse one.
    sound: false,
  });
  return { input: device, output: device, loopback: device };
}

/** A manager for each stream, which closes it, and itself. */
export function withManager(options: unknown, add: (living: Living) => void): Stream {
  const manager = new PyAudio();
  add({
    check: () => {},
    prove: async () => {},
    close: async () => {
      manager.terminate();
      manager.terminate();
    },
  });
  return manager.open(options as never);
}
