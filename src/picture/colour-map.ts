/** Red, green and blue from 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** Names of the colour maps. */
export const COLOUR_MAPS = ["magma", "inferno", "viridis", "grey"] as const;
/** A colour map: all are even in lightness. */
export type ColourMapName = (typeof COLOUR_MAPS)[number];

type Coefficients = readonly (readonly [red: number, green: number, blue: number])[];

/**
 * Matplotlib's perceptually uniform maps (Stéfan van der Walt and Nathaniel Smith, 2015, released as CC0) as polynomials
 * of the sixth degree, constant term first. The fits are Matt Zucker's (2019, CC0, "viridis, plasma, magma, inferno"):
 * within 2 % of each table, and as smooth.
 */
const POLYNOMIALS: Readonly<Record<Exclude<ColourMapName, "grey">, Coefficients>> = {
  magma: [
    [-0.002136485053939582, -0.000749655052795221, -0.005386127855323933],
    [0.2516605407371642, 0.6775232436837668, 2.494026599312351],
    [8.353717279216625, -3.577719514958484, 0.3144679030132573],
    [-27.66873308576866, 14.26473078096533, -13.64921318813922],
    [52.17613981234068, -27.94360607168351, 12.94416944238394],
    [-50.76852536473588, 29.04658282127291, 4.23415299384598],
    [18.65570506591883, -11.48977351997711, -5.601961508734096],
  ],
  inferno: [
    [0.0002189403691192265, 0.001651004631001012, -0.01948089843709184],
    [0.1065134194856116, 0.5639564367884091, 3.932712388889277],
    [11.60249308247187, -3.972853965665698, -15.9423941062914],
    [-41.70399613139459, 17.43639888205313, 44.35414519872813],
    [77.162935699427, -33.40235894210092, -81.80730925738993],
    [-71.31942824499214, 32.62606426397723, 73.20951985803202],
    [25.13112622477341, -12.24266895238567, -23.07032500287172],
  ],
  viridis: [
    [0.2777273272234177, 0.005407344544966578, 0.3340998053353061],
    [0.1050930431085774, 1.404613529898575, 1.384590162594685],
    [-0.3308618287255563, 0.214847559468213, 0.09509516302823659],
    [-4.634230498983486, -5.799100973351585, -19.33244095627987],
    [6.228269936347081, 14.17993336680509, 56.69055260068105],
    [4.776384997670288, -13.74514537774601, -65.35303263337234],
    [-5.435455855934631, 4.645852612178535, 26.3124352495832],
  ],
};

/** Steps of a map: as many as an indexed PNG holds. */
export const COLOUR_STEPS = 256;

/**
 * The colours of a map from its quiet end to its loud one. All grow steadily in lightness; `grey` goes from the
 * background's side to the ink's: on light paper from white to black.
 */
export function colourMap(name: ColourMapName, onDark: boolean): readonly Rgb[] {
  return Array.from({ length: COLOUR_STEPS }, (_, index) => {
    const at = index / (COLOUR_STEPS - 1);
    return name === "grey" ? grey(onDark ? at : 1 - at) : polynomial(POLYNOMIALS[name], at);
  });
}

/** A colour as SVG and CSS write it. */
export function hexColour([red, green, blue]: Rgb): string {
  return `#${[red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

function polynomial(coefficients: Coefficients, at: number): Rgb {
  const channel = (index: 0 | 1 | 2): number =>
    toByte(coefficients.reduceRight((sum, term) => sum * at + term[index], 0));
  return [channel(0), channel(1), channel(2)];
}

/** Even in lightness rather than in light: CIE L* from 0 to 100, through its inverse and sRGB's transfer function. */
function grey(lightness: number): Rgb {
  const l = lightness * 100;
  const light = l > 8 ? ((l + 16) / 116) ** 3 : l / 903.3;
  const encoded = light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055;
  const byte = toByte(encoded);
  return [byte, byte, byte];
}

function toByte(value: number): number {
  return Math.round(Math.min(1, Math.max(0, value)) * 255);
}
