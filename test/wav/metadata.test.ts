import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { BroadcastExtension } from "../../src/wav/metadata/bext.js";
import { chunkBytes, type RawChunk } from "../../src/wav/metadata/chunk.js";
import type { CuePoint } from "../../src/wav/metadata/cues.js";
import {
  encodeMetadata,
  METADATA_CHUNKS,
  parseMetadata,
  type WavMetadata,
} from "../../src/wav/metadata/metadata.js";
import { chunk, seededBytes, seededRandom } from "./files.js";

const ascii = (text: string): Buffer => Buffer.from(text, "latin1");

function encoded(metadata: WavMetadata): RawChunk[] {
  const { before, after } = encodeMetadata(metadata, 48_000);
  return [...before, ...after];
}

/** What is read from the chunks of a metadata object; nothing may have been wrong with them. */
function back(metadata: WavMetadata): WavMetadata {
  const { metadata: read, warnings } = parseMetadata(encoded(metadata));
  assert.deepEqual(warnings, []);
  return read;
}

/** Bytes of little-endian numbers and of text, one behind the other: `u16`, `u32` by their width. */
function bytes(
  ...fields: readonly (string | readonly [width: 1 | 2 | 4, value: number])[]
): Buffer {
  return Buffer.concat(
    fields.map((field) => {
      if (typeof field === "string") {
        return ascii(field);
      }
      const [width, value] = field;
      const number = Buffer.alloc(width);
      number.writeUIntLE(value < 0 ? value + 2 ** (8 * width) : value, 0, width);
      return number;
    }),
  );
}

const BEXT: BroadcastExtension = {
  description: "Two wrens, one of them angry",
  originator: "roomtone",
  originatorReference: "DE-RT-0001",
  originationDate: "2026-03-09",
  originationTime: "05:41:07",
  timeReference: 2 ** 32 + 5,
  version: 2,
  umid: seededBytes(64, 5),
  loudness: {
    integrated: -22.64,
    range: 5.2,
    maxTruePeak: -1.005,
    maxMomentary: -18,
    maxShortTerm: -19.5,
  },
  codingHistory: "A=PCM,F=48000,W=24,M=mono,T=roomtone\r\n",
};

/** The same, laid out by hand after EBU Tech 3285, version 2, section 2.3. */
const BEXT_BYTES = bytes(
  (BEXT.description ?? "").padEnd(256, "\0"),
  "roomtone".padEnd(32, "\0"),
  "DE-RT-0001".padEnd(32, "\0"),
  "2026-03-09",
  "05:41:07",
  [4, 5],
  [4, 1],
  [2, 2],
  Buffer.from(seededBytes(64, 5)).toString("latin1"),
  [2, -2264],
  [2, 520],
  [2, -101],
  [2, -1800],
  [2, -1950],
  "\0".repeat(180),
  BEXT.codingHistory ?? "",
);

test("bext is laid out as EBU Tech 3285 says, byte by byte", () => {
  assert.deepEqual(encoded({ bext: BEXT }), [{ id: "bext", bytes: new Uint8Array(BEXT_BYTES) }]);
  const { metadata, warnings } = parseMetadata([{ id: "bext", bytes: BEXT_BYTES }]);
  const loudness = { ...BEXT.loudness, maxTruePeak: -1.01 };
  assert.deepEqual(metadata, { bext: { ...BEXT, loudness } });
  assert.deepEqual(warnings, []);
});

test("loudness is rounded to hundredths, a half away from zero, as EBU Tech 3285 says", () => {
  for (const [value, stored] of [
    [-22.644, -2264],
    [-22.645, -2265],
    [-22.646, -2265],
    [1.005, 101],
    [0.004, 0],
    [327.66, 32766],
    [-327.68, -32768],
  ] as const) {
    const [bext] = encoded({ bext: { loudness: { integrated: value } } });
    assert.equal(Buffer.from(bext?.bytes ?? []).readInt16LE(412), stored, `${value}`);
  }
});

test("loudness that was not measured stands as 0x7FFF and is left out when read", () => {
  const [bext] = encoded({ bext: { loudness: { range: 3 } } });
  assert.equal(Buffer.from(bext?.bytes ?? []).readInt16LE(412), 0x7fff);
  assert.deepEqual(back({ bext: { loudness: { range: 3 } } }).bext?.loudness, { range: 3 });
});

test("bext takes the lowest version that has the fields given, and refuses a lower one", () => {
  const versionOf = (bext: BroadcastExtension): number | undefined => back({ bext }).bext?.version;
  assert.equal(versionOf({}), 0);
  assert.equal(versionOf({ umid: seededBytes(32, 1) }), 1);
  assert.equal(versionOf({ loudness: {} }), 2);
  assert.equal(versionOf({ version: 1 }), 1);
  assert.throws(() => encoded({ bext: { version: 0, umid: seededBytes(64, 1) } }), RangeError);
  assert.throws(() => encoded({ bext: { version: 1, loudness: {} } }), RangeError);
});

test("LIST INFO, cue points with their labels, and smpl loops are laid out as Microsoft says", () => {
  const chunks = encoded({
    info: { INAM: "Wren", ISFT: "abc" },
    cues: [
      { position: 480, label: "in" },
      { position: 960, id: 7, note: "a dog", lengthFrames: 100 },
    ],
    sampler: { unityNote: 69, pitchFraction: 0.5, loops: [{ start: 1, end: 9, playCount: 2 }] },
  });
  const info = bytes("INFO", "INAM", [4, 5], "Wren\0\0", "ISFT", [4, 4], "abc\0");
  const point = (id: number, position: number): (string | readonly [1 | 2 | 4, number])[] => [
    [4, id],
    [4, position],
    "data",
    [4, 0],
    [4, 0],
    [4, position],
  ];
  const cue = bytes([4, 2], ...point(1, 480), ...point(7, 960));
  const adtl = bytes(
    "adtl",
    "labl",
    ...([[4, 7], [4, 1], "in\0\0", "note", [4, 10], [4, 7], "a dog\0"] as const),
    ...(["ltxt", [4, 20], [4, 7], [4, 100], "rgn ", [4, 0], [4, 0]] as const),
  );
  const smpl = bytes(
    ...([0, 0, 20_833, 69, 2 ** 31, 0, 0, 1, 0] as const).map((value) => [4, value] as const),
    ...([0, 0, 1, 9, 0, 2] as const).map((value) => [4, value] as const),
  );
  assert.deepEqual(
    chunks.map(({ id, bytes: body }) => [id, Buffer.from(body)]),
    [
      ["LIST", info],
      ["cue ", cue],
      ["LIST", adtl],
      ["smpl", smpl],
    ],
  );
});

test("iXML, axml, id3 and PEAK come back as they were", () => {
  const metadata: WavMetadata = {
    ixml: '\ufeff<?xml version="1.0" encoding="UTF-8"?><BWFXML><NOTE>häß 🎤</NOTE></BWFXML>',
    axml: "<ebuCoreMain/>",
    id3: seededBytes(31, 8),
    peak: { time: 1_700_000_000, channels: [{ value: 0.5, position: 12 }] },
  };
  assert.deepEqual(back(metadata), metadata);
});

test("fact is told, and is not part of what is written", () => {
  const fact = { id: "fact", bytes: bytes([4, 1234]) };
  assert.equal(parseMetadata([fact]).factFrames, 1234);
  assert.deepEqual(parseMetadata([fact]).metadata, {});
  assert.equal(parseMetadata([]).factFrames, undefined);
});

test("text that is not UTF-8 is read as Latin-1, and text is written as UTF-8", () => {
  const latin = { id: "LIST", bytes: Buffer.concat([ascii("INFO"), chunk("INAM", ascii("Käse"))]) };
  assert.deepEqual(parseMetadata([latin]).metadata, { info: { INAM: "Käse" } });
  const [ours] = encoded({ info: { INAM: "Käse" } });
  assert.ok(Buffer.from(ours?.bytes ?? []).includes(Buffer.from("Käse", "utf8")));
  assert.deepEqual(back({ info: { INAM: "Käse" } }), { info: { INAM: "Käse" } });
});

test("chunks of a RIFX file are read with their bytes the other way round", () => {
  const cue = Buffer.alloc(4 + 24);
  cue.writeUInt32BE(1, 0);
  cue.writeUInt32BE(3, 4);
  cue.write("data", 12, "latin1");
  cue.writeUInt32BE(777, 24);
  const labl = Buffer.from("adtllabl\0\0\0\x06\0\0\0\x03a\0", "latin1");
  const { metadata, warnings } = parseMetadata(
    [
      { id: "cue ", bytes: cue },
      { id: "LIST", bytes: labl },
    ],
    { bigEndian: true },
  );
  assert.deepEqual(metadata, { cues: [{ position: 777, id: 3, label: "a" }] });
  assert.deepEqual(warnings, []);
});

test("broken chunks give what is whole in them, and a warning each", () => {
  const cases: [RawChunk[], WavMetadata, RegExp][] = [
    [
      [{ id: "bext", bytes: ascii("short") }],
      { bext: { description: "short", timeReference: 0, version: 0 } },
      /602 are the least/,
    ],
    [
      [{ id: "bext", bytes: Buffer.alloc(602, 0xff).fill(0, 0, 338).fill(0, 346, 348) }],
      { bext: { version: 0 } },
      /above 2\^53/,
    ],
    [[{ id: "cue ", bytes: bytes([4, 5]) }], {}, /5 points, 0 are there/],
    [
      [{ id: "cue ", bytes: bytes([4, 1], [4, 1], [4, 0], "slnt", [4, 0], [4, 0], [4, 3]) }],
      {},
      /slnt/,
    ],
    [
      [
        {
          id: "LIST",
          bytes: Buffer.concat([ascii("INFO"), chunk("INAM", ascii("ab"), { size: 99 })]),
        },
      ],
      { info: { INAM: "ab" } },
      /99 bytes, 2 are there/,
    ],
    [
      [{ id: "LIST", bytes: Buffer.concat([ascii("adtl"), chunk("labl", bytes([4, 9], "x"))]) }],
      {},
      /point 9 is left out/,
    ],
    [[{ id: "smpl", bytes: new Uint8Array(3) }], { sampler: silentSampler() }, /36 are the least/],
    [[{ id: "PEAK", bytes: bytes([4, 2], [4, 2]) }], {}, /version 2/],
    [[{ id: "fact", bytes: new Uint8Array(2) }], {}, /only 2 bytes/],
    [
      [
        { id: "iXML", bytes: ascii("a") },
        { id: "iXML", bytes: ascii("b") },
      ],
      { ixml: "a" },
      /more than one/,
    ],
  ];
  for (const [chunks, metadata, warning] of cases) {
    const parsed = parseMetadata(chunks);
    assert.deepEqual(parsed.metadata, metadata);
    assert.equal(parsed.warnings.length, 1, String(warning));
    assert.match(parsed.warnings[0]?.message ?? "", warning);
    assert.ok(METADATA_CHUNKS.has(parsed.warnings[0]?.chunk ?? ""));
  }
});

function silentSampler(): object {
  const zeros = ["manufacturer", "product", "samplePeriod", "unityNote", "pitchFraction"];
  const names = [...zeros, "smpteFormat", "smpteOffset"];
  return { ...Object.fromEntries(names.map((name) => [name, 0])), loops: [] };
}

test("an entry whose pad byte was forgotten does not hide the next one", () => {
  const entries = [
    chunk("INAM", ascii("abc"), { pad: false }),
    chunk("IART", ascii("d")),
    chunk("ICMT", ascii("ef")),
  ];
  const list = { id: "LIST", bytes: Buffer.concat([ascii("INFO"), ...entries]) };
  const { metadata, warnings } = parseMetadata([list]);
  assert.deepEqual(metadata, { info: { INAM: "abc", IART: "d", ICMT: "ef" } });
  assert.deepEqual(warnings, []);
});

test("no bytes make the parser throw, and a fault in each byte does not fill the memory", () => {
  const ids = [...METADATA_CHUNKS, "data", "????"];
  const random = seededRandom(17);
  const good = encoded({ ...SAMPLE, bext: BEXT });
  for (let round = 0; round < 3000; round++) {
    const chunks = good.map(({ id, bytes: body }) => {
      const broken = Uint8Array.from(body.subarray(0, Math.ceil(random() * body.byteLength)));
      for (let hit = random() * 6; hit > 0; hit--) {
        broken[Math.floor(random() * broken.byteLength)] = random() * 256;
      }
      const other = ids[Math.floor(random() * ids.length)] ?? "LIST";
      return { id: random() < 0.1 ? other : id, bytes: broken };
    });
    parseMetadata(chunks, { bigEndian: random() < 0.2 });
  }
  const zeros = { id: "cue ", bytes: Buffer.alloc(240_000) };
  zeros.bytes.writeUInt32LE(9999);
  assert.equal(parseMetadata([zeros]).warnings.length, 100);
});

test("what has nothing in it is not written", () => {
  assert.deepEqual(encoded({}), []);
  assert.deepEqual(encoded({ info: {}, cues: [] }), []);
});

test("labels come before notes and stretches, behind which libsndfile reads none", () => {
  const cues = [
    { position: 1, label: "a", note: "b", lengthFrames: 2 },
    { position: 3, label: "c", note: "d" },
  ];
  const [, adtl] = encoded({ cues });
  const text = Buffer.from(adtl?.bytes ?? []).toString("latin1");
  assert.deepEqual(text.match(/labl|note|ltxt/g), ["labl", "labl", "note", "note", "ltxt"]);
});

const SAMPLE: WavMetadata = {
  info: { INAM: "name", ICMT: "", "abc ": "ü" },
  cues: [{ position: 0, id: 4, label: "", note: "n", lengthFrames: 0, text: "t" }],
  ixml: "<a/>",
};

test("any metadata comes back as it was written", () => {
  const text = (maxLength: number): fc.Arbitrary<string> =>
    fc
      .string({ unit: "grapheme-composite", maxLength })
      .filter((value) => !value.includes("\0") && Buffer.byteLength(value) <= maxLength);
  const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
  const some = { requiredKeys: [] as never[] };
  const filled = (maxLength: number): fc.Arbitrary<string> =>
    text(maxLength).filter((value) => value !== "");
  const hundredths = fc.integer({ min: -32_768, max: 32_766 }).map((value) => value / 100);
  const cue = fc.record(
    { position: u32, id: u32, label: text(40), note: text(9), lengthFrames: u32 },
    { requiredKeys: ["position", "id"] },
  );
  const any: fc.Arbitrary<WavMetadata> = fc.record(
    {
      info: fc.dictionary(fc.stringMatching(/^[ -~]{4}$/), text(50), { minKeys: 1 }),
      bext: fc.record(
        {
          description: filled(256),
          originator: filled(32),
          originatorReference: filled(32),
          originationDate: fc.constant("2001-02-03"),
          originationTime: fc.constant("23-59-60"),
          timeReference: fc.maxSafeNat(),
          version: fc.integer({ min: 2, max: 0xffff }),
          loudness: fc.record(
            { integrated: hundredths, range: hundredths, maxTruePeak: hundredths },
            { requiredKeys: ["integrated"] },
          ),
          codingHistory: filled(300),
        },
        { requiredKeys: ["timeReference", "version"] },
      ),
      cues: fc.uniqueArray(cue, { selector: ({ id }) => id, minLength: 1 }),
      sampler: fc.record({
        manufacturer: u32,
        product: u32,
        samplePeriod: u32,
        unityNote: u32,
        pitchFraction: u32.map((value) => value / 2 ** 32),
        smpteFormat: u32,
        smpteOffset: u32,
        loops: fc.array(
          fc.record({
            kind: fc.constantFrom("forward", "alternating", "backward"),
            start: u32,
            end: u32,
            playCount: u32,
            fraction: u32.map((value) => value / 2 ** 32),
            id: u32,
          }),
        ),
      }),
      ixml: text(100),
      axml: text(100),
      id3: fc.uint8Array(),
    },
    some,
  );
  fc.assert(
    fc.property(any, (metadata) => {
      assert.deepEqual(plain(back(metadata)), plain(metadata));
      for (const raw of encoded(metadata)) {
        assert.equal(chunkBytes(raw).byteLength % 2, 0);
      }
    }),
    { seed: 4, numRuns: 300 },
  );
});

/** Without the prototypes that the generator leaves out, and with -0 as the file has it: 0. */
function plain(metadata: WavMetadata): unknown {
  return JSON.parse(JSON.stringify(metadata));
}

test("what does not fit or is of a wrong kind is refused, not cut off", () => {
  const wrong: [unknown, typeof TypeError | typeof RangeError][] = [
    [null, TypeError],
    ["title", TypeError],
    [{ title: "x" }, TypeError],
    [{ info: { title: "x" } }, RangeError],
    [{ info: { INAM: 5 } }, TypeError],
    [{ info: { INAM: "a\0b" } }, RangeError],
    [{ info: null }, TypeError],
    [{ bext: 5 }, TypeError],
    [{ bext: { description: "x".repeat(257) } }, RangeError],
    [{ bext: { originator: "ü".repeat(17) } }, RangeError],
    [{ bext: { originationDate: "9 March" } }, RangeError],
    [{ bext: { originationTime: 5 } }, TypeError],
    [{ bext: { timeReference: -1 } }, RangeError],
    [{ bext: { timeReference: 0.5 } }, RangeError],
    [{ bext: { umid: seededBytes(31, 1) } }, RangeError],
    [{ bext: { umid: "abc" } }, TypeError],
    [{ bext: { loudness: { integrated: 400 } } }, RangeError],
    [{ bext: { loudness: { integrated: "loud" } } }, TypeError],
    [{ cues: {} }, TypeError],
    [{ cues: [{}] }, TypeError],
    [{ cues: [{ position: 2 ** 32 }] }, RangeError],
    [{ cues: [{ position: 1, name: "x" }] }, TypeError],
    [{ cues: [{ position: 1, label: 5 }] }, TypeError],
    [{ cues: [{ position: 1, id: 3 } satisfies CuePoint, { position: 2, id: 3 }] }, RangeError],
    [{ sampler: [], cues: null }, TypeError],
    [{ sampler: { loops: [{ start: 1 }] } }, TypeError],
    [{ sampler: { loops: [{ start: 1, end: 2, kind: "up" }] } }, RangeError],
    [{ sampler: { pitchFraction: 1 } }, RangeError],
    [{ sampler: { data: [1] } }, TypeError],
    [{ ixml: 5 }, TypeError],
    [{ id3: "x" }, TypeError],
    [{ peak: {} }, TypeError],
    [{ peak: { time: 0, channels: [{ value: "x", position: 0 }] } }, TypeError],
  ];
  for (const [metadata, kind] of wrong) {
    assert.throws(
      () => encodeMetadata(metadata as WavMetadata, 48_000),
      kind,
      JSON.stringify(metadata),
    );
  }
});
