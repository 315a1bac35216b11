// Runs in the writer thread.
import type { Frames } from "../../format.js";
import type { Mark, RecordedFile } from "../recorder-result.js";
import type { Gap } from "../recording.js";
import { type Loss, noteLoss } from "./gap-list.js";
import { Measure } from "./measure.js";
import type { FrameFormat, StartTime, TakeFile } from "./take-file.js";

/**
 * A file in the making, from before it is created. Its account is about the frames that it was given, which is more than
 * `file` has while the disk is behind.
 */
export class FileSlot {
  /** The place of its first frame in the recording. */
  readonly position: Frames;
  readonly measure: Measure;
  /** Frames that it was given. */
  frames: Frames = 0;
  start: StartTime | undefined;
  path: string;
  file: TakeFile | undefined;
  readonly #format: FrameFormat;
  readonly #gaps: Gap[] = [];
  readonly #marks: Mark[] = [];

  /** `what` it is called in a message before it has a path. */
  constructor(position: Frames, format: FrameFormat, what: string) {
    this.position = position;
    this.measure = new Measure(format.channels);
    this.path = what;
    this.#format = format;
  }

  /** The place in the recording behind the last frame that is in the file. */
  get written(): Frames {
    return this.position + (this.file?.frames ?? 0);
  }

  /** Enters frames that it is given. */
  enter(frames: Frames, measure: Measure): void {
    this.frames += frames;
    this.measure.add(measure);
  }

  /** Enters frames lost before the next frame. */
  enterLoss(loss: Loss): void {
    noteLoss(this.#gaps, this.frames, loss);
  }

  /** Enters a mark at the next frame. */
  enterMark(mark: Mark): void {
    this.#marks.push({ ...mark, position: this.frames });
  }

  /** Completes the file, with its gaps. Resolves with what it is; undefined when there is none. */
  async complete(): Promise<RecordedFile | undefined> {
    const { file } = this;
    if (file === undefined) {
      return undefined;
    }
    for (const gap of this.#gaps) {
      file.addGap(gap);
    }
    await file.check();
    return this.describe(await file.close(), true);
  }

  /** What the file is. One that is not complete has only what was written. */
  describe(bytes: number, complete: boolean): RecordedFile {
    const frames = this.file?.frames ?? 0;
    return {
      path: this.path,
      position: this.position,
      frames,
      seconds: frames / this.#format.sampleRate,
      bytes,
      ...(this.start === undefined || frames === 0 ? {} : { startedAt: this.start.date }),
      gaps: this.#gaps.filter((gap) => complete || gap.position < frames),
      marks: this.#marks.filter((mark) => complete || mark.position <= frames),
      complete,
    };
  }
}
