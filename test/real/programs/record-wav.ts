// Records the default microphone and saves it, in each format that a WAV file has.
import { record, type WavSampleFormat } from "../../../src/index.js";
import { ready, report, task } from "./task.js";

export interface RecordWavTask {
  readonly seconds: number;
  readonly channels: number;
  /** One file for each: where, and in which format. */
  readonly files: readonly { readonly path: string; readonly format: WavSampleFormat }[];
}

const { seconds, channels, files } = task<RecordWavTask>();
let heard = false;
const take = await record({
  seconds,
  channels,
  sampleRate: 44_100,
  format: "int16",
  progress: () => {
    if (!heard) {
      heard = true;
      ready();
    }
  },
});
for (const { path, format } of files) {
  await take.save(path, { format });
}
report({ frames: take.length, gaps: take.gaps });
