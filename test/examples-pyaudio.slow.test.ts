import assert from "node:assert/strict";
import path from "node:path";
import { describe, test } from "node:test";
import { readWav } from "../src/index.js";
import { PyAudio } from "../src/portaudio.js";
import { assertCounters } from "./rig/counter.js";
import { assertHeard, counterFile, hearExample, newFolder, runExample } from "./rig/example.js";
import { requireTool } from "./rig/tools.js";

const RATE = 8000;
const LOOPBACK = `virtual:loopback?rate=${RATE}`;

// The wires are run on a private sound server, by run-examples.ts: a virtual device has nothing but its own echo.
describe("the examples of PyAudio", { concurrency: 3, timeout: 120_000 }, () => {
  test("record leaves just the seconds that were asked for", async (t) => {
    if (!requireTool(t, "libportaudio2")) {
      return;
    }
    const folder = newFolder(t);
    const args = ["virtual:ramp?pace=fast", "1.5"];
    const { stdout } = await runExample("pyaudio/record", folder, args);
    assert.equal(stdout, "Recording...\nDone\n");
    const take = await readWav(path.join(folder, "output.wav"));
    const channels = process.platform === "darwin" ? 1 : 2;
    assert.deepEqual(
      [take.sampleRate, take.numberOfChannels, take.format, take.length],
      [44_100, channels, "int16", 66_150],
    );
    assertCounters(new Int16Array(take.toInterleaved()), 0, "output.wav", channels);
  });

  for (const name of ["play-wave", "play-wave-callback"]) {
    test(`${name} plays each frame of a file`, async (t) => {
      if (!requireTool(t, "libportaudio2")) {
        return;
      }
      const folder = newFolder(t);
      const file = await counterFile(folder, RATE, 6000);
      const hearing = { device: LOOPBACK, rate: RATE, channels: 1 };
      const args = [file, LOOPBACK];
      assertHeard((await hearExample(`pyaudio/${name}`, folder, args, hearing)).heard, 6000);
    });

    test(`${name} without a file says how it is used`, async (t) => {
      const { stdout } = await runExample(`pyaudio/${name}`, newFolder(t), [], { code: 1 });
      assert.equal(stdout, `Plays a wave file. Usage: ${name}.js file.wav [device]\n`);
    });
  }

  test("play-wave-macosx-channelmap plays the right channel on the left side, on every platform", async (t) => {
    const folder = newFolder(t);
    const file = await counterFile(folder, RATE, 6000, 2);
    const hearing = { device: LOOPBACK, rate: RATE, channels: 2 };
    const { heard } = await hearExample(
      "pyaudio/play-wave-macosx-channelmap",
      folder,
      [file, LOOPBACK],
      hearing,
    );
    // The right channel counts from 10,001 on.
    assertHeard(
      heard.filter((_, index) => index % 2 === 0),
      6000,
      10_001,
    );
    assertHeard(
      heard.filter((_, index) => index % 2 === 1),
      0,
    );
  });

  test("system-info tells every host API, device and rate", async (t) => {
    if (!requireTool(t, "libportaudio2")) {
      return;
    }
    const { stdout } = await runExample("pyaudio/system-info", newFolder(t), []);
    using p = new PyAudio();
    assert.match(stdout, new RegExp(`^Number of Host APIs: ${p.getHostApiCount()}$`, "m"));
    assert.match(stdout, new RegExp(`^Number of Devices: ${p.getDeviceCount()}$`, "m"));
    for (let index = 0; index < p.getHostApiCount(); index++) {
      assert.ok(stdout.includes(`\nname: ${p.getHostApiInfoByIndex(index).name}\n`));
    }
  });
});
