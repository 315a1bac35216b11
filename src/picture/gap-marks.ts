import type { Frames } from "../format.js";
import type { Gap } from "../recording/recording.js";
import type { Paper } from "./paper.js";
import type { Box } from "./svg.js";

/** A gap is never drawn narrower than this, in CSS pixels. */
const LEAST_WIDTH = 1.5;
const CAP_EMS = 0.3;

/** Marks lost frames over a plot of `frames` frames: a red veil, and a solid cap above that is seen from afar. */
export function markGaps(paper: Paper, box: Box, gaps: readonly Gap[], frames: Frames): void {
  const { canvas, theme, em } = paper;
  for (const { x, width } of spans(box, gaps, frames)) {
    canvas.rect({ x, y: box.y, width, height: box.height }, { fill: theme.gap, opacity: 0.35 });
    const cap = CAP_EMS * em;
    canvas.rect(
      { x: x - cap / 2, y: box.y - cap, width: width + cap, height: cap },
      { fill: theme.gap },
    );
  }
}

/** Where gaps are drawn; those that would lie over each other are one. */
function spans(
  box: Box,
  gaps: readonly Gap[],
  frames: Frames,
): { readonly x: number; readonly width: number }[] {
  const merged: { x: number; width: number }[] = [];
  for (const { position, frames: lost } of gaps) {
    const place = (frame: Frames): number =>
      box.x + (frames === 0 ? 0 : Math.min(1, frame / frames)) * box.width;
    const x = Math.min(place(position), box.x + box.width - LEAST_WIDTH);
    const width = Math.max(LEAST_WIDTH, place(position + lost) - x);
    const last = merged.at(-1);
    if (last !== undefined && x <= last.x + last.width) {
      last.width = Math.max(last.width, x + width - last.x);
    } else {
      merged.push({ x, width });
    }
  }
  return merged;
}
