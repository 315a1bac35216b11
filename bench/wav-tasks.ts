/** What each program does with a WAV file: write it, read its bytes, read 32-bit floats of each channel. */
export const TASKS = ["write", "bytes", "floats"] as const;
export type Task = (typeof TASKS)[number];

export const WAV_FILE_FORMATS = ["int16", "float32"] as const;
export type WavFileFormat = (typeof WAV_FILE_FORMATS)[number];

/** Frames that are written or read with one call, by those who do not take the whole file. */
export const WAV_BLOCK_FRAMES = 65_536;
