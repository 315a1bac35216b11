// The spectral centroid over time: where the middle of the spectrum is, which is heard as brightness.
import { readWav, record, spectrogramColumns } from "roomtone";

const [, , file] = process.argv;
const take = file === undefined ? await record({ seconds: 5 }) : await readWav(file);

// Column by column, so that a file of hours takes no more memory than one of seconds.
const columns = await spectrogramColumns(take, { size: 2048, overlap: 1024, scaling: "spectrum" });
for await (const { time, values } of columns) {
  let [weighted, total] = [0, 0];
  for (const [bin, power] of values[0]?.entries() ?? []) {
    const magnitude = Math.sqrt(power);
    weighted += (columns.frequencies[bin] ?? 0) * magnitude;
    total += magnitude;
  }
  const centroid = total > 0 ? `${(weighted / total).toFixed(0)} Hz` : "silence";
  console.log(`${time.toFixed(2)} s  ${centroid}`);
}
