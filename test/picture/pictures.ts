import assert from "node:assert/strict";
import { parseHTML } from "linkedom";
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
  const svg = svgText(picture);
  assert.doesNotMatch(svg, /NaN|Infinity|undefined|null/);
  const placed = placedTexts(picture);
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

/** The mean width of a letter, and how far letters reach above and below their line, in font sizes. */
const LETTER = 0.53;
const ABOVE = 0.72;
const BELOW = 0.2;

function placedTexts(picture: Picture): PlacedText[] {
  const { document } = parseHTML(picture.toSvg());
  const root = document.querySelector("svg");
  const rootSize = Number(root?.getAttribute("font-size"));
  return [...document.querySelectorAll("text")].map((element) => {
    const number = (name: string): number => Number(element.getAttribute(name));
    const text = element.textContent ?? "";
    const size = element.getAttribute("font-size") === null ? rootSize : number("font-size");
    const width = [...text].length * LETTER * size;
    const anchor = element.getAttribute("text-anchor");
    const left = number("x") - (anchor === "end" ? width : anchor === "middle" ? width / 2 : 0);
    const y = number("y");
    return { text, left, right: left + width, top: y - ABOVE * size, bottom: y + BELOW * size };
  });
}
