// wav_npm.cjs PROGRAM TASK FORMAT FILE FRAMES ROUNDS FOLDER: what bench/children/wav.ts does, with packages of npm that
// take and give whole files. FOLDER has them in its node_modules.
const { readFileSync, writeFileSync } = require("node:fs");
const { createRequire } = require("node:module");

const [program, task, format, file, framesWord, roundsWord, folder] = process.argv.slice(2);
const load = createRequire(`${folder}/package.json`);
const peer = load(program);
const frames = Number(framesWord);
const full = format === "int16" ? 32767 : 1;

// node-wav takes floats and rounds them itself; wavefile takes numbers of the file's own kind.
const channel = () => {
  const scale = program === "wavefile" ? full : 1;
  const kind = program === "wavefile" && format === "int16" ? Int16Array : Float32Array;
  return kind.from({ length: frames }, (_, index) => 0.5 * scale * Math.sin(index * 0.05));
};
// Before memory is looked at, as with the others: what is measured is what the package takes.
const channels = task === "write" ? [channel(), channel()] : [];

const works = {
  "node-wav": {
    write() {
      const options = {
        sampleRate: 44100,
        float: format === "float32",
        bitDepth: full > 1 ? 16 : 32,
      };
      writeFileSync(file, peer.encode(channels, options));
      return frames;
    },
    floats: () => Number(peer.decode(readFileSync(file)).channelData[1].length),
  },
  wavefile: {
    write() {
      const wav = new peer.WaveFile();
      wav.fromScratch(2, 44100, format === "int16" ? "16" : "32f", channels);
      writeFileSync(file, wav.toBuffer());
      return frames;
    },
    bytes() {
      const wav = new peer.WaveFile(readFileSync(file));
      return wav.data.samples.length / (format === "int16" ? 4 : 8);
    },
    floats() {
      // Of integers it gives integers as floats; dividing them by full scale is left to its user.
      const wav = new peer.WaveFile(readFileSync(file));
      return Number(wav.getSamples(false, Float32Array)[1].length);
    },
  },
};

const before = process.resourceUsage().maxRSS;
const times = [];
for (let round = 0; round <= Number(roundsWord); round++) {
  const began = performance.now();
  const done = works[program][task]();
  const ms = performance.now() - began;
  if (done !== frames) {
    throw new Error(`${program} did ${done} of ${frames} frames`);
  }
  if (round > 0) {
    times.push(ms);
  }
}
console.log(JSON.stringify([(process.resourceUsage().maxRSS - before) * 1024, ...times]));
