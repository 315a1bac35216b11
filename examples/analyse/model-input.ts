// What a model of speech wants: 16,000 frames a second as a tensor [1, frames], or log-mel frames [1, 80, columns].
import { readWav, record, spectrogram, virtualDevice } from "roomtone";

const [, , file] = process.argv;
const sampleRate = 16_000;
// A file of another rate is heard at this one when a virtual device plays it.
const take =
  file === undefined
    ? await record({ seconds: 5, sampleRate })
    : await record({
        device: virtualDevice("file", { path: file, pace: "fast" }),
        seconds: (await readWav(file)).duration,
        sampleRate,
      });

const waveform = { data: take.getChannelData(0), dims: [1, take.length] };

// Windows of 25 ms every 10 ms, 80 mel bands, natural logarithm.
const { times, values } = await spectrogram(take, {
  size: Math.round(take.sampleRate * 0.025),
  overlap: Math.round(take.sampleRate * 0.015),
  fftSize: 512,
  mel: { bands: 80 },
  scaling: "spectrum",
});
const bands = 80;
const columns = times.length;
const mel = { data: new Float32Array(bands * columns), dims: [1, bands, columns] };
for (const [index, power] of values[0]?.entries() ?? []) {
  // spectrogram() has column after column; most models want band after band.
  const [column, band] = [Math.floor(index / bands), index % bands];
  mel.data[band * columns + column] = Math.log(Math.max(power, 1e-10));
}

// ONNX Runtime:  new ort.Tensor("float32", data, dims)
// TensorFlow.js: tf.tensor(data, dims)
for (const [name, { data, dims }] of Object.entries({ waveform, mel })) {
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  console.log(`${name}: [${dims.join(", ")}], ${data.length} values, mean ${mean.toFixed(4)}`);
}
