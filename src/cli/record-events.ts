import { toDbfs } from "../analysis/level-meter.js";
import type { Dbfs } from "../format.js";
import type { Recorder } from "../recording/recorder.js";
import type { RecorderLevel } from "../recording/recorder-events.js";
import type { RecorderResult } from "../recording/recorder-result.js";
import type { Recording } from "../recording/recording.js";

/**
 * The life of a recorder as lines of JSON for other programs. Each has an `event`: `opened`, `state`, `triggered`, `level`,
 * `gap`, `mark`, `file`, and at the end of each take `done`.
 */
export class RecordEvents {
  readonly #output: NodeJS.WritableStream;

  constructor(output: NodeJS.WritableStream) {
    this.#output = output;
  }

  /** Tells of a recorder from now on. */
  follow(recorder: Recorder): void {
    const { device, sampleRate, numberOfChannels: channels, format } = recorder;
    const { name, id, hostApi } = device;
    this.#tell("opened", {
      device: { name, id, hostApi: hostApi.name },
      sampleRate,
      channels,
      format,
    });
    recorder.on("state", (state) => this.#tell("state", { state }));
    recorder.on("triggered", (position, at) => this.#tell("triggered", { position, at }));
    recorder.on("level", (level) => this.#tell("level", levelOf(level)));
    recorder.on("gap", (gap) => this.#tell("gap", { ...gap }));
    recorder.on("mark", (mark) => this.#tell("mark", { ...mark }));
    recorder.on("file", (path) => this.#tell("file", { path }));
  }

  /** A take is complete; `rescued` is the file that what a disk did not take was saved to. */
  done(
    {
      recording,
      diskError,
      ...result
    }: Omit<RecorderResult, "reason"> & { readonly reason: string },
    rescued?: string,
  ): void {
    const inMemory = recording && framesOf(recording);
    this.#tell("done", {
      ...result,
      ...(inMemory && { inMemory }),
      ...(diskError && { diskError: { code: diskError.code, message: diskError.message } }),
      ...(rescued && { rescued }),
    });
  }

  #tell(event: string, fields: object): void {
    this.#output.write(`${JSON.stringify({ event, ...fields })}\n`);
  }
}

function framesOf(recording: Recording): { readonly frames: number } {
  return { frames: recording.length };
}

/** Levels as people read them; JSON has no -Infinity, so silence is null. */
function levelOf({ peak, rms, ...rest }: RecorderLevel): object {
  return { ...rest, peakDbfs: peak.map(dbfsOrNull), rmsDbfs: rms.map(dbfsOrNull) };
}

function dbfsOrNull(amplitude: number): Dbfs | null {
  return amplitude === 0 ? null : Math.round(toDbfs(amplitude) * 100) / 100;
}
