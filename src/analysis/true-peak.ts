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
    // From this amplitude of one neighbour on, the value between may pass the largest.
    let enough = (largest / MARGIN - BEND * bend) / LINE;
    if (peak >= enough) {
      for (let newest = HISTORY; newest < end; newest++) {
        const after = WORK[newest - MIDDLE] ?? 0;
        const before = WORK[newest - MIDDLE - 1] ?? 0;
        if (after >= enough || before >= enough || -after >= enough || -before >= enough) {
          const value = largestAt(newest);
          if (value > largest) {
            largest = value;
            enough = (largest / MARGIN - BEND * bend) / LINE;
          }
        }
      }
    }
    this.#largest = largest;
  }
}

/** The largest absolute sample of the piece and of those before it, and the largest second difference among them. */
function extremes(end: Frames): { readonly peak: number; readonly bend: number } {
  let most = 0;
  let least = 0;
  let bendMost = 0;
  let bendLeast = 0;
  let before = WORK[1] ?? 0;
  let slope = before - (WORK[0] ?? 0);
  for (let index = 2; index < end; index++) {
    const sample = WORK[index] ?? 0;
    const next = sample - before;
    const bend = next - slope;
    most = sample > most ? sample : most;
    least = sample < least ? sample : least;
    bendMost = bend > bendMost ? bend : bendMost;
    bendLeast = bend < bendLeast ? bend : bendLeast;
    before = sample;
    slope = next;
  }
  return { peak: Math.max(most, -least), bend: Math.max(bendMost, -bendLeast) };
}

/** The largest of the four interpolated values that the sample at `newest` completes. */
function largestAt(newest: Frames): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let tap = 0; tap < TAPS; tap++) {
    const sample = WORK[newest - tap] ?? 0;
    a += (FIRST[tap] ?? 0) * sample;
    b += (SECOND[tap] ?? 0) * sample;
    c += (SECOND[TAPS - 1 - tap] ?? 0) * sample;
    d += (FIRST[TAPS - 1 - tap] ?? 0) * sample;
  }
  return Math.max(Math.abs(a), Math.abs(b), Math.abs(c), Math.abs(d));
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
