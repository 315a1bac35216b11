/**
 * How wide text is in Arial, Helvetica and all fonts of their metrics (Arimo, Liberation Sans), in thousandths of the
 * font size, from U+0020 to U+007E: the widths of Adobe's Core 14 font metrics.
 */
const WIDTHS: readonly number[] = [
  278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
  556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
  611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
  667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
  222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];
/** Letters beyond ASCII: as wide as the wide ones there; from U+1100 on (Hangul, Kana, Han, emoji) a full square. */
const OTHER_WIDTH = 722;
const SQUARE_WIDTH = 1000;
const FIRST_SQUARE = 0x1100;
/** General punctuation: dots, dashes, thin spaces; U+2026, the ellipsis, is the widest. */
const PUNCTUATION: readonly [first: number, end: number] = [0x2000, 0x2100];
/** Bold letters, and fonts that stand in where none of these is there, are wider by up to this. */
const RESERVE = 1.08;

const GRAPHEMES = new Intl.Segmenter("en", { granularity: "grapheme" });

/** The letters of a text as a person counts them: an emoji of several code points is one. */
export function lettersOf(text: string): string[] {
  return Array.from(GRAPHEMES.segment(text), ({ segment }) => segment);
}

/** The room that a text takes at a font size, rather a little too much than too little. */
export function textWidth(text: string, fontSize: number): number {
  let sum = 0;
  for (const letter of text) {
    sum += letterWidth(letter.codePointAt(0) ?? 0);
  }
  return (sum / 1000) * fontSize * RESERVE;
}

/** The text, cut in its middle with an ellipsis when it is wider than `width`: both ends of a name tell things apart. */
export function fitText(text: string, fontSize: number, width: number): string {
  if (textWidth(text, fontSize) <= width) {
    return text;
  }
  const letters = lettersOf(text);
  for (let kept = letters.length - 1; kept > 0; kept--) {
    const head = Math.ceil(kept * 0.6);
    const tail = kept - head;
    const cut = `${letters.slice(0, head).join("").trimEnd()}\u2026${letters
      .slice(letters.length - tail)
      .join("")
      .trimStart()}`;
    if (textWidth(cut, fontSize) <= width) {
      return cut;
    }
  }
  return "\u2026";
}

/** Words with a separator between them set into lines of at most `width`; a word that is wider is cut. */
export function wrapText(
  words: readonly string[],
  separator: string,
  fontSize: number,
  width: number,
): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    const joined = last === undefined ? word : `${last}${separator}${word}`;
    if (last !== undefined && textWidth(joined, fontSize) <= width) {
      lines[lines.length - 1] = joined;
    } else {
      lines.push(fitText(word, fontSize, width));
    }
  }
  return lines;
}

function letterWidth(code: number): number {
  if (code >= PUNCTUATION[0] && code < PUNCTUATION[1]) {
    return SQUARE_WIDTH;
  }
  return WIDTHS[code - 0x20] ?? (code < FIRST_SQUARE ? OTHER_WIDTH : SQUARE_WIDTH);
}
