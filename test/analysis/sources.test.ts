import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import {
  type AnalysisSource,
  envelope,
  FlacReader,
  levels,
  loudness,
  readWav,
  spectrogram,
  spectrogramColumns,
  spectrum,
  WavReader,
  WavWriter,
} from "../../src/index.js";
import { noise, writeWav } from "./signals.js";

const RATE = 16_000;
const CHANNELS = [noise(40_000, 0.4, 1), noise(40_000, 0.2, 2)];

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "roomtone-analysis-"));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Everything that can be said about a source. */
async function analysed(source: AnalysisSource, sampleRate?: number): Promise<readonly unknown[]> {
  const rate = sampleRate === undefined ? {} : { sampleRate };
  return [
    await levels(source, rate),
    await loudness(source, rate),
    await spectrum(source, { ...rate, size: 500 }),
    await spectrogram(source, { ...rate, size: 500 }),
    await envelope(source, { ...rate, columns: 77 }),
  ];
}

test("a take, an AudioBuffer, a reader, a path and bare samples give the same", async () => {
  await inFolder(async (folder) => {
    const file = path.join(folder, "take.wav");
    await writeWav(file, CHANNELS, RATE);
    const expected = await analysed(CHANNELS, RATE);
    assert.deepEqual(await analysed(await readWav(file)), expected);
    assert.deepEqual(await analysed(file), expected);
    const buffer = {
      sampleRate: RATE,
      length: 40_000,
      numberOfChannels: 2,
      getChannelData: (channel: number) => CHANNELS[channel] ?? new Float32Array(),
    };
    assert.deepEqual(await analysed(buffer), expected);
    await using reader = await WavReader.open(file);
    reader.seek(12_345);
    assert.deepEqual(await analysed(reader), expected);
    // It is left open.
    reader.seek(0);
    assert.equal((await reader.read(10)).length, 80);
  });
});

test("a FLAC file, by its path or open, gives what its WAV file does", async () => {
  await inFolder(async (folder) => {
    const [wav, flac] = [path.join(folder, "take.wav"), path.join(folder, "take.flac")];
    {
      await using writer = await WavWriter.create(wav, {
        sampleRate: RATE,
        channels: 2,
        format: "int16",
      });
      await writer.writeChannels(CHANNELS.map((samples) => samples.map((sample) => 3 * sample)));
    }
    await (await readWav(wav)).save(flac);
    const expected = await analysed(wav);
    assert.deepEqual(await analysed(flac), expected);
    await using reader = await FlacReader.open(flac);
    assert.deepEqual(await analysed(reader), expected);
    const { channels } = await levels(reader);
    assert.ok((channels[0]?.clipped.count ?? 0) > 0);
  });
});

test("one channel may be given alone", async () => {
  const [one] = CHANNELS;
  assert.ok(one !== undefined);
  assert.deepEqual(await analysed(one, RATE), await analysed([one], RATE));
});

test("a stream is analysed once; again it says that it cannot go back", async () => {
  await inFolder(async (folder) => {
    const file = path.join(folder, "take.wav");
    await writeWav(file, CHANNELS, RATE);
    const stream = Readable.from([await readFile(file)]);
    await using reader = await WavReader.open(stream);
    const measured = await levels(reader);
    assert.deepEqual(measured, await levels(CHANNELS, { sampleRate: RATE }));
    await assert.rejects(() => levels(reader), /RangeError: .*cannot go back/);
  });
});

test("a stream that does not tell its length is cut into segments all the same", async () => {
  await inFolder(async (folder) => {
    const file = path.join(folder, "endless.wav");
    await writeWav(file, CHANNELS, RATE);
    const bytes = await readFile(file);
    // As a program writes it to a pipe: the sizes are unknown.
    const data = bytes.indexOf("data");
    bytes.writeUInt32LE(0xffff_ffff, 4);
    bytes.writeUInt32LE(0xffff_ffff, data + 4);
    const open = (): Promise<WavReader> => WavReader.open(Readable.from([bytes]));
    {
      await using reader = await open();
      assert.equal(reader.length, Infinity);
      const expected = await spectrogram(CHANNELS, { sampleRate: RATE });
      assert.deepEqual(await spectrogram(reader), expected);
    }
    {
      await using reader = await open();
      assert.deepEqual(await spectrum(reader), await spectrum(CHANNELS, { sampleRate: RATE }));
    }
    {
      await using reader = await open();
      await assert.rejects(
        () => spectrum(reader, { size: 50_000 }),
        /at least `size` frames, 50000, got 40000/,
      );
    }
    {
      await using reader = await open();
      const columns = await spectrogramColumns(reader, { size: 50_000 });
      await assert.rejects(async () => {
        for await (const column of columns) {
          assert.fail(`a column at ${column.time} s`);
        }
      }, RangeError);
    }
    {
      await using reader = await open();
      await assert.rejects(
        () => envelope(reader),
        /RangeError: Expected `source` to tell its length/,
      );
    }
  });
});

test("leaving columns early closes the file, and so does never starting", async () => {
  await inFolder(async (folder) => {
    const file = path.join(folder, "take.wav");
    await writeWav(file, CHANNELS, RATE);
    const open = await openFiles(file);
    for await (const { index } of await spectrogramColumns(file)) {
      assert.equal(await openFiles(file), open + 1);
      if (index === 3) {
        break;
      }
    }
    assert.equal(await openFiles(file), open);
    {
      await using columns = await spectrogramColumns(file);
      assert.equal(columns.numberOfChannels, 2);
    }
    assert.equal(await openFiles(file), open);
    await assert.rejects(() => spectrogramColumns(file, { size: 50_000 }), RangeError);
    assert.equal(await openFiles(file), open);
  });
});

/** How often this process has the file open; where nothing tells, 0 and 1 as expected. */
async function openFiles(file: string): Promise<number> {
  const { readdir, readlink } = await import("node:fs/promises");
  const names = await readdir("/proc/self/fd");
  const links = await Promise.all(
    names.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => "")),
  );
  return links.filter((link) => link === file).length;
}

describe("full scale of a file is that of what it stores", () => {
  const cases = [
    { format: "int16", validBits: undefined, value: 32_767 / 32_768, clipped: 1 },
    { format: "int16", validBits: undefined, value: 32_766 / 32_768, clipped: 0 },
    { format: "int24", validBits: 20, value: 1 - 2 ** -19, clipped: 1 },
    { format: "int24", validBits: undefined, value: 1 - 2 ** -19, clipped: 0 },
    { format: "uint8", validBits: undefined, value: 127 / 128, clipped: 1 },
  ] as const;
  for (const { format, validBits, value, clipped } of cases) {
    test(`${format}, ${validBits ?? "all"} bits, a sample of ${value}`, async () => {
      await inFolder(async (folder) => {
        const file = path.join(folder, "clip.wav");
        {
          const bits = validBits === undefined ? {} : { validBits };
          const options = { sampleRate: 8000, channels: 1, format, ...bits };
          await using writer = await WavWriter.create(file, options);
          await writer.writeChannels([Float32Array.of(0, value, value, value, 0, 0.5)]);
        }
        assert.equal((await levels(file)).channels[0]?.clipped.count, clipped);
      });
    });
  }
});

describe("what is no source", () => {
  test("is refused", async () => {
    const wrong: readonly unknown[] = [
      undefined,
      null,
      5,
      true,
      {},
      () => {},
      new Float64Array(4),
      Buffer.alloc(9),
    ];
    for (const source of wrong) {
      await assert.rejects(() => levels(source as never), /TypeError: Expected `source` to be/);
    }
    for (const source of [new Float64Array(4), new Int16Array(4)]) {
      await assert.rejects(() => levels(source as never, { sampleRate: 8000 }), {
        name: "TypeError",
      });
    }
    await assert.rejects(() => levels([[1, 2]] as never, { sampleRate: 8000 }), TypeError);
    await assert.rejects(() => levels("", {}), /RangeError: .*empty string/);
    await assert.rejects(() => levels([], { sampleRate: 8000 }), /at least one channel/);
    const uneven = [new Float32Array(3), new Float32Array(4)];
    await assert.rejects(() => levels(uneven, { sampleRate: 8000 }), /same length, got 3 and 4/);
    await assert.rejects(() => levels("/nowhere/at-all.wav"), { code: "file-not-readable" });
  });

  test("a sample rate beside a source that tells its own", async () => {
    const buffer = {
      sampleRate: 8000,
      length: 4,
      numberOfChannels: 1,
      getChannelData: () => new Float32Array(4),
    };
    await assert.rejects(() => levels(buffer, { sampleRate: 8000 }), /only with bare samples/);
    await assert.rejects(() => levels({ ...buffer, sampleRate: 0 }), RangeError);
    await assert.rejects(() => levels({ ...buffer, length: 5 }), /same length/);
  });
});

test("the event loop goes on while ten seconds of 64 channels are analysed", async () => {
  const channels = Array.from({ length: 64 }, () => noise(160_000, 0.1, 3));
  for (const work of [levels, loudness, spectrum, envelope]) {
    let turns = 0;
    let running = true;
    const count = (): void => {
      turns++;
      if (running) {
        setImmediate(count);
      }
    };
    setImmediate(count);
    await work(channels, { sampleRate: RATE });
    running = false;
    // A fast machine is done with an envelope in some 20 ms; who does not give way leaves no turn at all.
    assert.ok(turns > 0, `${work.name}: ${turns} turns`);
  }
});
