// play_file.py of python-sounddevice: loads a sound file into memory and plays it.
// node play-file.js FILE.wav [--device NAME]
import { parseArgs } from "node:util";
import { play, readWav } from "roomtone";

const { values, positionals } = parseArgs({
  options: { device: { type: "string", short: "d" } },
  allowPositionals: true,
});
const [file] = positionals;
if (file === undefined) {
  throw new TypeError("Which file? node play-file.js FILE.wav");
}

const take = await readWav(file);
const { seconds, underflows } = await play(take, {
  ...(values.device && { device: values.device }),
});
console.log(`${seconds} s played, silence in between: ${underflows.length} times`);
