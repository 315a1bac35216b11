// Runs as a process of its own, started by examination.ts: a driver or a sound server that hangs inside a native call
// holds the process that called it, and an assertion in there ends it.
import { readFileSync } from "node:fs";
import { levels } from "../analysis/levels.js";
import { toErrorMessage } from "../errors.js";
import type { Seconds } from "../format.js";
import { record } from "../recording/record.js";
import { AudioThread } from "../stream/audio-thread.js";
import type { LibraryFacts, TestRecording } from "./facts.js";
import type { ExaminationReply, ExaminationRequest } from "./protocol.js";

/** How long a device that gives nothing is tried. */
const WAIT: Seconds = 4;

process.once("message", (request: ExaminationRequest) => {
  void examine(request).then(() => process.disconnect());
});

async function examine({ device, seconds }: ExaminationRequest): Promise<void> {
  try {
    tell({ type: "listed", library: await listing() });
  } catch (error) {
    tell({ type: "not-listed", error: toErrorMessage(error) });
  }
  if (seconds === undefined) {
    return;
  }
  try {
    tell({ type: "recorded", recording: await testRecording(device, seconds) });
  } catch (error) {
    tell({ type: "not-recorded", error: toErrorMessage(error) });
  }
}

function tell(reply: ExaminationReply): void {
  process.send?.(reply);
}

async function listing(): Promise<LibraryFacts> {
  const thread = new AudioThread("portaudio", "async", "list");
  try {
    const { version, hostApis, devices } = (await thread.request({ type: "list" }, "listed"))
      .listing;
    return { versionText: version.text, path: loadedFrom(), hostApis, devices };
  } finally {
    await thread.close();
  }
}

/** Linux tells which files are in the memory of a process. */
function loadedFrom(): string | null {
  if (process.platform !== "linux") {
    return null;
  }
  return /\/\S*portaudio\S*$/im.exec(readFileSync("/proc/self/maps", "utf8"))?.[0] ?? null;
}

async function testRecording(
  device: ExaminationRequest["device"],
  seconds: Seconds,
): Promise<TestRecording> {
  const take = await record({
    seconds,
    progress: false,
    waitSeconds: WAIT,
    ...(device !== undefined && { device }),
  });
  const { channels, verdicts } = await levels(take);
  return {
    device: take.device?.name ?? "",
    isLoopback: take.device?.isLoopback ?? false,
    seconds: take.duration,
    frames: take.length,
    sampleRate: take.sampleRate,
    channels: take.numberOfChannels,
    lostFrames: take.gaps.reduce((sum, gap) => sum + gap.frames, 0),
    peakDbfs: channels.map((channel) => channel.peak),
    rmsDbfs: channels.map((channel) => channel.rms),
    verdicts: verdicts.map(({ code, text }) => ({ code, text })),
  };
}
