import assert from "node:assert/strict";
import type { Picture } from "../../src/index.js";

/** A text of an SVG file, with the room that it takes. */
export interface PlacedText {
  readonly text: string;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** The SVG without its embedded pictures, whose base64 may spell anything. */
export function svgText(picture: Picture): string {
  return picture.toSvg().replace(/data:image\/png;base64,[^"]*/g, "");
}

/** All texts of a picture, top to bottom. */
export function texts(picture: Picture): string[] {
  return placedTexts(picture).map(({ text }) => text);
}

/** Fails when texts lie over each other, are cut by an edge, or numbers are none. */
export function assertReadable(picture: Picture): void {
  // A verdict may speak of NaN in words; no number may be one.
  const placed = placedTexts(picture);
  const svg = svgText(picture).replace(/>[^<]*</g, "><");
  assert.doesNotMatch(svg, /NaN|Infinity|undefined|null/);
  for (const { text } of placed) {
    assert.doesNotMatch(text, /^[−-]?(NaN|Infinity|undefined|null)/);
  }
  for (const { text, left, right, top, bottom } of placed) {
    const inside = left >= 0 && right <= picture.width && top >= 0 && bottom <= picture.height;
    assert.ok(inside, `"${text}" is cut: ${left}..${right} of ${picture.width}, ${top}..${bottom}`);
  }
  for (const [index, a] of placed.entries()) {
    for (const b of placed.slice(index + 1)) {
      const apart =
        a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
      assert.ok(apart, `"${a.text}" and "${b.text}" lie over each other`);
    }
  }
}

/** The widths of digits and, on average, of other letters, and how far both reach above and below their line. */
const DIGIT = 0.556;
const LETTER = 0.48;
const ABOVE = 0.72;
const BELOW = 0.2;

function placedTexts(picture: Picture): PlacedText[] {
  const svg = svgText(picture);
  const rootSize = Number(/ font-size="([\d.]+)">/.exec(svg)?.[1]);
  return [...svg.matchAll(/<text ([^>]*)>([^<]*)<\/text>/g)].map(
    ([, attributes = "", escaped = ""]) => {
      const read = (name: string): string | undefined =>
        new RegExp(`(?:^| )${name}="([^"]*)"`).exec(attributes)?.[1];
      const text = escaped.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
      const size = Number(read("font-size") ?? rootSize);
      const digits = text.match(/\d/g)?.length ?? 0;
      const width = (digits * DIGIT + (Array.from(text).length - digits) * LETTER) * size;
      const anchor = read("text-anchor");
      const x = Number(read("x"));
      const y = Number(read("y"));
      const left = x - (anchor === "end" ? width : anchor === "middle" ? width / 2 : 0);
      return { text, left, right: left + width, top: y - ABOVE * size, bottom: y + BELOW * size };
    },
  );
}
