import { existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";

/** A folder of the test's own, gone when the test ends. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), "roomtone-wav-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * A link in the test's own folder to /dev/null or /dev/full; undefined where the system has none.
 * Tests write through it, never to the device's own path: code that goes wrong as root and removes
 * what it should have written then removes the link, not the machine's device.
 */
export function linkToDevice(t: TestContext, name: "null" | "full"): string | undefined {
  const device = `/dev/${name}`;
  if (!existsSync(device)) {
    t.skip(`needs ${device}`);
    return undefined;
  }
  const link = path.join(temporaryFolder(t), name);
  symlinkSync(device, link);
  return link;
}

/** Numbers from 0 to below 1 that are the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Bytes that are the same for the same seed. As floats none of them is a NaN. */
export function seededBytes(length: number, seed: number): Uint8Array {
  const random = seededRandom(seed);
  return Uint8Array.from({ length }, (_, index) => {
    const byte = Math.floor(random() * 256);
    return index % 4 === 3 ? byte & 0xbf : byte;
  });
}

/** A chunk as it should be; `size` makes it lie about its size, `pad: false` forget its pad byte. */
export function chunk(
  id: string,
  body: Uint8Array,
  options: { readonly size?: number; readonly pad?: boolean } = {},
): Uint8Array {
  const pad = options.pad === false ? 0 : body.byteLength % 2;
  const bytes = new Uint8Array(8 + body.byteLength + pad);
  bytes.set(Buffer.from(id, "latin1"));
  new DataView(bytes.buffer).setUint32(4, options.size ?? body.byteLength, true);
  bytes.set(body, 8);
  return bytes;
}

export interface FmtFields {
  readonly tag?: number;
  readonly channels?: number;
  readonly sampleRate?: number;
  readonly bits?: number;
  readonly blockAlign?: number;
  /** The SubFormat's tag of an extensible chunk. */
  readonly subFormat?: number;
  /** Makes the SubFormat one that is no format tag. */
  readonly foreignGuid?: boolean;
}

/** A `fmt ` chunk; 16-bit stereo of 8,000 Hz where nothing else is said. */
export function fmt(fields: FmtFields = {}): Uint8Array {
  const { tag = 1, channels = 2, sampleRate = 8000, bits = 16 } = fields;
  const blockAlign = fields.blockAlign ?? channels * Math.ceil(bits / 8);
  const body = new Uint8Array(fields.subFormat === undefined ? 16 : 40);
  const view = new DataView(body.buffer);
  view.setUint16(0, tag, true);
  view.setUint16(2, channels, true);
  view.setUint32(4, sampleRate, true);
  view.setUint32(8, sampleRate * blockAlign, true);
  view.setUint16(12, blockAlign, true);
  view.setUint16(14, bits, true);
  if (fields.subFormat !== undefined) {
    view.setUint16(16, 22, true);
    view.setUint16(18, bits, true);
    view.setUint16(24, fields.subFormat, true);
    body.set(Buffer.from("000000001000800000aa00389b71", "hex"), 26);
    if (fields.foreignGuid === true) {
      body[39] = 0x99;
    }
  }
  return chunk("fmt ", body);
}

/** A WAV file of these chunks. */
export function wav(...chunks: readonly Uint8Array[]): Uint8Array {
  return riff(chunks);
}

/** The same, with a RIFF size and ids that may be wrong. */
export function riff(
  chunks: readonly Uint8Array[],
  head: { readonly id?: string; readonly form?: string; readonly size?: number } = {},
): Uint8Array {
  const body = Buffer.concat([Buffer.from(head.form ?? "WAVE", "latin1"), ...chunks]);
  return chunk(head.id ?? "RIFF", body, { size: head.size ?? body.byteLength });
}
