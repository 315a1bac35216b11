import type { Milliseconds } from "../format.js";
import { AudioThread } from "../stream/audio-thread.js";

const PATIENCE: Milliseconds = 30_000;

/** PortAudio's version as one number: 1246720 is 19.6.0. @throws AudioError `library-not-found`. */
export function getPortaudioVersion(): number {
  return version().number;
}

/** PortAudio's version in words. @throws AudioError `library-not-found`. */
export function getPortaudioVersionText(): string {
  return version().text;
}

/** PortAudio is loaded in an audio thread only, so that is where it is asked. */
function version(): { readonly number: number; readonly text: string } {
  const thread = new AudioThread("portaudio", "sync", "list");
  try {
    return thread.requestSync({ type: "list" }, "listed", PATIENCE).listing.version;
  } finally {
    thread.closeSync(PATIENCE);
  }
}
