import type { Frames } from "../../format.js";
import { fourCharacters } from "../containers/chunk-header.js";
import { behind, isKnown } from "../containers/data-size.js";
import { type LongSizes, SIZE_ELSEWHERE } from "../containers/riff.js";
import { FrameReader } from "../frame-reader.js";
import type { WavLayout } from "../parse.js";
import { type Requests, readBytes } from "../requests.js";

/** How far the audio and the file really go. */
export interface Extent {
  /** Bytes of audio: whole frames. */
  readonly dataBytes: number;
  readonly frames: Frames;
  /** Where the file says that it ends. */
  readonly declaredEnd: number;
  /** Where its outermost chunk ends, pad byte and all; one more than the file has where that is missing. */
  readonly end: number;
}

/** What other programs put behind a WAV file: tags, and another file. */
const FOREIGN = ["TAG", "ID3", "APETAGEX", "RIFF", "RIFX", "RF64", "BW64"];

/**
 * Finds out how far audio and file go.
 *
 * A file that ends, by its own word, with its data, and goes on with bytes that are neither chunks
 * nor a tag, was being written: its header is of an earlier moment, and these bytes are audio too.
 */
export function* findExtent(
  layout: WavLayout,
  longSizes: LongSizes | undefined,
  fileBytes: number,
): Requests<Extent> {
  const { container, dataPosition, dataBytes, chunks } = layout;
  const reader = new FrameReader(layout);
  const declaredEnd =
    container.declaredEnd === 8 + SIZE_ELSEWHERE && container.name !== "Wave64"
      ? (longSizes?.riffEnd ?? container.declaredEnd)
      : container.declaredEnd;
  const dataEnd = dataPosition + dataBytes;
  const padded = behind(dataPosition, dataBytes, container);
  const endsWithData = declaredEnd === dataEnd || declaredEnd === padded;
  const chunksEnd = Math.max(
    0,
    ...chunks
      .filter(({ position }) => position > dataEnd)
      .map(({ position, size }) => behind(position, size, container)),
  );
  const isRest = endsWithData && dataEnd < fileBytes && !(yield* isForeign(layout, dataEnd));
  const isLast = isRest || chunksEnd === 0;
  let bytes = dataBytes;
  // A pad byte alone is not more audio.
  if (isRest && fileBytes > padded && fileBytes - dataEnd >= reader.unit.bytes) {
    bytes = fileBytes - dataPosition;
  }
  // A block of ADPCM has frames also when it is cut; bytes before a chunk cannot be left out.
  if (reader.unit.frames === 1 && isLast) {
    bytes -= bytes % reader.unit.bytes;
  }
  const end = isLast ? behind(dataPosition, bytes, container) : chunksEnd;
  return {
    dataBytes: bytes,
    frames: reader.framesIn(bytes),
    declaredEnd,
    // The fill bytes of Wave64 are missed by nobody.
    end: container.alignment === 2 ? end : Math.min(end, fileBytes),
  };
}

/** Whether what stands behind the data is not audio: chunks up to the end, a chunk in use, a tag. */
function* isForeign({ chunks, warnings }: WavLayout, dataEnd: number): Requests<boolean> {
  const first = chunks.find(({ position }) => position > dataEnd);
  const broken = warnings.some(
    ({ code, position }) =>
      (code === "trailing-bytes" || code === "chunk-too-large") && position >= dataEnd,
  );
  if (first !== undefined && (!broken || isKnown(first.id))) {
    return true;
  }
  const bytes = yield* readBytes(dataEnd, 9);
  const texts = [fourCharacters(bytes, 0), fourCharacters(bytes, 1)];
  return texts.some(
    (text) => isKnown(text) || FOREIGN.some((word) => text.startsWith(word.slice(0, 4))),
  );
}
