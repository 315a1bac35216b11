import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { readWav, WavReader } from "../src/index.js";
import { assertHeard, counterFile, hearExample, newFolder, runExample } from "./rig/example.js";
import { fitTone } from "./rig/tone.js";
import { requireTool } from "./rig/tools.js";

const RATE = 8000;
const LOOPBACK = `virtual:loopback?rate=${RATE}`;
const TONE = `virtual:tone?rate=${RATE}&frequency=440&amplitude=0.5`;

/** The part of a sound from its first to its last sample that is not silence, as floats. */
function soundOf(heard: Int16Array): Float32Array {
  const first = heard.findIndex((sample) => sample !== 0);
  const last = heard.findLastIndex((sample) => sample !== 0);
  return Float32Array.from(heard.subarray(first, last + 1), (sample) => sample / 32_768);
}

describe("the examples of python-sounddevice", { concurrency: 3, timeout: 120_000 }, () => {
  test("asyncio-coroutines records, then plays what it recorded", async (t) => {
    const args = ["--seconds", "0.5", "--input", TONE, "--output", LOOPBACK];
    const { heard, result } = await hearExample(
      "sounddevice/asyncio-coroutines",
      newFolder(t),
      args,
      { device: LOOPBACK, rate: RATE, channels: 1 },
    );
    assert.equal(result.stdout, "recording ...\nplaying ...\ndone: 4000 frames\n");
    const { amplitude, residual } = fitTone(soundOf(heard).subarray(0, 800), RATE, 440, 0);
    assert.ok(Math.abs(amplitude - 0.5) < 0.01, `amplitude ${amplitude}`);
    assert.ok(residual < 0.001, `residual ${residual}`);
  });

  test("asyncio-generators tells what each block holds, then wires input to output", async (t) => {
    const { stdout } = await runExample("sounddevice/asyncio-generators", newFolder(t), [
      "--seconds",
      "1",
      "--input",
      LOOPBACK,
      "--output",
      LOOPBACK,
    ]);
    assert.match(stdout, /min: 0\.0000\tmax: 0\.0000\n/);
    assert.match(stdout, /activating wire \.\.\.\nwire was closed\n$/);
  });

  for (const [name, said] of [
    ["play-file", /^0\.75 s played/],
    ["play-long-file", /^6000 frames played/],
    ["play-long-file-raw", /^6000 frames played\n$/],
  ] as const) {
    test(`${name} plays each frame of a file`, async (t) => {
      const folder = newFolder(t);
      const file = await counterFile(folder, RATE, 6000);
      const device = `${LOOPBACK}&latency=0.02`;
      const { heard, result } = await hearExample(
        `sounddevice/${name}`,
        folder,
        [file, "--device", device],
        { device, rate: RATE, channels: 1 },
      );
      assert.match(result.stdout, said);
      assertHeard(heard, 6000);
    });
  }

  test("play-sine plays the frequency and the amplitude that it is asked for", async (t) => {
    const args = ["1000", "--amplitude", "0.25", "--seconds", "0.5", "--device", LOOPBACK];
    const { heard } = await hearExample("sounddevice/play-sine", newFolder(t), args, {
      device: LOOPBACK,
      rate: RATE,
      channels: 1,
    });
    const sound = soundOf(heard);
    const { amplitude, residual } = fitTone(sound.subarray(0, 800), RATE, 1000, 0);
    assert.ok(Math.abs(amplitude - 0.25) < 0.001, `amplitude ${amplitude}`);
    assert.ok(residual < 0.001, `residual ${residual}`);
    assert.ok(sound.length >= 3990, `${sound.length} frames`);
  });

  test("play-stream plays what comes over HTTP, to the end", async (t) => {
    if (!requireTool(t, "ffmpeg")) {
      return;
    }
    const server = createServer((_request, response) => {
      // Twenty milliseconds at a time, as a station sends it; FLAC has a header and an end, and loses nothing.
      response.setHeader("content-type", "audio/flac");
      const tone = "sine=frequency=500:sample_rate=8000:duration=0.75";
      const ffmpeg = spawn("ffmpeg", [
        "-nostdin",
        "-loglevel",
        "error",
        "-f",
        "lavfi",
        "-i",
        tone,
        "-f",
        "flac",
        "pipe:",
      ]);
      ffmpeg.stdout.pipe(response);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    t.after(() => server.close());
    const { port } = server.address() as AddressInfo;
    const { heard, result } = await hearExample(
      "sounddevice/play-stream",
      newFolder(t),
      [`http://127.0.0.1:${port}/`, "--device", LOOPBACK],
      { device: LOOPBACK, rate: RATE, channels: 1 },
    );
    assert.equal(result.stdout, "6000 frames played; ffmpeg ended with 0\n");
    const { amplitude, residual } = fitTone(soundOf(heard).subarray(0, 800), RATE, 500, 0);
    assert.ok(amplitude > 0.05, `amplitude ${amplitude}`);
    assert.ok(residual < 0.001, `residual ${residual}`);
  });

  test("plot-input draws the wave that it hears", async (t) => {
    const { stdout } = await runExample("sounddevice/plot-input", newFolder(t), [
      "1",
      "2",
      "--seconds",
      "0.5",
      "--device",
      TONE,
      "--window",
      "400",
    ]);
    const plots = stdout.split("channel 1\n").slice(1);
    assert.ok(plots.length > 1, `${plots.length} plots`);
    const [first, second] = plots.at(-1)?.split("channel 2\n") ?? [];
    assert.equal(first, second);
    const lines = first?.split("\n").slice(0, -1) ?? [];
    assert.equal(lines.length, 11);
    // Half of full scale: the outer lines are empty, the fourth and the eighth are reached.
    assert.doesNotMatch(`${lines[0]}${lines[1]}${lines[9]}${lines[10]}`, /█/);
    assert.match(lines[3] ?? "", /^█{80}$/);
    assert.match(lines[7] ?? "", /^█{80}$/);
  });

  test("priming-output hears the click of the first frame after the latency of the device", async (t) => {
    const device = "virtual:loopback?rate=8000&latency=0.05&pace=fast";
    const { stdout } = await runExample("sounddevice/priming-output", newFolder(t), [
      "--device",
      device,
    ]);
    assert.equal(
      stdout,
      "8000 frames are queued before the start\nthe click came back in frame 400\n",
    );
  });

  test("rec-unlimited records until Ctrl-C, in the format that was asked for", async (t) => {
    const folder = newFolder(t);
    const ramp = `virtual:ramp?rate=${RATE}&overrun=0.3:80`;
    const { stdout } = await runExample(
      "sounddevice/rec-unlimited",
      folder,
      ["take.wav", "-d", ramp, "-r", "8000", "-c", "2", "-t", "int24"],
      {
        whileRunning: (child) => {
          child.stdout?.on("data", (text: string) => {
            // As soon as the loss was told, some of what comes behind it is recorded too.
            if (text.includes("lost")) {
              setTimeout(() => child.kill("SIGINT"), 300);
            }
          });
        },
      },
    );
    assert.match(
      stdout,
      /^press Ctrl\+C[^\n]*\n80 frames lost at frame 2400;[^\n]*\nRecording finished: take\.wav, \d+ frames\n$/,
    );
    await using reader = await WavReader.open(path.join(folder, "take.wav"));
    assert.deepEqual(
      [reader.format, reader.numberOfChannels, reader.sampleRate],
      ["int24", 2, RATE],
    );
    assert.equal(stdout.includes(`${reader.length} frames\n`), true);
    assert.ok(reader.length > 2480, `${reader.length} frames`);
  });

  test("rec-unlimited -l lists the devices", async (t) => {
    if (!requireTool(t, "libportaudio2")) {
      return;
    }
    const folder = newFolder(t);
    await runExample("sounddevice/rec-unlimited", folder, ["-l"]);
    assert.deepEqual(readdirSync(folder), []);
  });

  test("spectrogram shows a tone at its place, a line for each block", async (t) => {
    const { stdout } = await runExample("sounddevice/spectrogram", newFolder(t), [
      "--device",
      "virtual:tone?rate=8000&frequency=1000&pace=fast",
      "--seconds",
      "0.5",
      "--low",
      "0",
      "--high",
      "1975",
      "--gain",
      "2",
    ]);
    const lines = stdout.trimEnd().split("\n");
    assert.equal(lines.length, 10);
    for (const line of lines) {
      // Columns of 25 Hz.
      assert.match(line, /^ {38,39}[ .,:;+=ox%#]?[ox%#@]{1,3}[ .,:;+=ox%#]? *$/);
      assert.ok("ox%#@".includes(line[40] ?? ""), line);
    }
  });

  test("rec-gui records what its page asks for", async (t) => {
    const folder = newFolder(t);
    const tone = "virtual:tone?rate=8000&amplitude=0.5";
    let url = "";
    let ended = false;
    const run = runExample("sounddevice/rec-gui", folder, ["--device", tone, "--port", "0"], {
      whileRunning: (child) => {
        child.stdout?.on("data", (text: string) => {
          url = /http:\S+/.exec(text)?.[0] ?? url;
        });
        t.after(() => (ended ? undefined : child.kill("SIGKILL")));
        void visit().then(() => child.kill("SIGINT"));
      },
    });
    let seen: GuiState | undefined;
    async function visit(): Promise<void> {
      while (url === "") {
        await sleep(20);
      }
      assert.match(await (await fetch(url)).text(), /<meter id="level"/);
      assert.equal((await fetch(`${url}record`, { method: "POST" })).status, 204);
      do {
        await sleep(50);
        seen = await stateOf(url);
      } while (seen.seconds < 0.5);
      assert.equal((await fetch(`${url}stop`, { method: "POST" })).status, 204);
      assert.equal((await stateOf(url)).recording, false);
      const elsewhere = { origin: "http://example.org" };
      assert.equal(
        (await fetch(`${url}record`, { method: "POST", headers: elsewhere })).status,
        403,
      );
      assert.equal((await fetch(`${url}nowhere`)).status, 404);
    }
    await run;
    ended = true;
    assert.ok(seen !== undefined);
    assert.deepEqual([seen.recording, seen.lostFrames, seen.fault], [true, 0, ""]);
    assert.ok(Math.abs(seen.peak - 0.5) < 0.01, `peak ${seen.peak}`);
    const take = await readWav(path.join(folder, seen.file));
    assert.ok(take.length >= 4000, `${take.length} frames`);
    const { amplitude, residual } = fitTone(take.getChannelData(0), RATE, 440, 0);
    assert.ok(Math.abs(amplitude - 0.5) < 0.001, `amplitude ${amplitude}`);
    assert.ok(residual < 0.001, `residual ${residual}`);
  });

  test("wire runs for as long as it is told, and tells what was lost", async (t) => {
    const { stdout } = await runExample("sounddevice/wire", newFolder(t), [
      "-i",
      LOOPBACK,
      "-o",
      LOOPBACK,
      "-c",
      "1",
      "--seconds",
      "0.5",
    ]);
    assert.match(stdout, /^press Ctrl\+C to quit\nlost: 0 frames, ran dry: \d+ times\n$/);
  });
});

interface GuiState {
  readonly recording: boolean;
  readonly file: string;
  readonly seconds: number;
  readonly peak: number;
  readonly lostFrames: number;
  readonly fault: string;
}

async function stateOf(url: string): Promise<GuiState> {
  const state: GuiState = JSON.parse(await (await fetch(`${url}state`)).text());
  return state;
}
