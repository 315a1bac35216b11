// asyncio_coroutines.py of python-sounddevice: records, then plays it, each awaited like anything else.
// node asyncio-coroutines.js [--seconds 3] [--input NAME] [--output NAME]
import { parseArgs } from "node:util";
import { configure, play, record } from "roomtone";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", short: "s", default: "3" },
    input: { type: "string", short: "i" },
    output: { type: "string", short: "o" },
  },
});
configure({
  ...(values.input && { inputDevice: values.input }),
  ...(values.output && { outputDevice: values.output }),
});

console.log("recording ...");
const take = await record({ seconds: Number(values.seconds) });
console.log("playing ...");
const { frames } = await play(take);
console.log(`done: ${frames} frames`);
