/** The pictures that are measured. */
export const PICTURE_KINDS = ["sheet", "waveform", "spectrogram"] as const;
