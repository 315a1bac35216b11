import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { decode } from "fast-png";
import { AudioError, type Picture, waveform } from "../../src/index.js";
import { sine } from "../rig/tone.js";

const RATE = 8000;
const TAKE = sine(4000, RATE, 440, 0.5);
let folder = "";

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "roomtone-"));
});

after(async () => {
  await rm(folder, { recursive: true });
});

function draw(options: Parameters<typeof waveform>[1] = {}): Promise<Picture> {
  return waveform(TAKE, { sampleRate: RATE, ...options });
}

test("a PNG has the pixels of its size and resolution, and says the resolution", async () => {
  for (const [options, pixels, dpi] of [
    [{}, 1200, 96],
    [{ size: "single-column" }, 1004, 300],
    [{ size: "double-column" }, 2055, 300],
    [{ size: "single-column", dpi: 600 }, 2008, 600],
    [{ width: 300, dpi: 192 }, 600, 192],
  ] as const) {
    const picture = await draw(options);
    const { width, height, resolution } = decode(await picture.toPng());
    assert.equal(width, pixels);
    assert.ok(Math.abs(height - (picture.height * dpi) / 96) <= 1);
    assert.equal(picture.dpi, dpi);
    assert.equal(resolution?.unit, 1);
    assert.ok(Math.abs((resolution?.x ?? 0) * 0.0254 - dpi) < 0.02);
  }
});

test("a PNG has letters, without any font of the system", async () => {
  const [plain, titled] = await Promise.all(
    ["  ", "Grüße, Ελλάδα, Москва, שלום"].map(async (title) => (await draw({ title })).toPng()),
  );
  assert.ok(plain !== undefined && titled !== undefined);
  // In the room of the title nothing but letters can be dark.
  const dark = (png: Uint8Array): number => {
    const { data, width, channels } = decode(png);
    const head = data.subarray(0, width * 28 * channels);
    return head.filter((part, index) => index % channels === 0 && part < 128).length;
  };
  assert.equal(dark(plain), 0);
  assert.ok(dark(titled) > 500, `${dark(titled)}`);
});

test("letters that the built-in font has not are drawn with a font that is given", async () => {
  const file = import.meta.resolve("@fontsource/arimo/files/arimo-greek-ext-400-normal.woff2");
  const picture = await draw({ title: "ἀἁἂἃἄἅἆἇ" });
  const fonts = [await readFile(fileURLToPath(file))];
  assert.notDeepEqual(await picture.toPng({ fonts }), await picture.toPng());
});

test("the same take gives the same files", async () => {
  assert.equal((await draw()).toSvg(), (await draw()).toSvg());
  assert.deepEqual(await (await draw()).toPng(), await (await draw()).toPng());
});

test("save() writes what the name says, and replaces unless it is told not to", async () => {
  const picture = await draw();
  const [svg, png] = [join(folder, "a.svg"), join(folder, "A.PNG")];
  await picture.save(svg);
  await picture.save(png);
  assert.equal(await readFile(svg, "utf8"), picture.toSvg());
  assert.deepEqual(new Uint8Array(await readFile(png)), await picture.toPng());
  await writeFile(svg, "precious");
  await assert.rejects(
    picture.save(svg, { overwrite: false }),
    (error) => error instanceof AudioError && error.code === "file-exists",
  );
  assert.equal(await readFile(svg, "utf8"), "precious");
  await picture.save(svg);
  assert.equal(await readFile(svg, "utf8"), picture.toSvg());
});

test("a place that cannot be written is an AudioError, another ending a RangeError", async () => {
  const picture = await draw();
  await assert.rejects(
    picture.save(join(folder, "nowhere", "a.svg")),
    (error) => error instanceof AudioError && error.code === "file-not-writable",
  );
  for (const path of ["a", "a.jpg", "svg", ".png", "a.png.bak"]) {
    await assert.rejects(picture.save(join(folder, path)), RangeError, path);
  }
  await assert.rejects(picture.save(""), RangeError);
});

test("wrong arguments of toPng() and save() are told", async () => {
  const picture = await draw();
  const path = join(folder, "wrong.png");
  for (const options of [null, 1, "x", [], { font: [] }, { fonts: "Arial" }, { fonts: [1] }]) {
    const wrong: never = options as never;
    await assert.rejects(picture.toPng(wrong), TypeError, JSON.stringify(options));
    await assert.rejects(picture.save(path, wrong), TypeError, JSON.stringify(options));
  }
  for (const overwrite of [1, null, "no"]) {
    await assert.rejects(picture.save(path, { overwrite: overwrite as never }), TypeError);
  }
  for (const wrong of [undefined, null, 1, {}]) {
    await assert.rejects(picture.save(wrong as never), TypeError);
  }
  await assert.rejects(picture.toPng({ font: [] } as never), /did you mean `fonts`\?/);
});

test("pictures that are asked for at once are each drawn right", async () => {
  const drawings = await Promise.all([200, 300, 400, 500].map((width) => draw({ width })));
  const files = await Promise.all(drawings.map((picture) => picture.toPng()));
  assert.deepEqual(
    files.map((file) => decode(file).width),
    [200, 300, 400, 500],
  );
});

test("a process that has drawn ends at once", async () => {
  const script = `
    const { waveform } = await import(${JSON.stringify(new URL("../../src/index.js", import.meta.url))});
    await (await waveform(new Float32Array(9), { sampleRate: 8000 })).toPng();
    console.log(performance.now());
    process.on("exit", () => console.log(performance.now()));`;
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--input-type=module",
    "-e",
    script,
  ]);
  const [drawn = 0, ended = 0] = stdout.split("\n").map(Number);
  // The thread would wait for ten seconds.
  assert.ok(ended - drawn < 5000, `${ended - drawn} ms`);
});

test("a file that is no font is left aside", async () => {
  const plain = await (await draw()).toPng();
  assert.deepEqual(await (await draw()).toPng({ fonts: [Uint8Array.of(1, 2, 3)] }), plain);
});
