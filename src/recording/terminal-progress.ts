import type { WriteStream } from "node:tty";
import cliProgress from "cli-progress";
import { toDbfs } from "../analysis/level-meter.js";
import { clockTime } from "../terminal/clock.js";
import type { ProgressSink, RecordProgress } from "./progress.js";

/** The meter's lowest level. */
const FLOOR_DBFS = -60;
const METER_WIDTH = 20;

/** A progress bar with level meter on a terminal. */
export function terminalProgress(stream: NodeJS.WriteStream | WriteStream): ProgressSink {
  const bar = new cliProgress.SingleBar({
    stream,
    format: "{clock} {bar} {meter}{state}{lost}",
    barsize: 20,
    barCompleteChar: "━",
    barIncompleteChar: "─",
    hideCursor: true,
    fps: 20,
    forceRedraw: true,
    linewrap: null,
    gracefulExit: false,
  });
  let started = false;
  return {
    update(progress) {
      const payload = {
        clock: clockText(progress),
        meter: meterText(progress),
        state: stateText(progress),
        lost: progress.lostFrames === 0 ? "" : `  ${progress.lostFrames} frames lost`,
      };
      // Without a known end the bar stays empty: only the clock runs.
      const total = progress.totalSeconds ?? Number.POSITIVE_INFINITY;
      if (started) {
        bar.update(progress.seconds, payload);
      } else {
        started = true;
        bar.start(total, progress.seconds, payload);
      }
    },
    end() {
      if (started) {
        bar.stop();
      }
    },
  };
}

/** `0:03.2 / 0:05.0` */
export function clockText(progress: RecordProgress): string {
  const now = clockTime(progress.seconds);
  return progress.totalSeconds === undefined ? now : `${now} / ${clockTime(progress.totalSeconds)}`;
}

/** The meter goes on while nothing is recorded: it must not look like it. */
function stateText({ state }: RecordProgress): string {
  return state === "paused" || state === "waiting" ? `  ${state}` : "";
}

/** `▮▮▮▮▮▮────  -18.3 dBFS`: the loudest channel's RMS as a bar, its peak as a number. */
function meterText(progress: RecordProgress): string {
  const peak = toDbfs(Math.max(...progress.peak));
  const rms = toDbfs(Math.max(...progress.rms));
  const share = Math.min(1, Math.max(0, 1 - rms / FLOOR_DBFS));
  const filled = Math.round(share * METER_WIDTH);
  const bar = "▮".repeat(filled) + "─".repeat(METER_WIDTH - filled);
  const number = Number.isFinite(peak) ? `${peak.toFixed(1).padStart(6)} dBFS` : " silence   ";
  return `${bar} ${number}${peak >= 0 ? " CLIP" : ""}`;
}
