import type { AudioBufferLike } from "../playing/source.js";
import type { Recording } from "../recording/recording.js";
import type { WavReader } from "../wav/reader.js";

/**
 * What can be analysed: a take or anything of the shape of an `AudioBuffer`, an open `WavReader` (all of its file, in
 * bounded memory; it is left open), the path of a WAV file (likewise), or bare samples with full scale 1, of one channel
 * or one array for each; those need the option `sampleRate`.
 */
export type AnalysisSource =
  | Recording
  | AudioBufferLike
  | WavReader
  | string
  | Float32Array
  | readonly Float32Array[];
