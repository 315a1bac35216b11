// Runs in the writer thread.
import type { Hertz } from "../../format.js";
import type { Detector } from "../conditions/detector.js";
import { createSilence } from "../conditions/silence.js";
import { createTrigger } from "../conditions/trigger.js";
import type { VoiceDetector } from "../conditions/voice.js";
import type { EndReason } from "../recorder-result.js";
import type { RecorderPlan } from "../writer-protocol.js";
import { Conditions } from "./conditions.js";

/** What a recording listens for. */
export interface Detectors {
  readonly start: Conditions<undefined>;
  readonly stop: Conditions<EndReason>;
  /** Gives back what the detectors hold. */
  close(): void;
}

/**
 * Makes the detectors of a plan. Voice begins a recording that has no other trigger, and ends it when it is over.
 *
 * @throws AudioError `library-not-found` when there is no voice detector.
 */
export async function makeDetectors(plan: RecorderPlan, sampleRate: Hertz): Promise<Detectors> {
  const { trigger } = plan.start;
  const { silence } = plan.stop;
  const { voice, channels } = plan;
  const held: VoiceDetector[] = [];
  const start: (readonly [Detector, undefined])[] = [];
  const stop: (readonly [Detector, EndReason])[] = [];
  if (trigger !== undefined) {
    start.push([createTrigger(trigger, sampleRate), undefined]);
  }
  if (silence !== undefined) {
    stop.push([createSilence(silence, sampleRate), "silence"]);
  }
  if (voice !== undefined) {
    // Loaded only when it is used.
    const { createVoiceEnd, createVoiceStart } = await import("../conditions/voice.js");
    const begins = trigger === undefined;
    const end = await createVoiceEnd(voice, sampleRate, channels, begins);
    held.push(end);
    stop.push([end, "voice"]);
    if (begins) {
      const begin = await createVoiceStart(voice, sampleRate, channels);
      held.push(begin);
      start.push([begin, undefined]);
    }
  }
  return {
    start: new Conditions(start),
    stop: new Conditions(stop),
    close: () => {
      for (const detector of held) {
        detector.close();
      }
    },
  };
}
