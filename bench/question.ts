/** How long a run may take: more rounds make steadier medians. */
export interface Effort {
  /** Repetitions of what takes milliseconds. */
  readonly runs: number;
  /** Repetitions of what takes long, each program in turn. */
  readonly rounds: number;
  /** Length of a recording in a comparison of programs. */
  readonly recordSeconds: number;
  /** Length of each take of the comparison of streams. */
  readonly streamSeconds: number;
}

/** One question that the benchmark answers with tables. */
export interface Question {
  /** Names it on the command line. */
  readonly name: string;
  readonly title: string;
  readonly run: (effort: Effort) => Promise<void> | void;
}
