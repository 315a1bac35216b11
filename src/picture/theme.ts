/** What a picture is shown on. */
export const THEMES = ["light", "dark"] as const;
/** Dark on white, or light on nearly black. */
export type PictureTheme = (typeof THEMES)[number];

/** Colours of all that is not data of a colour map. */
export interface Theme {
  readonly dark: boolean;
  readonly background: string;
  /** Titles and numbers. */
  readonly text: string;
  /** Names of axes and columns, and what is of less weight. */
  readonly muted: string;
  /** Lines and marks of axes. */
  readonly axis: string;
  /** Lines behind data. */
  readonly grid: string;
  /** From the lowest to the highest sample. */
  readonly peak: string;
  /** From minus to plus the RMS, over the peaks. */
  readonly rms: string;
  /** Lost frames, and nothing else. */
  readonly gap: string;
  /** What a person should look at. */
  readonly warning: string;
}

/** Text has a contrast of 4.5 or more to its background (WCAG 2.1, 1.4.3); blue and red differ for the colour-blind. */
const COLOURS: Readonly<Record<PictureTheme, Theme>> = {
  light: {
    dark: false,
    background: "#ffffff",
    text: "#1b1b1b",
    muted: "#5c5c5c",
    axis: "#8a8a8a",
    grid: "#e2e2e2",
    peak: "#8fb6da",
    rms: "#2a659f",
    gap: "#d0201b",
    warning: "#a34700",
  },
  dark: {
    dark: true,
    background: "#15171b",
    text: "#ebebeb",
    muted: "#a9adb3",
    axis: "#767b83",
    grid: "#2d3138",
    peak: "#3e6c99",
    rms: "#93c5f2",
    gap: "#ff5d54",
    warning: "#ffb454",
  },
};

/** The colours of a theme. */
export function themeOf(name: PictureTheme): Theme {
  return COLOURS[name];
}
