import type { Hertz } from "../../format.js";
import { joinChunks, type RawChunk } from "./chunk.js";
import { type CuePoint, checkCue, encodeCues } from "./cues.js";
import { encodeMetadata, type WavMetadata } from "./metadata.js";

/** The header of a chunk: the smallest room that can be left over, if any is. */
const LEAST_FILLER_BYTES = 8;

/**
 * The metadata of a file that is being written: what stands in the room before the samples, and
 * what will stand behind them. What it was given is kept as the bytes of the file, so nothing that
 * happens to the caller's objects can make it fail later.
 */
export class FileMetadata {
  /** Bytes before the samples. */
  readonly room: number;
  readonly #sampleRate: Hertz;
  /** Nothing can be written behind the samples. */
  readonly #allBefore: boolean;
  /** Without the cue points. */
  #others: WavMetadata;
  #cues: CuePoint[];
  #ids: Set<number>;
  #head: Uint8Array;
  #late: readonly RawChunk[];
  /** Undefined when it is out of date. */
  #tail: Uint8Array | undefined;

  /**
   * With room for what it is given and for `spareBytes` or a few more. `allBefore` is for streams:
   * behind their samples, whose number no reader knows, nothing can be found.
   *
   * @throws TypeError, RangeError for metadata that cannot be.
   */
  constructor(metadata: WavMetadata, sampleRate: Hertz, spareBytes: number, allBefore: boolean) {
    const { before, after } = encodeMetadata(metadata, sampleRate);
    const spare =
      spareBytes === 0 ? 0 : Math.max(LEAST_FILLER_BYTES, spareBytes + (spareBytes % 2));
    this.room = joinChunks(allBefore ? [...before, ...after] : before).byteLength + spare;
    this.#sampleRate = sampleRate;
    this.#allBefore = allBefore;
    ({
      others: this.#others,
      cues: this.#cues,
      ids: this.#ids,
      head: this.#head,
      late: this.#late,
    } = this.#take(metadata));
  }

  /** All of it. */
  get value(): WavMetadata {
    return this.#cues.length === 0 ? this.#others : { ...this.#others, cues: [...this.#cues] };
  }

  /** Fills the room before the samples. Another array when it has changed. */
  get head(): Uint8Array {
    return this.#head;
  }

  /** What `close()` writes behind the samples: whole chunks. */
  get tail(): Uint8Array {
    if (this.#tail === undefined) {
      const cues = this.#cues.length === 0 || this.#allBefore ? [] : encodeCues(this.#cues);
      this.#tail = joinChunks([...cues, ...this.#late]);
    }
    return this.#tail;
  }

  /** Takes this for all that was there. Throws as the constructor; then all stays as it was. */
  replace(metadata: WavMetadata): void {
    ({
      others: this.#others,
      cues: this.#cues,
      ids: this.#ids,
      head: this.#head,
      late: this.#late,
    } = this.#take(metadata));
    this.#tail = undefined;
  }

  /** Adds a point. Throws TypeError or RangeError for one that cannot be. */
  addCue(cue: CuePoint): void {
    checkCue(cue, "cue");
    if (cue.id !== undefined) {
      if (this.#ids.has(cue.id)) {
        throw new RangeError(`Expected \`cue.id\` to differ from those before, got ${cue.id}`);
      }
      this.#ids.add(cue.id);
    }
    this.#cues.push({ ...cue });
    this.#tail = undefined;
  }

  #take(metadata: WavMetadata): {
    others: WavMetadata;
    cues: CuePoint[];
    ids: Set<number>;
    head: Uint8Array;
    late: readonly RawChunk[];
  } {
    const { before, after } = encodeMetadata(metadata, this.#sampleRate);
    const { cues = [], ...others } = metadata;
    const [fitting, late] = chunksThatFit(
      this.#allBefore ? [...before, ...after] : before,
      this.room,
    );
    const behind = this.#allBefore ? [] : encodeMetadata(others, this.#sampleRate).after;
    return {
      others,
      cues: cues.map((cue) => ({ ...cue })),
      ids: new Set(cues.flatMap(({ id }) => (id === undefined ? [] : [id]))),
      head: joinChunks(fitting),
      late: [...late, ...behind],
    };
  }
}

/**
 * As many of the chunks as fit into the room, which a JUNK chunk fills to its end, and those that do
 * not.
 */
function chunksThatFit(chunks: readonly RawChunk[], room: number): [RawChunk[], RawChunk[]] {
  const fitting: RawChunk[] = [];
  const late: RawChunk[] = [];
  let left = room;
  for (const chunk of chunks) {
    const rest = left - joinChunks([chunk]).byteLength;
    if (rest === 0 || rest >= LEAST_FILLER_BYTES) {
      fitting.push(chunk);
      left = rest;
    } else {
      late.push(chunk);
    }
  }
  if (left > 0) {
    fitting.push({ id: "JUNK", bytes: new Uint8Array(left - LEAST_FILLER_BYTES) });
  }
  return [fitting, late];
}
