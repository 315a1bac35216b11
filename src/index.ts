/**
 * roomtone records sound in the script that analyses it. In the order in which the data flow:
 *
 * - a **device** is a microphone or another source, real or virtual: {@link devices}, {@link findDevice};
 * - a **stream** is an open connection to one, that hands over blocks of frames: {@link InputStream};
 * - a **recording** is what was recorded, with its gaps: {@link record};
 * - a **file** keeps it: {@link WavWriter}, {@link WavReader}.
 */

// The words of the field
export type {
  Dbfs,
  Frames,
  Hertz,
  Milliseconds,
  SampleArray,
  SampleFormat,
  Seconds,
} from "./format.js";

// Faults
export {
  AudioError,
  type AudioErrorCode,
  type AudioErrorDetails,
  type HostErrorDetail,
} from "./errors.js";

// Devices
export type { Device, GapCause, HostApi, HostName } from "./hosts/host.js";
export type { DeviceQuery, Direction } from "./device-query.js";
export {
  defaultInput,
  defaultOutput,
  devices,
  type FindOptions,
  findDevice,
  type ListOptions,
  refreshDevices,
} from "./devices.js";
export type {
  DefaultDeviceChange,
  DeviceAppearance,
  DeviceChange,
} from "./watch/device-changes.js";
export type { DeviceWatcher } from "./watch/device-watcher.js";
export { watchDevices, type WatchDevicesOptions } from "./watch/watch-devices.js";
export {
  checkInputSettings,
  checkOutputSettings,
  type SupportedRatesOptions,
  supportedSampleRates,
} from "./check-settings.js";

// Virtual devices
export { virtualDevice } from "./hosts/virtual/spec-text.js";
export type {
  VirtualFileOptions,
  VirtualLoopbackOptions,
  VirtualNoiseOptions,
  VirtualOptions,
  VirtualOverrun,
  VirtualPace,
  VirtualSinkOptions,
  VirtualStall,
  VirtualTimingOptions,
  VirtualToneOptions,
} from "./hosts/virtual/spec.js";

// Streams
export type { Block, BlockFormat, BlockPlace } from "./stream/block.js";
export type { CommonStreamOptions } from "./stream/common-options.js";
export type { InputStreamOptions } from "./stream/input-settings.js";
export type { OutputStreamOptions } from "./stream/output-settings.js";
export type { DuplexStreamOptions } from "./stream/duplex-settings.js";
export type { StreamState } from "./stream/life-cycle.js";
export type { InputStats, OutputStats, StreamLatency, StreamStats } from "./stream/stats.js";
export type { Underflow } from "./stream/protocol.js";
export type { PlayableFrames } from "./stream/output-side.js";
export type { PackOptions } from "./stream/packed-bytes.js";
export type { InputReadableOptions } from "./stream/readable.js";
export type { DuplexBlock } from "./stream/duplex-block.js";
export type { AudioStream } from "./stream/audio-stream.js";
export { InputStream } from "./stream/input-stream.js";
export { OutputStream } from "./stream/output-stream.js";
export { DuplexStream } from "./stream/duplex-stream.js";

// Work in the audio thread
export type { ProcessInfo, ProcessorContext, ProcessorModule } from "./stream/processor.js";

// Defaults of a script
export type { Configuration } from "./configuration.js";
export { configure } from "./configure.js";

// Playing
export type { AudioBufferLike, PlaySource } from "./playing/source.js";
export { type Playback, type PlayOptions, type PlayProgress, play } from "./playing/play.js";
export { type PlayrecOptions, playrec } from "./playing/playrec.js";
export {
  type LatencyOptions,
  type MeasuredLatency,
  measureLatency,
} from "./playing/measure-latency.js";

// Recordings
export type { Level } from "./analysis/level-meter.js";
export type { RecordProgress } from "./recording/progress.js";
export type { SaveContainer, SaveOptions } from "./recording/save.js";
export type { RecordingReadableOptions } from "./recording/recording-readable.js";
export { type RecordOptions, record } from "./recording/record.js";
export type {
  SilenceRule,
  SoundTrigger,
  VoiceOptions,
} from "./recording/conditions/check.js";
export type { MixDown } from "./recording/processing/mix.js";
export type { RemoveDc } from "./recording/processing/dc.js";
export type { ProcessingOptions } from "./recording/processing/chain.js";
export type { SplitOptions } from "./recording/files/split-plan.js";
export type { KeepOptions } from "./recording/files/retention.js";
export type { ClockDrift } from "./recording/clock/drift.js";
export type {
  RecorderOptions,
  StartOptions,
  StopOptions,
  TargetOptions,
} from "./recording/recorder-options.js";
export type {
  EndReason,
  Mark,
  Pause,
  RecordedFile,
  RecorderResult,
} from "./recording/recorder-result.js";
export type { RecorderEvents, RecorderLevel, RecorderState } from "./recording/recorder-events.js";
export { Recorder } from "./recording/recorder.js";
export type { RecorderStats } from "./recording/recorder-stats.js";
export { type Take, type TakesOptions, takes } from "./recording/takes.js";
export { type ManyOutcome, type ManyResult, recordMany } from "./recording/record-many.js";
export { type Gap, Recording, type RecordingDetails } from "./recording/recording.js";
export { readFlac } from "./recording/read-flac.js";
export { readWav } from "./recording/read-wav.js";

// Analysis
export type { AnalysisSource } from "./analysis/source.js";
export { type Envelope, type EnvelopeOptions, envelope } from "./analysis/envelope.js";
export type {
  ChannelLevels,
  Levels,
  LevelsOptions,
  MainsHum,
  RmsReference,
  Run,
  Runs,
  Verdict,
  VerdictCode,
} from "./analysis/level-results.js";
export { levels } from "./analysis/levels.js";
export type { MeterBlock } from "./analysis/meter-block.js";
export { LevelMeter, type LevelMeterOptions, type MeterReading } from "./analysis/level-meter.js";
export type { LoudnessWeights } from "./analysis/channel-weights.js";
export type {
  Loudness,
  LoudnessOptions,
  LoudnessReading,
  LoudnessSeries,
  Lufs,
} from "./analysis/loudness-results.js";
export { loudness } from "./analysis/loudness.js";
export { LoudnessMeter, type LoudnessMeterOptions } from "./analysis/loudness-meter.js";
export type { Window, WindowName } from "./analysis/window.js";
export type {
  Detrend,
  SegmentOptions,
  SpectrumScaling,
  SpectrumUnit,
} from "./analysis/spectrum-options.js";
export { type Spectrum, type SpectrumOptions, spectrum } from "./analysis/spectrum.js";
export type { MelOptions } from "./analysis/mel.js";
export type {
  SpectrogramColumn,
  SpectrogramOptions,
  SpectrogramShape,
} from "./analysis/column-stream.js";
export {
  type Spectrogram,
  type SpectrogramColumns,
  spectrogram,
  spectrogramColumns,
} from "./analysis/spectrogram.js";

// Pictures
export type { AmplitudeRange } from "./picture/amplitude-scale.js";
export type { ColourMapName } from "./picture/colour-map.js";
export type { FrequencyScaleName } from "./picture/frequency-scale.js";
export type { PictureOptions } from "./picture/picture-options.js";
export type { PictureSize } from "./picture/picture-size.js";
export type { PictureTheme } from "./picture/theme.js";
export { Picture, type PngOptions, type SavePictureOptions } from "./picture/picture.js";
export {
  type SpectrogramLook,
  type SpectrogramPictureOptions,
  spectrogramPicture,
} from "./picture/spectrogram-picture.js";
export { type TakeSheetOptions, takeSheet } from "./picture/take-sheet.js";
export { type WaveformOptions, waveform } from "./picture/waveform.js";

// Files
export type { WavCodec, WavContainer, WavEncoding } from "./wav/encoding.js";
export type { WavSource } from "./wav/open-source.js";
export type { WavChunk } from "./wav/parse.js";
export type {
  ReadChannelsOptions,
  ReadChunkOptions,
  ReadMetadataOptions,
  WavBlock,
} from "./wav/read-types.js";
export { WavReader } from "./wav/reader.js";
export type { WavWarning, WavWarningCode } from "./wav/warning.js";
export type { WavFormat, WavGrowth, WavSampleFormat } from "./wav/header.js";
export { WavWriter } from "./wav/writer.js";
export type { WavChange } from "./wav/repair/change.js";
export {
  type RepairOptions,
  repairWav,
  undoRepair,
  type WavRepair,
} from "./wav/repair/repair.js";
export type { WavWriterOptions } from "./wav/writer-options.js";
export { WavBytes } from "./wav/sinks/memory.js";
export type { WavFileHandle } from "./wav/sinks/file.js";
export type { WavTarget } from "./wav/sinks/open-sink.js";
export type { PlanarTargets } from "./wav/codecs/planar.js";
export type { PlanarSamples } from "./wav/planar.js";

export type { FlacComment } from "./flac/comments.js";
export type { FlacSampleFormat } from "./flac/format.js";
export { FlacReader } from "./flac/reader.js";
export type { FlacBlock } from "./flac/sound.js";
export type { FlacWarning, FlacWarningCode } from "./flac/warning.js";
export { FlacWriter } from "./flac/writer.js";
export type { FlacWriterOptions } from "./flac/writer-options.js";

// What a file says beside its samples
export type { BroadcastExtension, BroadcastLoudness } from "./wav/metadata/bext.js";
export type { CuePoint } from "./wav/metadata/cues.js";
export type { WavInfo } from "./wav/metadata/info.js";
export type { MetadataWarning, ParsedMetadata, WavMetadata } from "./wav/metadata/metadata.js";
export type { PeakInfo } from "./wav/metadata/peak.js";
export type { LoopKind, SampleLoop, SamplerInfo } from "./wav/metadata/sampler.js";
