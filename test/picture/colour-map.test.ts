import assert from "node:assert/strict";
import { test } from "node:test";
import { COLOUR_MAPS, colourMap, type Rgb } from "../../src/picture/colour-map.js";
import { THEMES, themeOf } from "../../src/picture/theme.js";

test("all maps grow steadily in lightness, from the background's side to the other", () => {
  for (const name of COLOUR_MAPS) {
    for (const onDark of [true, false]) {
      const lightness = colourMap(name, onDark).map(lightnessOf);
      const sign = name === "grey" && !onDark ? -1 : 1;
      const steps = lightness.slice(1).map((l, i) => sign * (l - (lightness[i] ?? 0)));
      assert.equal(steps.length, 255);
      // Colours are whole numbers, so a step may stand still for a moment.
      assert.ok(Math.min(...steps) > -0.6, `${name}: ${Math.min(...steps)}`);
      assert.ok(sign * ((lightness.at(-1) ?? 0) - (lightness[0] ?? 0)) > 70, name);
    }
  }
});

test("the maps are matplotlib's: their published ends and middles, within the error of the fit", () => {
  const published: [Exclude<(typeof COLOUR_MAPS)[number], "grey">, Rgb[]][] = [
    [
      "viridis",
      [
        [68, 1, 84],
        [33, 145, 140],
        [253, 231, 37],
      ],
    ],
    [
      "magma",
      [
        [0, 0, 4],
        [183, 55, 121],
        [252, 253, 191],
      ],
    ],
    [
      "inferno",
      [
        [0, 0, 4],
        [188, 55, 84],
        [252, 255, 164],
      ],
    ],
  ];
  for (const [name, colours] of published) {
    const map = colourMap(name, true);
    for (const [index, colour] of colours.entries()) {
      const found = map[[0, 128, 255][index] ?? 0] ?? [0, 0, 0];
      for (const part of [0, 1, 2] as const) {
        assert.ok(Math.abs(found[part] - colour[part]) <= 8, `${name} ${index}: ${found.join()}`);
      }
    }
  }
});

test("grey is paper white to ink on light, and black to white on dark", () => {
  assert.deepEqual(
    [colourMap("grey", false)[0], colourMap("grey", false)[255]],
    [
      [255, 255, 255],
      [0, 0, 0],
    ],
  );
  assert.deepEqual(
    [colourMap("grey", true)[0], colourMap("grey", true)[255]],
    [
      [0, 0, 0],
      [255, 255, 255],
    ],
  );
});

test("text has a contrast of 4.5 or more to its background in both themes", () => {
  for (const name of THEMES) {
    const theme = themeOf(name);
    for (const part of ["text", "muted", "gap", "warning"] as const) {
      const ratio = contrast(theme[part], theme.background);
      assert.ok(ratio >= 4.5, `${name} ${part}: ${ratio}`);
    }
  }
});

/** CIE L* of an sRGB colour. */
function lightnessOf(rgb: Rgb): number {
  const light = luminance(rgb);
  return light > 0.008856 ? 116 * Math.cbrt(light) - 16 : 903.3 * light;
}

function luminance([red, green, blue]: Rgb): number {
  const linear = (part: number): number => {
    const value = part / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

function contrast(a: string, b: string): number {
  const [x, y] = [a, b].map((hex) => {
    const part = (at: number): number => Number.parseInt(hex.slice(at, at + 2), 16);
    return luminance([part(1), part(3), part(5)]);
  });
  return (Math.max(x ?? 0, y ?? 0) + 0.05) / (Math.min(x ?? 0, y ?? 0) + 0.05);
}
