import type { DeviceQuery } from "../device-query.js";
import type { ErrorMessage } from "../errors.js";
import type { Seconds } from "../format.js";
import type { LibraryFacts, TestRecording } from "./facts.js";

/** What the doctor asks of its process, once. */
export interface ExaminationRequest {
  /** What to record from; absent for the default input. */
  readonly device?: Extract<DeviceQuery, string | number>;
  /** How long the test recording is; absent for none. */
  readonly seconds?: Seconds;
}

/** What the process tells, in this order; after a failed listing a virtual device can still be recorded from. */
export type ExaminationReply =
  | { readonly type: "listed"; readonly library: LibraryFacts }
  | { readonly type: "not-listed"; readonly error: ErrorMessage }
  | { readonly type: "recorded"; readonly recording: TestRecording }
  | { readonly type: "not-recorded"; readonly error: ErrorMessage };
