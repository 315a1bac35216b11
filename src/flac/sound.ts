import { createHash, type Hash } from "node:crypto";
import { bytesPerFrame, type Frames } from "../format.js";
import type { ByteSource } from "../wav/source.js";
import { formatOf } from "./decoder.js";
import { decodeFrames, type FoundFrame } from "./frame-stream.js";
import type { StreamInfo } from "./stream-info.js";
import type { ReportFlacWarning } from "./warning.js";

/** A run of frames of a FLAC file. Its memory belongs to whoever received it. */
export interface FlacBlock {
  /** Position of the first frame in the file. */
  readonly position: Frames;
  /** Number of frames, never 0. */
  readonly length: Frames;
  /** The frames in the reader's `format`: interleaved, little-endian. */
  readonly bytes: Uint8Array;
}

/** About how many bytes a block has. */
const BLOCK_BYTES = 64 * 1024;
/** The least bytes of a FLAC frame: header, one channel of silence, checksum. */
const LEAST_FRAME_BYTES = 10;
/** As many FLAC frames may be in what the decoder reads ahead. */
const UNCERTAIN_FRAMES = 64;
const MOST_BLOCK_FRAMES: Frames = 65_535;

/**
 * The sound of a FLAC file, in blocks of moderate size, each right behind the one before: where FLAC frames are damaged,
 * silence stands in for them. `report` is told of damage and of what the file says wrongly of itself.
 */
export async function* decodeSound(
  source: Pick<ByteSource, "read">,
  soundPosition: number,
  info: StreamInfo,
  report: ReportFlacWarning,
): AsyncGenerator<FlacBlock, void, undefined> {
  const frameBytes = bytesPerFrame(formatOf(info.bits), info.channels);
  const blockFrames = Math.max(1, Math.floor(BLOCK_BYTES / frameBytes));
  const checksum = checksumOf(info);
  const timeline = new Timeline(info, report);
  let parts: Uint8Array[] = [];
  let collected: Frames = 0;
  let position: Frames = 0;
  const block = (): FlacBlock => {
    const bytes = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
    const made = { position, length: collected, bytes };
    position += collected;
    parts = [];
    collected = 0;
    return made;
  };
  for await (const frame of decodeFrames(source, soundPosition, info)) {
    for (let missing = timeline.place(frame); missing > 0; ) {
      const count = Math.min(missing, blockFrames);
      parts.push(new Uint8Array(count * frameBytes));
      collected += count;
      missing -= count;
      if (collected >= blockFrames) {
        yield block();
      }
    }
    checksum?.update(frame.bytes);
    parts.push(frame.bytes);
    collected += frame.frames;
    if (collected >= blockFrames) {
      yield block();
    }
  }
  if (collected > 0) {
    yield block();
  }
  timeline.end();
  const wanted = Buffer.from(info.md5);
  if (timeline.sound && checksum !== undefined && !checksum.digest().equals(wanted)) {
    report("checksum-wrong", "the samples are not those that its checksum was made of", position);
  }
}

/** Where FLAC frames belong, by what they say themselves. */
class Timeline {
  readonly #info: StreamInfo;
  readonly #report: ReportFlacWarning;
  /** Frames so far, with those of silence. */
  #frames: Frames = 0;
  /** What the file's count is ahead of ours: not 0 for a piece cut out of a stream. */
  #ahead: Frames | undefined;
  #damaged = false;

  constructor(info: StreamInfo, report: ReportFlacWarning) {
    this.#info = info;
    this.#report = report;
  }

  /** Whether all was as the file says. */
  get sound(): boolean {
    return !this.#damaged && (this.#info.frames === 0 || this.#info.frames === this.#frames);
  }

  /** Takes a FLAC frame; gives how many frames of silence stand before it. */
  place({ position, frames, damagedBytes }: FoundFrame): Frames {
    const ahead = this.#ahead ?? (damagedBytes > 0 ? 0 : position);
    const missing = position - ahead - this.#frames;
    const lost = damagedBytes === 0 ? 0 : damagedBytes / LEAST_FRAME_BYTES + UNCERTAIN_FRAMES;
    const most = lost * (this.#info.maxBlockFrames || MOST_BLOCK_FRAMES);
    const silence = missing > 0 && missing <= most ? missing : 0;
    if (damagedBytes > 0) {
      this.#damaged = true;
      const what = `about ${damagedBytes} bytes are damaged; ${silence} frames of silence stand for them`;
      this.#report("damaged-frames", what, this.#frames);
    }
    // What does not fit stands where it comes: a stream that was put together counts anew.
    this.#ahead = position - this.#frames - silence;
    this.#frames += silence + frames;
    return silence;
  }

  end(): void {
    const told = this.#info.frames;
    if (told > this.#frames) {
      const what = `its header tells of ${told} frames, ${this.#frames} are there`;
      this.#report("frames-missing", what, this.#frames);
    } else if (told > 0 && told < this.#frames) {
      const what = `its header tells of ${told} frames, and there are ${this.#frames}`;
      this.#report("length-wrong", what, told);
    }
  }
}

/** The MD5 of samples as they are stored here; of odd depths it would be made of others. */
function checksumOf(info: StreamInfo): Hash | undefined {
  const told = info.md5.some((byte) => byte !== 0);
  return told && info.bits % 8 === 0 ? createHash("md5") : undefined;
}
