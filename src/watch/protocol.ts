import type { ErrorMessage } from "../errors.js";
import type { Device } from "../hosts/host.js";

/** What the parent asks of the probe, again and again: list the devices. Each is answered by one reply. */
export interface ProbeRequest {
  /** The devices as the parent knows them: those that are only held by a program are kept in the new list. */
  readonly known: readonly Device[];
}

/** What the probe answers. */
export type ProbeReply =
  | { readonly type: "listed"; readonly devices: readonly Device[] }
  | { readonly type: "failed"; readonly error: ErrorMessage };
