import { writeFileSync } from "node:fs";
import path from "node:path";
import { chunk, fmt, riff, seededBytes } from "./files.js";

/** A file as a crashed recorder leaves it. */
export interface BrokenFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** The whole frames that are there. */
  readonly frames: number;
  /** The bytes of these frames. */
  readonly audio: Uint8Array;
  /** Python's `wave` reads neither floats nor RF64. */
  readonly plain: boolean;
}

const FRAMES = 1000;

/** A header as a program writes it before it knows the sizes, and audio behind. */
export function brokenFiles(): BrokenFile[] {
  const stereo = seededBytes(FRAMES * 4, 1);
  const cut = Buffer.concat([stereo, Buffer.from([1, 2, 3])]);
  const mono24 = seededBytes(999 * 3, 2);
  const float = seededBytes(FRAMES * 4, 3);
  const fact = chunk("fact", new Uint8Array(4));
  const room = chunk("JUNK", new Uint8Array(28));
  const rest = (data: Uint8Array, size: number): Uint8Array =>
    chunk("data", data, { size, pad: false });
  const file = (
    name: string,
    size: number,
    chunks: readonly Uint8Array[],
    audio: Uint8Array,
    more: { readonly frames?: number; readonly plain?: boolean; readonly id?: string } = {},
  ): BrokenFile => ({
    name,
    // The file ends where its recorder was stopped, without a pad byte.
    bytes: riff(chunks, { size, ...(more.id === undefined ? {} : { id: more.id }) }).subarray(
      0,
      chunks.reduce((sum, { byteLength }) => sum + byteLength, 12),
    ),
    frames: more.frames ?? FRAMES,
    audio,
    plain: more.plain ?? true,
  });
  return [
    // roomtone, killed between two checkpoints: a second of frames is in the header, the rest is not.
    file("ours", 64 + 8 + 400, [room, fmt(), rest(cut, 400)], stereo),
    file("python-wave", 36, [fmt(), rest(cut, 0)], stereo),
    file("arecord", 0x80000024, [fmt(), rest(cut, 0x80000000)], stereo),
    file("sox-pipe", 0x7ffff024, [fmt(), rest(cut, 0x7ffff000)], stereo),
    file(
      "ffmpeg-pipe",
      0xffffffff,
      [fmt(), chunk("LIST", Buffer.from("INFOISFT\u0004\0\0\0Lavf")), rest(cut, 0xffffffff)],
      stereo,
    ),
    file("libsndfile", 0, [fmt(), rest(cut, 0)], stereo),
    file("too-large", 36 + 8000, [fmt(), rest(cut, 8000)], stereo),
    file("odd-without-pad", 0, [fmt({ channels: 1, bits: 24 }), rest(mono24, 0)], mono24, {
      frames: 999,
    }),
    file("float-fact", 0, [fmt({ tag: 3, channels: 1, bits: 32 }), fact, rest(float, 0)], float, {
      plain: false,
    }),
    file(
      "rf64-zeros",
      0xffffffff,
      [chunk("ds64", new Uint8Array(28)), fmt(), rest(cut, 0xffffffff)],
      stereo,
      { plain: false, id: "RF64" },
    ),
    file("rf64-without-ds64", 0xffffffff, [fmt(), rest(cut, 0xffffffff)], stereo, { id: "RF64" }),
  ];
}

/** Writes the broken files into a folder; gives their paths. */
export function writeBroken(folder: string, files: readonly BrokenFile[]): string[] {
  return files.map(({ name, bytes }) => {
    const target = path.join(folder, `${name}.wav`);
    writeFileSync(target, bytes);
    return target;
  });
}
