import { basename } from "node:path";
import { type AnalysisSource, openPlanarSource } from "../analysis/source.js";
import { isFlacFile } from "../flac/parse.js";
import { FlacReader } from "../flac/reader.js";
import type { Frames, Hertz } from "../format.js";
import type { Device } from "../hosts/host.js";
import { type Gap, Recording } from "../recording/recording.js";
import { WavReader } from "../wav/reader.js";

/** What is known of a source beside its samples. */
export interface TakeFacts {
  readonly sampleRate: Hertz;
  readonly numberOfChannels: number;
  readonly length: Frames;
  /** Bare samples, which do not tell their rate. */
  readonly bare: boolean;
  /** How the samples are stored, where something tells. */
  readonly format: string | undefined;
  /** The frames that are known to be lost, in order. */
  readonly gaps: readonly Gap[];
  /** Whether a source without gaps is known to have none. */
  readonly gapsAreKnown: boolean;
  /** The name of its file. */
  readonly name: string | undefined;
  readonly device: Device | undefined;
  /** When it began, as text. */
  readonly startedAt: string | undefined;
}

/**
 * Looks at a source without reading its samples. Of files it reads what their cue points say of lost frames, and the
 * time of their broadcast extension.
 *
 * @throws TypeError, RangeError for what cannot be analysed, and for a stream whose length is not known.
 * @throws AudioError as `WavReader.open()` and `FlacReader.open()` for a path.
 */
export async function takeFacts(
  take: AnalysisSource,
  sampleRate: Hertz | undefined,
): Promise<TakeFacts> {
  if (typeof take === "string" && take !== "") {
    await using reader = (await isFlacFile(take))
      ? await FlacReader.open(take)
      : await WavReader.open(take);
    return { ...(await takeFacts(reader, sampleRate)), name: basename(take) };
  }
  await using source = await openPlanarSource(take, sampleRate);
  if (!Number.isFinite(source.length)) {
    throw new RangeError(
      "Expected `take` to have a known length, got a stream; read it with readWav() first",
    );
  }
  const { numberOfChannels, length } = source;
  const facts = {
    sampleRate: source.sampleRate,
    numberOfChannels,
    length,
    bare: take instanceof Float32Array || Array.isArray(take),
    name: undefined,
  };
  if (take instanceof Recording) {
    const { format, gaps, device, startedAt } = take;
    return {
      ...facts,
      format,
      gaps,
      gapsAreKnown: device !== undefined,
      device,
      startedAt: timeText(startedAt),
    };
  }
  const none = { gaps: source.gaps, gapsAreKnown: false, device: undefined };
  if (take instanceof WavReader) {
    const { metadata } = await take.readMetadata();
    const { originationDate, originationTime } = metadata.bext ?? {};
    const started = [originationDate, originationTime].filter((text) => text !== undefined);
    return {
      ...facts,
      ...none,
      format: formatText(take),
      startedAt: started.length === 0 ? undefined : started.join(" "),
    };
  }
  const format = take instanceof FlacReader ? `FLAC, ${take.bitsPerSample} bits` : undefined;
  return { ...facts, ...none, format, startedAt: undefined };
}

function timeText(time: Date | undefined): string | undefined {
  return time === undefined || Number.isNaN(time.getTime())
    ? undefined
    : `${time.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

function formatText({ encoding, format }: WavReader): string {
  return encoding.codec === "pcm" || encoding.codec === "float" ? format : encoding.codec;
}
