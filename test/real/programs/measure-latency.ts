// Measures the round trip from the default output to the default input.
import { type MeasuredLatency, measureLatency } from "../../../src/index.js";
import { report, task } from "./task.js";

export interface MeasureLatencyTask {
  readonly latency: "low" | "high";
}

const { latency } = task<MeasureLatencyTask>();
report((await measureLatency({ latency, sampleRate: 44_100 })) satisfies MeasuredLatency);
