import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import * as roomtone from "../src/index.js";
import * as portaudio from "../src/portaudio.js";
import * as wave from "../src/wave.js";

// What is published is kept: whoever adds a name decides that, and adds it here.

const ROOMTONE = [
  "AudioError",
  "DuplexStream",
  "FlacReader",
  "FlacWriter",
  "InputStream",
  "LevelMeter",
  "LoudnessMeter",
  "OutputStream",
  "Picture",
  "Recorder",
  "Recording",
  "WavBytes",
  "WavReader",
  "WavWriter",
  "checkInputSettings",
  "checkOutputSettings",
  "configure",
  "defaultInput",
  "defaultOutput",
  "devices",
  "envelope",
  "findDevice",
  "levels",
  "loudness",
  "measureLatency",
  "play",
  "playrec",
  "readFlac",
  "readWav",
  "record",
  "recordMany",
  "refreshDevices",
  "repairWav",
  "spectrogram",
  "spectrogramColumns",
  "spectrogramPicture",
  "spectrum",
  "supportedSampleRates",
  "takeSheet",
  "takes",
  "undoRepair",
  "virtualDevice",
  "watchDevices",
  "waveform",
];

const ROOMTONE_TYPES = [
  "AmplitudeRange",
  "AnalysisSource",
  "AudioBufferLike",
  "AudioErrorCode",
  "AudioErrorDetails",
  "AudioStream",
  "Block",
  "BlockFormat",
  "BlockPlace",
  "BroadcastExtension",
  "BroadcastLoudness",
  "ChannelLevels",
  "ClockDrift",
  "ColourMapName",
  "CommonStreamOptions",
  "Configuration",
  "CuePoint",
  "Dbfs",
  "DefaultDeviceChange",
  "Detrend",
  "Device",
  "DeviceAppearance",
  "DeviceChange",
  "DeviceQuery",
  "DeviceWatcher",
  "Direction",
  "DuplexBlock",
  "DuplexStreamOptions",
  "EndReason",
  "Envelope",
  "EnvelopeOptions",
  "FindOptions",
  "FlacBlock",
  "FlacComment",
  "FlacSampleFormat",
  "FlacWarning",
  "FlacWarningCode",
  "FlacWriterOptions",
  "Frames",
  "FrequencyScaleName",
  "Gap",
  "GapCause",
  "Hertz",
  "HostApi",
  "HostErrorDetail",
  "HostName",
  "InputReadableOptions",
  "InputStats",
  "InputStreamOptions",
  "KeepOptions",
  "LatencyOptions",
  "Level",
  "LevelMeterOptions",
  "Levels",
  "LevelsOptions",
  "ListOptions",
  "LoopKind",
  "Loudness",
  "LoudnessMeterOptions",
  "LoudnessOptions",
  "LoudnessReading",
  "LoudnessSeries",
  "LoudnessWeights",
  "Lufs",
  "MainsHum",
  "ManyOutcome",
  "ManyResult",
  "Mark",
  "MeasuredLatency",
  "MelOptions",
  "MetadataWarning",
  "MeterBlock",
  "MeterReading",
  "Milliseconds",
  "MixDown",
  "OutputStats",
  "OutputStreamOptions",
  "PackOptions",
  "ParsedMetadata",
  "Pause",
  "PeakInfo",
  "PictureOptions",
  "PictureSize",
  "PictureTheme",
  "PlanarSamples",
  "PlanarTargets",
  "PlayOptions",
  "PlayProgress",
  "PlaySource",
  "PlayableFrames",
  "Playback",
  "PlayrecOptions",
  "PngOptions",
  "ProcessInfo",
  "ProcessingOptions",
  "ProcessorContext",
  "ProcessorModule",
  "ReadChannelsOptions",
  "ReadChunkOptions",
  "ReadMetadataOptions",
  "RecordOptions",
  "RecordProgress",
  "RecordedFile",
  "RecorderEvents",
  "RecorderLevel",
  "RecorderOptions",
  "RecorderResult",
  "RecorderState",
  "RecorderStats",
  "RecordingDetails",
  "RecordingReadableOptions",
  "RemoveDc",
  "RepairOptions",
  "RmsReference",
  "Run",
  "Runs",
  "SampleArray",
  "SampleFormat",
  "SampleLoop",
  "SamplerInfo",
  "SaveContainer",
  "SaveOptions",
  "SavePictureOptions",
  "Seconds",
  "SegmentOptions",
  "SilenceRule",
  "SoundTrigger",
  "Spectrogram",
  "SpectrogramColumn",
  "SpectrogramColumns",
  "SpectrogramLook",
  "SpectrogramOptions",
  "SpectrogramPictureOptions",
  "SpectrogramShape",
  "Spectrum",
  "SpectrumOptions",
  "SpectrumScaling",
  "SpectrumUnit",
  "SplitOptions",
  "StartOptions",
  "StopOptions",
  "StreamLatency",
  "StreamState",
  "StreamStats",
  "SupportedRatesOptions",
  "Take",
  "TakeSheetOptions",
  "TakesOptions",
  "TargetOptions",
  "Underflow",
  "Verdict",
  "VerdictCode",
  "VirtualFileOptions",
  "VirtualLoopbackOptions",
  "VirtualNoiseOptions",
  "VirtualOptions",
  "VirtualOverrun",
  "VirtualPace",
  "VirtualSinkOptions",
  "VirtualStall",
  "VirtualTimingOptions",
  "VirtualToneOptions",
  "VoiceOptions",
  "WatchDevicesOptions",
  "WavBlock",
  "WavChange",
  "WavChunk",
  "WavCodec",
  "WavContainer",
  "WavEncoding",
  "WavFileHandle",
  "WavFormat",
  "WavGrowth",
  "WavInfo",
  "WavMetadata",
  "WavRepair",
  "WavSampleFormat",
  "WavSource",
  "WavTarget",
  "WavWarning",
  "WavWarningCode",
  "WavWriterOptions",
  "WaveformOptions",
  "Window",
  "WindowName",
];

// The constants have a test of their own, in pyaudio.slow.test.ts.
const PORTAUDIO = [
  "AudioError",
  "PyAudio",
  "Stream",
  "getFormatFromWidth",
  "getPortaudioVersion",
  "getPortaudioVersionText",
  "getSampleSize",
];
const PORTAUDIO_TYPES = [
  "CallbackResult",
  "DeviceInfo",
  "FormatQuery",
  "HostApiInfo",
  "StreamCallback",
  "StreamOptions",
  "TimeInfo",
];

const WAVE = [
  "Error",
  "WAVE_FORMAT_EXTENSIBLE",
  "WAVE_FORMAT_IEEE_FLOAT",
  "WAVE_FORMAT_PCM",
  "WavBytes",
  "WaveError",
  "WaveRead",
  "WaveWrite",
  "Wave_read",
  "Wave_write",
  "open",
];
const WAVE_TYPES = ["WaveParams", "WaveParamsTuple"];

/** Names that examples, docs and users rely on. */
const FIXED: readonly string[] = [
  "devices",
  "findDevice",
  "defaultInput",
  "defaultOutput",
  "refreshDevices",
  "record",
  "recordMany",
  "play",
  "playrec",
  "InputStream",
  "OutputStream",
  "DuplexStream",
  "Recording",
  "WavReader",
  "WavWriter",
  "readWav",
  "AudioError",
];

/** The methods of PyAudio's manager and stream in blocking mode, in camelCase. */
const MANAGER = [
  "close",
  "getDefaultHostApiInfo",
  "getDefaultInputDeviceInfo",
  "getDefaultOutputDeviceInfo",
  "getDeviceCount",
  "getDeviceInfoByHostApiDeviceIndex",
  "getDeviceInfoByIndex",
  "getFormatFromWidth",
  "getHostApiCount",
  "getHostApiInfoByIndex",
  "getHostApiInfoByType",
  "getSampleSize",
  "isFormatSupported",
  "open",
  "terminate",
];
const STREAM = [
  "close",
  "getCpuLoad",
  "getInputLatency",
  "getOutputLatency",
  "getReadAvailable",
  "getTime",
  "getWriteAvailable",
  "isActive",
  "isStopped",
  "read",
  "startStream",
  "stopStream",
  "write",
];

for (const { entry, names, values, types } of [
  { entry: "index", names: roomtone, values: ROOMTONE, types: ROOMTONE_TYPES },
  { entry: "portaudio", names: portaudio, values: PORTAUDIO, types: PORTAUDIO_TYPES },
  { entry: "wave", names: wave, values: WAVE, types: WAVE_TYPES },
]) {
  const isConstant = (name: string): boolean => /^pa[A-Z]/.test(name);

  test(`${entry}.js publishes just the listed names`, () => {
    const published = Object.keys(names).filter((name) => !isConstant(name));
    assert.deepEqual(published.sort(), [...values].sort());
  });

  test(`${entry}.d.ts publishes the same names and just the listed types`, async () => {
    const published = await declaredNames(entry);
    assert.deepEqual(
      published.filter((name) => !isConstant(name)),
      [...values, ...types].sort(),
    );
  });
}

test("every fixed name of the foundations is there", () => {
  for (const name of FIXED) {
    assert.ok(ROOMTONE.includes(name), name);
  }
});

test("the manager and the stream have just PyAudio's methods", () => {
  assert.deepEqual(methods(portaudio.PyAudio.prototype), MANAGER);
  assert.deepEqual(methods(portaudio.Stream.prototype), [...STREAM, "gaps"].sort());
});

function methods(prototype: object): string[] {
  return Object.getOwnPropertyNames(prototype)
    .filter((name) => name !== "constructor")
    .sort();
}

/** The names that the compiled declarations of an entry point export; its comments are left out. */
async function declaredNames(entry: string): Promise<string[]> {
  const url = new URL(`../../dist/${entry}.d.ts`, import.meta.url);
  const text = (await readFile(url, "utf8")).replace(/\/\*[\s\S]*?\*\//g, "");
  assert.doesNotMatch(text, /export \*/);
  const lists = [...text.matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, list]) =>
    (list ?? "").split(",").map((item) =>
      item
        .trim()
        .replace(/^type /, "")
        .split(" as ")
        .pop(),
    ),
  );
  const declared = [...text.matchAll(/export declare (?:function|class|const) (\w+)/g)].map(
    ([, name]) => name,
  );
  return [...new Set([...lists, ...declared])]
    .filter((name) => name !== undefined && name !== "")
    .map(String)
    .sort();
}

test("docs/errors.md has one heading for each code, and no other", async () => {
  const source = await readFile("src/errors.ts", "utf8");
  const declared = /export type AudioErrorCode =([^;]*);/.exec(source)?.[1] ?? "";
  const codes = [...declared.matchAll(/"([a-z-]+)"/g)].map(([, code]) => code);
  const page = await readFile("docs/errors.md", "utf8");
  const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
  assert.ok(codes.length > 10);
  assert.deepEqual(new Set(headings), new Set(codes));
  assert.equal(headings.length, codes.length);
});
