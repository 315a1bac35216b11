// Runs in a process of its own: picture.js KIND FILE
// Draws a picture of a WAV file once, after one of its first second for the compiler. Prints a JSON list: the most memory
// in bytes above what the process had before, the milliseconds until the SVG was there, those of CPU time of all threads, and
// the milliseconds of the PNG after it.
import {
  type AnalysisSource,
  type Picture,
  spectrogramPicture,
  takeSheet,
  WavReader,
  waveform,
} from "../../src/index.js";
import { checkWord } from "../../src/options.js";
import { PICTURE_KINDS } from "../picture-kinds.js";

const DRAW: Readonly<
  Record<(typeof PICTURE_KINDS)[number], (take: AnalysisSource) => Promise<Picture>>
> = {
  sheet: (take) => takeSheet(take),
  waveform: (take) => waveform(take),
  spectrogram: (take) => spectrogramPicture(take),
};

const [kindWord, file = ""] = process.argv.slice(2);
const draw = DRAW[checkWord(kindWord, "kind", PICTURE_KINDS)];
const before = process.resourceUsage().maxRSS;
await (await draw(await firstSecond())).toPng();
const cpuBefore = process.cpuUsage();
const began = performance.now();
const picture = await draw(file);
const drawn = performance.now();
const { user, system } = process.cpuUsage(cpuBefore);
await picture.toPng();
const done = performance.now();
const memory = (process.resourceUsage().maxRSS - before) * 1024;
console.log(JSON.stringify([memory, drawn - began, (user + system) / 1000, done - drawn]));

async function firstSecond(): Promise<AnalysisSource> {
  await using reader = await WavReader.open(file);
  const { sampleRate, numberOfChannels } = reader;
  const channels = await reader.readChannels(sampleRate);
  return {
    sampleRate,
    numberOfChannels,
    length: channels[0]?.length ?? 0,
    getChannelData: (channel) => channels[channel] ?? new Float32Array(),
  };
}
