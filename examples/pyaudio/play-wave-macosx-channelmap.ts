// PyAudio's play_wave_macosx_channelmap.py: plays the channels of a WAV file on other ones of the device.
// There it takes CoreAudio's PaMacCoreStreamInfo; here it is an option of play() on every platform.
// node play-wave-macosx-channelmap.js file.wav [device]
import { configure, play, readWav } from "roomtone";

// For each channel of the device, the channel of the file that is heard there; -1 for silence.
//   [0, 1]   left and right as they are
//   [1, 0]   left and right exchanged
//   [-1, 0]  the left channel on the right side, nothing on the left
const channelMap = [1, -1]; // the right channel on the left side, nothing on the right

const [, , file, device] = process.argv;
if (file === undefined) {
  console.log("Plays a wave file. Usage: play-wave-macosx-channelmap.js file.wav [device]");
  process.exit(1);
}
if (device !== undefined) {
  configure({ device });
}

const take = await readWav(file);
const silence = new Float32Array(take.length);
const channels = channelMap.map((channel) =>
  channel < 0 ? silence : take.getChannelData(channel),
);
await play(channels, { sampleRate: take.sampleRate, channels: [...channelMap.keys()] });
