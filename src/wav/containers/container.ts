import type { WavContainer } from "../encoding.js";
import { WavFault } from "../fault.js";
import { type Requests, readBytes } from "../requests.js";
import { type ChunkHeader, fourCharacters } from "./chunk-header.js";
import { riffChunkAt, riffEnd } from "./riff.js";
import { isWave64, wave64ChunkAt, wave64End } from "./wave64.js";

/** The outer form of a file. */
export interface Container {
  readonly name: WavContainer;
  readonly bigEndian: boolean;
  /** Where the first chunk stands. */
  readonly firstChunk: number;
  /** Chunks begin at multiples of so many bytes. */
  readonly alignment: 2 | 8;
  /** Where the file ends by its own word; the 32-bit one of RF64 and BW64 is a placeholder. */
  readonly declaredEnd: number;
}

/** Other formats that programs may mistake for WAV, by their first four bytes. */
const OTHERS: ReadonlyMap<string, string> = new Map([
  ["FORM", "AIFF"],
  ["fLaC", "FLAC"],
  ["OggS", "Ogg"],
  [".snd", "AU"],
  ["caff", "CAF"],
  ["wvpk", "WavPack"],
]);

const RIFF_NAMES: readonly WavContainer[] = ["RIFF", "RIFX", "RF64", "BW64"];

/**
 * Reads the head of a file.
 *
 * @throws WavFault when it is no WAV file.
 */
export function* readContainer(): Requests<Container> {
  const head = yield* readBytes(0, 40);
  const id = fourCharacters(head, 0);
  const other = OTHERS.get(id);
  if (other !== undefined) {
    throw new WavFault("unknown-container", `${other} files are not supported`, 0, id);
  }
  if (isWave64(head)) {
    const end = wave64End(head);
    return { name: "Wave64", bigEndian: false, firstChunk: 40, alignment: 8, declaredEnd: end };
  }
  const name = RIFF_NAMES.find((known) => known === id);
  if (name === undefined) {
    const found = head.byteLength < 4 ? "it is too short" : `it does not begin with "RIFF"`;
    throw new WavFault("not-riff", `not a WAV file: ${found}`, 0, "RIFF");
  }
  if (fourCharacters(head, 8) !== "WAVE") {
    throw new WavFault("not-wave", `not a WAV file: "WAVE" is missing behind "${id}"`, 8, id);
  }
  const bigEndian = name === "RIFX";
  const declaredEnd = riffEnd(head, bigEndian);
  return { name, bigEndian, firstChunk: 12, alignment: 2, declaredEnd };
}

/** The header of the chunk at `position`; undefined where the file ends before it does. */
export function* readChunkHeader(
  container: Container,
  position: number,
): Requests<ChunkHeader | undefined> {
  return container.name === "Wave64"
    ? yield* wave64ChunkAt(position)
    : yield* riffChunkAt(position, container.bigEndian);
}
