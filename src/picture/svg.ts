import { AudioError } from "../errors.js";
import type { PictureScale } from "./picture-size.js";

/** Where text stands by its point. */
export type TextAnchor = "start" | "middle" | "end";

/** How text looks where it is not plain. */
export interface TextLook {
  readonly fill: string;
  readonly size?: number;
  readonly anchor?: TextAnchor;
  readonly bold?: boolean;
}

/** How a shape looks; what is not given is not drawn. */
export interface ShapeLook {
  readonly fill?: string;
  readonly stroke?: string;
  readonly strokeWidth?: number;
  readonly opacity?: number;
}

/** A rectangle in CSS pixels; y grows downwards. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** First the font that PNG files are drawn with, then those of the same widths. */
const FONTS = "Arimo, Arial, Helvetica, 'Liberation Sans', sans-serif";
/** Collects the elements of an SVG file. Every number in it is finite: anything else is a fault of ours, told at once. */
export class SvgCanvas {
  readonly scale: PictureScale;
  readonly #parts: string[] = [];

  constructor(scale: PictureScale) {
    this.scale = scale;
  }

  /** A length at a whole pixel of the PNG, so that edges are sharp. */
  snap(length: number): number {
    const { pixelRatio } = this.scale;
    return Math.round(length * pixelRatio) / pixelRatio;
  }

  /** A line of text; `y` is its baseline. */
  text(text: string, x: number, y: number, look: TextLook): void {
    const size = look.size ?? this.scale.fontSize;
    const attributes = [
      `x="${num(x)}" y="${num(y)}" fill="${look.fill}"`,
      ...(size === this.scale.fontSize ? [] : [`font-size="${num(size)}"`]),
      ...(look.anchor === undefined || look.anchor === "start"
        ? []
        : [`text-anchor="${look.anchor}"`]),
      ...(look.bold === true ? [`font-weight="700"`] : []),
    ];
    this.#parts.push(`<text ${attributes.join(" ")}>${escapeText(text)}</text>`);
  }

  rect({ x, y, width, height }: Box, look: ShapeLook): void {
    this.#parts.push(
      `<rect x="${num(x)}" y="${num(y)}" width="${num(width)}" height="${num(height)}"${attributesOf(look)}/>`,
    );
  }

  /** A straight line as wide as those of axes. */
  line(x1: number, y1: number, x2: number, y2: number, stroke: string): void {
    const look = attributesOf({ stroke, strokeWidth: this.scale.line });
    this.#parts.push(`<path d="M${num(x1)} ${num(y1)}L${num(x2)} ${num(y2)}"${look}/>`);
  }

  /** A line through points, `x, y, x, y, ...`, closed when it is filled. */
  polyline(points: ArrayLike<number>, look: ShapeLook): void {
    const parts: string[] = [];
    for (let at = 0; at + 1 < points.length; at += 2) {
      parts.push(`${num(points[at] ?? 0)} ${num(points[at + 1] ?? 0)}`);
    }
    const close = look.fill === undefined ? "" : "Z";
    this.#parts.push(
      `<path d="M${parts.join("L")}${close}"${attributesOf(look)} stroke-linejoin="round"/>`,
    );
  }

  circle(x: number, y: number, radius: number, look: ShapeLook): void {
    this.#parts.push(
      `<circle cx="${num(x)}" cy="${num(y)}" r="${num(radius)}"${attributesOf(look)}/>`,
    );
  }

  /** A PNG, stretched to a box. Its pixels stay pixels. */
  image(png: Uint8Array, { x, y, width, height }: Box): void {
    const data = Buffer.from(png.buffer, png.byteOffset, png.byteLength).toString("base64");
    this.#parts.push(
      `<image x="${num(x)}" y="${num(y)}" width="${num(width)}" height="${num(height)}" ` +
        `preserveAspectRatio="none" image-rendering="optimizeSpeed" href="data:image/png;base64,${data}"/>`,
    );
  }

  /** The whole file. */
  finish(height: number, background: string, title: string): string {
    const { width, fontSize } = this.scale;
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" width="${num(width)}" height="${num(height)}" ` +
        `viewBox="0 0 ${num(width)} ${num(height)}" font-family="${FONTS}" font-size="${num(fontSize)}">`,
      `<title>${escapeText(title)}</title>`,
      `<rect width="${num(width)}" height="${num(height)}" fill="${background}"/>`,
      ...this.#parts,
      "</svg>\n",
    ].join("\n");
  }
}

function attributesOf({ fill, stroke, strokeWidth, opacity }: ShapeLook): string {
  return [
    ` fill="${fill ?? "none"}"`,
    ...(stroke === undefined ? [] : [` stroke="${stroke}"`]),
    ...(strokeWidth === undefined ? [] : [` stroke-width="${num(strokeWidth)}"`]),
    ...(opacity === undefined ? [] : [` opacity="${num(opacity)}"`]),
  ].join("");
}

/** Two decimals: a hundredth of a CSS pixel is below what any printer shows. */
function num(value: number): string {
  if (!Number.isFinite(value)) {
    throw new AudioError("internal", `A picture was to hold the number ${value}.`);
  }
  return String(Math.round(value * 100) / 100);
}

function escapeText(text: string): string {
  return Array.from(text, (letter) => (isXml(letter.codePointAt(0) ?? 0) ? letter : "\ufffd"))
    .join("")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

/** Whether XML 1.0 can hold a letter (2.2, Char): no control characters but tab and line ends, no half surrogate pair. */
function isXml(code: number): boolean {
  return (
    code === 9 ||
    code === 10 ||
    code === 13 ||
    (code >= 0x20 && code < 0xd800) ||
    (code >= 0xe000 && code < 0xfffe) ||
    code > 0xffff
  );
}
