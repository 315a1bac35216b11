import type { Frames } from "../format.js";

/**
 * The four phases of the interpolating filter of ITU-R BS.1770-5, annex 2: each gives one of the four values that stand
 * for a sample after oversampling. The third is the second in reverse, the fourth the first.
 */
const FIRST = [
  0.001708984375, 0.010986328125, -0.0196533203125, 0.033203125, -0.0594482421875, 0.1373291015625,
  0.97216796875, -0.102294921875, 0.047607421875, -0.026611328125, 0.014892578125, -0.00830078125,
];
const SECOND = [
  -0.0291748046875, 0.029296875, -0.0517578125, 0.089111328125, -0.16650390625, 0.465087890625,
  0.77978515625, -0.2003173828125, 0.1015625, -0.0582275390625, 0.0330810546875, -0.0189208984375,
];
const TAPS: Frames = FIRST.length;
/** The newest of the two samples that the interpolated values stand between, counted back from the newest of all. */
const MIDDLE = TAPS / 2 - 1;

/**
 * How far an interpolated value can be from the straight line between its two neighbours, for a signal whose second
 * difference is at most 1 in the span of the filter; and how much of that line it has. See {@link bounds}.
 */
const { LINE, BEND } = bounds();

/** The absolute coefficients of the two middle samples, and the sum of all others. */
const [NEAR_1, NEXT_1, REST_1] = shares(FIRST);
const [NEAR_2, NEXT_2, REST_2] = shares(SECOND);

/** More than all rounding errors. */
const MARGIN = 1 + 1e-6;

/** The samples before the newest that the filter reaches back to. */
const HISTORY: Frames = TAPS - 1;
/** Frames for which one bound is made. */
const PIECE: Frames = 256;
/** The piece that is looked at, behind the samples before it. Good until the next call of `add`. */
const WORK: Float32Array = new Float32Array(HISTORY + PIECE);

/**
 * Finds the largest interpolated value of one channel. The filter is computed only where its result may pass the
 * largest so far: a bound of it follows from the samples beside it and the second differences around it, so that the
 * result is exactly that of computing it everywhere.
 */
export class TruePeak {
  readonly #history = new Float32Array(HISTORY);
  #largest = 0;

  /** The largest absolute value so far, between the samples or of a sample itself; before the first it is silent. */
  get largest(): number {
    return this.#largest;
  }

  /** Adds samples that follow those before. */
  add(samples: Float32Array): void {
    WORK.set(this.#history);
    for (let from = 0; from < samples.length; from += PIECE) {
      const piece = samples.subarray(from, from + PIECE);
      WORK.set(piece, HISTORY);
      this.#scan(HISTORY + piece.length);
      WORK.copyWithin(0, piece.length, HISTORY + piece.length);
    }
    this.#history.set(WORK.subarray(0, HISTORY));
  }

  /** Looks at the piece, which ends at `end`. */
  #scan(end: Frames): void {
    const { peak, bend } = extremes(end);
    let largest = Math.max(this.#largest, peak);
    let limits = limitsFor(largest, peak, bend);
    if (mayPass(peak, peak, limits)) {
      for (let newest = HISTORY; newest < end; newest++) {
        const after = Math.abs(WORK[newest - MIDDLE] ?? 0);
        const before = Math.abs(WORK[newest - MIDDLE - 1] ?? 0);
        if (mayPass(Math.max(after, before), Math.min(after, before), limits)) {
          const value = largestAt(newest);
          if (value > largest) {
            largest = value;
            limits = limitsFor(largest, peak, bend);
          }
        }
      }
    }
    this.#largest = largest;
  }
}

/** What the samples beside an interpolated value must reach before it can pass the largest. */
interface Limits {
  /** The larger of the two, as the signal bends so little. */
  readonly smooth: number;
  /** Both together, as the others are not above the peak: for the first phase and its reverse, and for the second. */
  readonly first: number;
  readonly second: number;
}

function limitsFor(largest: number, peak: number, bend: number): Limits {
  const least = largest / MARGIN;
  return {
    smooth: (least - BEND * bend) / LINE,
    first: least - REST_1 * peak,
    second: least - REST_2 * peak,
  };
}

/** Whether a value may pass the largest between samples of these absolute values. */
function mayPass(larger: number, smaller: number, limits: Limits): boolean {
  return (
    larger >= limits.smooth &&
    (NEAR_1 * larger + NEXT_1 * smaller >= limits.first ||
      NEAR_2 * larger + NEXT_2 * smaller >= limits.second)
  );
}

/** The largest absolute sample of the piece and of those before it, and the largest second difference among them. */
function extremes(end: Frames): { readonly peak: number; readonly bend: number } {
  let before = WORK[1] ?? 0;
  let beforeThat = WORK[0] ?? 0;
  let peak = Math.max(Math.abs(before), Math.abs(beforeThat));
  let bend = 0;
  for (let index = 2; index < end; index++) {
    const sample = WORK[index] ?? 0;
    peak = Math.max(peak, Math.abs(sample));
    bend = Math.max(bend, Math.abs(sample - 2 * before + beforeThat));
    beforeThat = before;
    before = sample;
  }
  return { peak, bend };
}

/**
 * Sums and differences of a phase and its reverse, half of each: the larger of the two values is the sum of the absolute
 * values that these give for the sums and the differences of the samples on either side of the middle.
 */
const [S0, S1, S2, S3, S4, S5] = halves(FIRST, 1);
const [D0, D1, D2, D3, D4, D5] = halves(FIRST, -1);
const [U0, U1, U2, U3, U4, U5] = halves(SECOND, 1);
const [V0, V1, V2, V3, V4, V5] = halves(SECOND, -1);

type Halves = readonly [number, number, number, number, number, number];

function halves(phase: readonly number[], sign: 1 | -1): Halves {
  const at = (tap: number): number => ((phase[tap] ?? 0) + sign * (phase[TAPS - 1 - tap] ?? 0)) / 2;
  return [at(0), at(1), at(2), at(3), at(4), at(5)];
}

/** The largest of the four interpolated values that the sample at `newest` completes. */
function largestAt(newest: Frames): number {
  const n0 = WORK[newest] ?? 0;
  const n1 = WORK[newest - 1] ?? 0;
  const n2 = WORK[newest - 2] ?? 0;
  const n3 = WORK[newest - 3] ?? 0;
  const n4 = WORK[newest - 4] ?? 0;
  const n5 = WORK[newest - 5] ?? 0;
  const o5 = WORK[newest - 6] ?? 0;
  const o4 = WORK[newest - 7] ?? 0;
  const o3 = WORK[newest - 8] ?? 0;
  const o2 = WORK[newest - 9] ?? 0;
  const o1 = WORK[newest - 10] ?? 0;
  const o0 = WORK[newest - 11] ?? 0;
  const s0 = n0 + o0;
  const s1 = n1 + o1;
  const s2 = n2 + o2;
  const s3 = n3 + o3;
  const s4 = n4 + o4;
  const s5 = n5 + o5;
  const d0 = n0 - o0;
  const d1 = n1 - o1;
  const d2 = n2 - o2;
  const d3 = n3 - o3;
  const d4 = n4 - o4;
  const d5 = n5 - o5;
  return Math.max(
    Math.abs(S0 * s0 + S1 * s1 + S2 * s2 + S3 * s3 + S4 * s4 + S5 * s5) +
      Math.abs(D0 * d0 + D1 * d1 + D2 * d2 + D3 * d3 + D4 * d4 + D5 * d5),
    Math.abs(U0 * s0 + U1 * s1 + U2 * s2 + U3 * s3 + U4 * s4 + U5 * s5) +
      Math.abs(V0 * d0 + V1 * d1 + V2 * d2 + V3 * d3 + V4 * d4 + V5 * d5),
  );
}

/**
 * Splits each phase into a part on the straight line between the two middle samples, p x[m] + q x[m + 1], and a rest
 * that is a filter of second differences: p and q are chosen so that the rest has no answer to a constant and none to a
 * ramp. The value is then at most (|p| + |q|) times the larger neighbour and the sum of that filter's absolute
 * coefficients times the largest second difference.
 */
function bounds(): { readonly LINE: number; readonly BEND: number } {
  let line = 0;
  let bend = 0;
  for (const phase of [FIRST, SECOND]) {
    const sum = phase.reduce((total, tap) => total + tap, 0);
    const moment = phase.reduce((total, tap, index) => total + tap * (index - MIDDLE), 0);
    // p at index MIDDLE, q behind it.
    const q = moment;
    const p = sum - moment;
    const rest = phase.map((tap, index) => {
      if (index === MIDDLE) {
        return tap - p;
      }
      return index === MIDDLE + 1 ? tap - q : tap;
    });
    let first = 0;
    let second = 0;
    let total = 0;
    for (const tap of rest) {
      first += tap;
      second += first;
      total += Math.abs(second);
    }
    line = Math.max(line, Math.abs(p) + Math.abs(q));
    bend = Math.max(bend, total);
  }
  return { LINE: line, BEND: bend };
}

/** See {@link NEAR_1}. */
function shares(phase: readonly number[]): readonly [number, number, number] {
  const one = Math.abs(phase[MIDDLE] ?? 0);
  const other = Math.abs(phase[MIDDLE + 1] ?? 0);
  const sum = phase.reduce((total, tap) => total + Math.abs(tap), 0);
  return [Math.max(one, other), Math.min(one, other), sum - one - other];
}
