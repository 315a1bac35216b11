import { type RampReport, verifyRamp } from "../../rig/ramp.js";

/** What is shown of a ramp that was recorded. */
export interface RampSeen extends Omit<RampReport, "breaks" | "start"> {
  /** The first breaks: thousands would help nobody. */
  readonly breaks: RampReport["breaks"];
}

/** Collects the frames of one channel until a ramp has come and gone. */
export class PassingRamp {
  readonly #chunks: Int16Array[] = [];
  readonly #silenceAfter: number;
  #began = false;
  #silence = 0;

  /** The ramp has gone when so many frames of silence have followed it. */
  constructor(silenceAfter: number) {
    this.#silenceAfter = silenceAfter;
  }

  /** True when the ramp's first frame has come. */
  get began(): boolean {
    return this.#began;
  }

  /** True when the ramp has gone. */
  get gone(): boolean {
    return this.#began && this.#silence >= this.#silenceAfter;
  }

  /** Takes the next frames; they are kept, not copied. */
  add(samples: Int16Array): void {
    this.#chunks.push(samples);
    const last = samples.findLastIndex((sample) => sample !== 0);
    this.#began ||= last !== -1;
    this.#silence = last === -1 ? this.#silence + samples.length : samples.length - 1 - last;
  }

  /** What there is of it. */
  seen(): RampSeen {
    const all = new Int16Array(this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let at = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    const { frames, lost, repeated, silent, breaks } = verifyRamp(all);
    return { frames, lost, repeated, silent, breaks: breaks.slice(0, 10) };
  }
}
