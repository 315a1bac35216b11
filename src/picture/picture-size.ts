/** Widths that pictures are made for. */
export const SIZES = ["screen", "single-column", "double-column"] as const;
/** What a picture is made for: a screen, or a column of a paper. */
export type PictureSize = (typeof SIZES)[number];

/** How large things are, in CSS pixels of 1/96 inch. */
export interface PictureScale {
  readonly width: number;
  readonly fontSize: number;
  /** Width of lines of axes. */
  readonly line: number;
  /** Height of a waveform's or spectrogram's plot where nothing else is asked for. */
  readonly plotHeight: number;
  /** Pixels of the PNG for one CSS pixel. */
  readonly pixelRatio: number;
}

/** CSS pixels in an inch, by definition. */
export const CSS_DPI = 96;

const MILLIMETRE = CSS_DPI / 25.4;
const POINT = CSS_DPI / 72;

interface SizeRule {
  readonly width: number;
  readonly fontSize: number;
  readonly line: number;
  readonly plotHeight: number;
  readonly dpi: number;
}

/** The columns of papers are those of most journals: 85 mm and 174 mm at 300 dpi, letters of 7 points. */
const RULES: Readonly<Record<PictureSize, SizeRule>> = {
  screen: { width: 1200, fontSize: 13, line: 1, plotHeight: 200, dpi: CSS_DPI },
  "single-column": {
    width: 85 * MILLIMETRE,
    fontSize: 7 * POINT,
    line: 0.5 * POINT,
    plotHeight: 26 * MILLIMETRE,
    dpi: 300,
  },
  "double-column": {
    width: 174 * MILLIMETRE,
    fontSize: 7 * POINT,
    line: 0.5 * POINT,
    plotHeight: 34 * MILLIMETRE,
    dpi: 300,
  },
};

/** The scale of a named size, with what was asked for otherwise. */
export function scaleOf(
  size: PictureSize,
  width: number | undefined,
  dpi: number | undefined,
): PictureScale {
  const rule = RULES[size];
  return {
    width: width ?? rule.width,
    fontSize: rule.fontSize,
    line: rule.line,
    plotHeight: rule.plotHeight,
    pixelRatio: (dpi ?? rule.dpi) / CSS_DPI,
  };
}
