import type { Seconds } from "../format.js";
import { Picture } from "./picture.js";
import type { PictureScale } from "./picture-size.js";
import { type Box, SvgCanvas } from "./svg.js";
import { fitText, textWidth, wrapText } from "./text-width.js";
import type { Theme } from "./theme.js";
import { type Axis, timeAxis } from "./ticks.js";

/** Room beside the plots, in ems: the same in all pictures, so that plots stand below each other and can be compared. */
const LEFT_EMS = 4.6;
const RIGHT_EMS = 5.4;
const MARGIN_EMS = 0.9;
/** From the top of a line of text to its baseline, and from there to where the next may begin. */
const ASCENT_EMS = 0.8;
const LINE_EMS = 1.35;
/** Half the height of digits: what moves text that belongs to a mark to the mark's height. */
const DIGIT_MIDDLE_EMS = 0.36;
const MARK_EMS = 0.35;
/** Between facts that stand in one line. */
export const SEPARATOR = " · ";
/** Size of a heading, in font sizes. */
const HEADING = 1.3;

/** What pictures are drawn on: the canvas, its colours, and where plots stand. All lengths are CSS pixels. */
export class Paper {
  readonly canvas: SvgCanvas;
  readonly theme: Theme;
  /** The font size. */
  readonly em: number;
  readonly margin: number;
  readonly plotX: number;
  readonly plotWidth: number;
  /** Where the next thing is drawn. */
  top: number;

  constructor(scale: PictureScale, theme: Theme) {
    this.canvas = new SvgCanvas(scale);
    this.theme = theme;
    this.em = scale.fontSize;
    this.margin = MARGIN_EMS * this.em;
    this.plotX = this.canvas.snap(LEFT_EMS * this.em);
    this.plotWidth = this.canvas.snap(scale.width - (LEFT_EMS + RIGHT_EMS) * this.em);
    this.top = this.margin;
  }

  /** Pixels of the PNG that a length has; at least one. */
  pixels(length: number): number {
    return Math.max(1, Math.round(length * this.canvas.scale.pixelRatio));
  }

  /** Width between the margins. */
  get textWidth(): number {
    return this.canvas.scale.width - 2 * this.margin;
  }

  /** Goes on by some ems. */
  space(ems: number): void {
    this.top += ems * this.em;
  }

  /** The next line for text: gives its baseline, and goes on below it. */
  baseline(size: number = this.em): number {
    const baseline = this.top + ASCENT_EMS * size;
    this.top += LINE_EMS * size;
    return baseline;
  }

  /** A box as wide as the plots, from here down; goes on below it. */
  plotBox(height: number): Box {
    const y = this.canvas.snap(this.top);
    const box = { x: this.plotX, y, width: this.plotWidth, height: this.canvas.snap(height) };
    this.top = y + box.height;
    return box;
  }

  /** A number at a mark to the left of a box. */
  leftMark(box: Box, y: number, label: string): void {
    const { canvas, theme, em } = this;
    const at = canvas.snap(y);
    canvas.line(box.x - MARK_EMS * em, at, box.x, at, theme.axis);
    canvas.text(label, box.x - (MARK_EMS + 0.25) * em, at + DIGIT_MIDDLE_EMS * em, {
      fill: theme.text,
      anchor: "end",
    });
  }

  /** A number at a mark to the right of `x`. */
  rightMark(x: number, y: number, label: string): void {
    const { canvas, theme, em } = this;
    const at = canvas.snap(y);
    canvas.line(x, at, x + MARK_EMS * em, at, theme.axis);
    canvas.text(label, x + (MARK_EMS + 0.25) * em, at + DIGIT_MIDDLE_EMS * em, {
      fill: theme.text,
    });
  }

  /** A line above a plot with the name of its axis at the left and, if there is one, that of the right. */
  plotTitle(left: string, right?: string): void {
    const { canvas, theme } = this;
    const baseline = this.baseline();
    canvas.text(left, this.margin, baseline, { fill: theme.muted });
    if (right !== undefined) {
      canvas.text(right, this.plotX + this.plotWidth, baseline, { fill: theme.muted });
    }
    this.space(0.5);
  }

  /** The axis of time below the plots. */
  timeAxis(duration: Seconds): void {
    const { canvas, theme, em } = this;
    const axis = this.#fittingAxis(duration);
    const y = canvas.snap(this.top + 0.3 * em);
    canvas.line(this.plotX, y, this.plotX + this.plotWidth, y, theme.axis);
    for (const { value, label } of axis.ticks) {
      const x = this.plotX + (duration > 0 ? value / duration : 0) * this.plotWidth;
      canvas.line(x, y, x, y + MARK_EMS * em, theme.axis);
      canvas.text(label, x, y + (MARK_EMS + 1) * em, { fill: theme.text, anchor: "middle" });
    }
    this.top = y + (MARK_EMS + 1.45) * em;
    canvas.text(axis.title, this.plotX + this.plotWidth / 2, this.baseline(), {
      fill: theme.muted,
      anchor: "middle",
    });
  }

  /** A title in bold letters. */
  heading(text: string): void {
    const size = HEADING * this.em;
    const fitting = fitText(text, size, this.textWidth);
    this.canvas.text(fitting, this.margin, this.baseline(size), {
      fill: this.theme.text,
      size,
      bold: true,
    });
    this.space(0.2);
  }

  /** A sentence in as many lines as it takes. */
  sentence(text: string, fill: string): void {
    this.words(text.split(" "), fill, " ");
  }

  /** Words with something between them, in as many lines as they take. */
  words(words: readonly string[], fill: string, separator: string): void {
    for (const line of wrapText(words, separator, this.em, this.textWidth)) {
      this.canvas.text(line, this.margin, this.baseline(), { fill });
    }
  }

  /** The picture as it was drawn; nothing is drawn afterwards. */
  finish(title: string): Picture {
    const { width, pixelRatio } = this.canvas.scale;
    const height = Math.ceil(this.top + this.margin * 0.6);
    const svg = this.canvas.finish(height, this.theme.background, title);
    return new Picture(svg, { width, height, pixelRatio });
  }

  /** As many marks as have room beside each other. */
  #fittingAxis(duration: Seconds): Axis {
    for (let count = Math.ceil(this.plotWidth / (3 * this.em)); count > 1; count--) {
      const axis = timeAxis(duration, count);
      const widest = Math.max(...axis.ticks.map(({ label }) => textWidth(label, this.em)));
      if ((widest + 2.2 * this.em) * (axis.ticks.length - 1) <= this.plotWidth) {
        return axis;
      }
    }
    return timeAxis(duration, 1);
  }
}
