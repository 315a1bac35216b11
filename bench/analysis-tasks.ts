/** What is computed of ten minutes of sound: by roomtone's names, and by those of scipy and numpy. */
export const ANALYSIS_TASKS = [
  "spectrogram",
  "spectrogram-decibels",
  "spectrogram-columns",
  "spectrogram-mel",
  "spectrum",
  "levels-envelope",
  "levels",
  "loudness",
] as const;

export type AnalysisTask = (typeof ANALYSIS_TASKS)[number];

export const ANALYSIS_RATE = 48_000;
