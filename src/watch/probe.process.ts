// Runs as a process of its own, started by probe.ts: PortAudio freezes its list while anything in a process has it
// initialised, so only a process without streams can see devices come and go.
import { toErrorMessage } from "../errors.js";
import type { Device } from "../hosts/host.js";
import { heldByAlsa } from "../hosts/portaudio/held.js";
import { PortAudioHost } from "../hosts/portaudio/host.js";
import { keepHeld } from "./keep-held.js";
import type { ProbeReply, ProbeRequest } from "./protocol.js";

const host = new PortAudioHost();

// Ctrl-C goes to all processes of a terminal: whether the watch ends with it is for the parent to say.
process.on("SIGINT", () => {});
process.on("SIGHUP", () => {});

// Nothing but the channel to the parent keeps this process: it ends with the parent, however that ends.
process.on("message", (request: ProbeRequest) => {
  process.send?.(answer(request));
});

function answer(request: ProbeRequest): ProbeReply {
  try {
    return { type: "listed", devices: list(request.known) };
  } catch (error) {
    return { type: "failed", error: toErrorMessage(error) };
  }
}

function list(known: readonly Device[]): readonly Device[] {
  host.initialise();
  try {
    return keepHeld(known, host.listing().devices, heldByAlsa);
  } finally {
    host.terminate();
  }
}
