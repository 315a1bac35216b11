import { writeFile } from "node:fs/promises";
import { extname } from "node:path";
import { checkBoolean, checkOptions, checkText, describe } from "../options.js";
import { writeFailure } from "../wav/file-failure.js";
import { CSS_DPI } from "./picture-size.js";
import { rasterise } from "./png.js";

/** What can be chosen of {@link Picture.toPng}. */
export interface PngOptions {
  /**
   * Font files (TTF, OTF, WOFF2) for letters that the built-in font has not. It has the Latin, Greek, Cyrillic and
   * Hebrew alphabets; Chinese, Japanese and Korean need a font of the system's.
   */
  readonly fonts?: readonly Uint8Array[];
}

/** What can be chosen of {@link Picture.save}. */
export interface SavePictureOptions extends PngOptions {
  /** Whether an existing file is replaced. Default `true`. */
  readonly overwrite?: boolean;
}

/** How large a picture is. */
export interface PictureExtent {
  /** In CSS pixels of 1/96 inch. */
  readonly width: number;
  readonly height: number;
  /** Pixels of the PNG for one CSS pixel. */
  readonly pixelRatio: number;
}

/** A drawn picture: SVG, whose text can be selected and whose lines stay sharp at any size, or PNG. */
export class Picture {
  /** In CSS pixels of 1/96 inch. */
  readonly width: number;
  /** In CSS pixels. */
  readonly height: number;
  /** Pixels an inch of the PNG. */
  readonly dpi: number;
  readonly #svg: string;

  /** Made by `waveform()`, `spectrogramPicture()` and `takeSheet()`. */
  constructor(svg: string, extent: PictureExtent) {
    this.width = extent.width;
    this.height = extent.height;
    this.dpi = extent.pixelRatio * CSS_DPI;
    this.#svg = svg;
  }

  /** The whole SVG file. A spectrogram's raster is a PNG inside it. */
  toSvg(): string {
    return this.#svg;
  }

  /**
   * The bytes of a PNG file of `width * dpi / 96` pixels, drawn in a thread of its own. Fonts of the system are not used,
   * so it looks the same everywhere.
   *
   * @throws TypeError for wrong options.
   */
  async toPng(options: PngOptions = {}): Promise<Uint8Array> {
    checkOptions(options, ["fonts"], "toPng()");
    const width = Math.max(1, Math.round((this.width * this.dpi) / CSS_DPI));
    return await rasterise({ svg: this.#svg, width, fonts: checkFonts(options.fonts) }, this.dpi);
  }

  /**
   * Writes the file; its name ends in `.svg` or `.png`, which says what it becomes.
   *
   * @throws TypeError, RangeError for wrong arguments.
   * @throws AudioError `file-not-writable`, `file-exists` (with `overwrite: false`), `disk-full`.
   */
  async save(path: string, options: SavePictureOptions = {}): Promise<void> {
    const kind = pictureKind(checkText(path, "path"), "path");
    checkOptions(options, ["overwrite", "fonts"], "save()");
    const overwrite =
      options.overwrite === undefined || checkBoolean(options.overwrite, "overwrite");
    const fonts = checkFonts(options.fonts);
    const content = kind === "svg" ? this.#svg : await this.toPng({ fonts });
    try {
      await writeFile(path, content, { flag: overwrite ? "w" : "wx" });
    } catch (error) {
      throw writeFailure(error, path);
    }
  }
}

/** What a path says that a picture becomes. */
export function pictureKind(path: string, name: string): "svg" | "png" {
  const extension = extname(path).toLowerCase();
  if (extension !== ".svg" && extension !== ".png") {
    throw new RangeError(`Expected \`${name}\` to end in .svg or .png, got ${describe(path)}`);
  }
  return extension === ".svg" ? "svg" : "png";
}

function checkFonts(value: unknown): readonly Uint8Array[] {
  if (value === undefined) {
    return [];
  }
  if (!Array.isArray(value)) {
    throw new TypeError(`Expected \`fonts\` to be an array of Uint8Arrays, got ${describe(value)}`);
  }
  return value.map((font: unknown, index) => {
    if (!(font instanceof Uint8Array)) {
      throw new TypeError(`Expected \`fonts[${index}]\` to be a Uint8Array, got ${describe(font)}`);
    }
    return font;
  });
}
