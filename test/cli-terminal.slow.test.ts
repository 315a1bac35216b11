import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { decode } from "fast-png";
import { readWav, record, virtualDevice, WavReader } from "../src/index.js";
import { runScript, type ScriptResult } from "./rig/child.js";
import { lastScreen, plain, runInTerminal } from "./rig/pty.js";
import { requireTool } from "./rig/tools.js";

const COMMAND = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const FAST = "virtual:tone?rate=8000&frequency=1000&pace=fast";
const PACED = "virtual:tone?rate=8000&frequency=1000";
const ESCAPE = "\u001b";
const INTERRUPT = "\u0003";
/** The first screen is back, and before it: colours off, lines wrap, the cursor is shown. */
const LEFT = "\u001b[0m\u001b[?7h\u001b[?25h\u001b[?1049l";

let folder = "";
let take = "";

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "roomtone-"));
  take = join(folder, "take.wav");
  const device = virtualDevice("tone", {
    rate: 8000,
    frequency: 1000,
    pace: "fast",
    overruns: [{ at: 0.5, frames: 400 }],
  });
  await (await record({ device, seconds: 2, channels: 2 })).save(take);
});

after(async () => {
  await rm(folder, { recursive: true });
});

function roomtone(...args: readonly string[]): Promise<ScriptResult> {
  return runScript(COMMAND, { args, timeoutMs: 20_000 });
}

function assertUsage(result: ScriptResult, message: RegExp): void {
  assert.match(result.stderr, message);
  assert.doesNotMatch(result.stderr, /\n {4}at /);
  assert.deepEqual([result.stdout, result.code], ["", 2]);
}

/** Nothing that was switched on stays on. */
function assertClean(output: string): void {
  const count = (text: string): number => output.split(text).length - 1;
  assert.equal(count("\u001b[?25l"), count("\u001b[?25h"), "the cursor");
  assert.equal(count("\u001b[?1049h"), count("\u001b[?1049l"), "the second screen");
  assert.equal(count("\u001b[?7l"), count("\u001b[?7h"), "line wrap");
  const colours = [...output.matchAll(new RegExp(`${ESCAPE}\\[[\\d;]*m`, "g"))].map(
    ([code]) => code,
  );
  assert.ok(colours.length === 0 || colours.at(-1) === "\u001b[0m", "colours");
}

describe("roomtone meter", { concurrency: 2, timeout: 120_000 }, () => {
  test("is a line a second where the output is no terminal, and without colours", async () => {
    const device = `${FAST}&amplitude=0.5&overrun=1.2:80`;
    const { code, stdout, stderr } = await roomtone("meter", "-d", device, "-s", "3", "-c", "2");
    assert.deepEqual([code, stderr], [0, ""]);
    const one = "peak -6.0 rms -9.0 dBFS";
    const [first, ...others] = stdout.trimEnd().split("\n");
    assert.match(first ?? "", /^0:01\.0 {2}peak -6\.0 rms -9\.\d dBFS {2}\| .* {2}0 frames lost$/);
    assert.deepEqual(others, [
      `0:02.0  ${one}  |  ${one}  80 frames lost`,
      `0:03.0  ${one}  |  ${one}  80 frames lost`,
    ]);
  });

  test("--json has a value in each line, with null for silence", async () => {
    const device = "virtual:silence?rate=8000&pace=fast&overrun=0.6:100";
    const lengths = ["--seconds", "1", "--interval", "0.5"];
    const { code, stdout } = await roomtone("meter", "-d", device, ...lengths, "--json");
    assert.equal(code, 0);
    const values = stdout
      .trimEnd()
      .split("\n")
      .map((line): unknown => JSON.parse(line));
    assert.equal(values.length, 2);
    assert.deepEqual(
      values.map((value) => ({ ...(value as object), seconds: 0 })),
      [0, 1].map((gaps) => ({
        seconds: 0,
        peakDbfs: [null],
        rmsDbfs: [null],
        clipped: [0],
        lostFrames: gaps * 100,
        gaps,
      })),
    );
  });

  test("wrong options are exit code 2", async () => {
    for (const [options, message] of [
      [["--seconds", "0"], /--seconds/],
      [["--seconds", "soon"], /--seconds/],
      [["--interval", "-1"], /--interval/],
      [["--channels", "x"], /--channels/],
      [["--device", ""], /device/],
      [["--nonsense"], /nonsense/],
      [["file.wav"], /too many arguments/],
    ] as const) {
      assertUsage(await roomtone("meter", "-d", FAST, ...options), message);
    }
  });

  test("an unplugged device is exit code 1, and a closed pipe ends it quietly", async () => {
    const gone = await roomtone("meter", "-d", `${FAST}&unplug=1.5`);
    assert.equal(gone.code, 1);
    assert.match(gone.stdout, /^0:01\.0/);
    assert.match(gone.stderr, /\[device-lost\]\n$/);
    const unread = await runScript(COMMAND, {
      args: ["meter", "-d", PACED, "--interval", "0.05"],
      whileRunning: (child) => {
        child.stdout?.once("data", () => child.stdout?.destroy());
      },
    });
    assert.deepEqual([unread.code, unread.timedOut, unread.stderr], [0, false, ""]);
  });

  test("on a terminal it draws bars on the second screen, and Ctrl-C leaves all as it was", async (t) => {
    if (!requireTool(t, "python3")) {
      return;
    }
    const { output, code } = await runInTerminal(COMMAND, ["meter", "-d", PACED, "-c", "2"], {
      steps: [["max    -6.0", "send", INTERRUPT]],
    });
    assert.equal(code, 0);
    assert.ok(output.startsWith("\u001b[?1049h\u001b[?25l"));
    const lines = lastScreen(output);
    assert.match(lines[0] ?? "", /^tone\?.* \(virtual\) · 8000 Hz, 2 channels, float32$/);
    assert.match(lines[2] ?? "", /^ 0▕█+.*▏ +-6\.0 max +-6\.0$/);
    assert.match(lines[3] ?? "", /^ 1▕█+/);
    assert.match(lines[4] ?? "", /-60 .* 0 dBFS$/);
    assert.equal(lines[5], "no frame lost");
    assertClean(output);
    const [, behind = ""] = output.split(LEFT);
    assert.match(behind, /^(\^C)?\d+:\d\d\.\d {2}peak -6\.0 .* frames lost\r\n$/);
  });

  for (const signal of ["SIGTERM", "SIGHUP"] as const) {
    test(`${signal} leaves the terminal as it was too`, async (t) => {
      if (!requireTool(t, "python3")) {
        return;
      }
      const { output, code } = await runInTerminal(COMMAND, ["meter", "-d", PACED], {
        steps: [["max", "signal", signal]],
      });
      assert.equal(code, 0);
      assertClean(output);
    });
  }

  test("a fault leaves the terminal as it was, and is told on the first screen", async (t) => {
    if (!requireTool(t, "python3")) {
      return;
    }
    const device = `${PACED}&unplug=0.3`;
    const { output, code } = await runInTerminal(COMMAND, ["meter", "-d", device]);
    assert.equal(code, 1);
    assertClean(output);
    assert.match(output.split(LEFT)[1] ?? "", /device-lost/);
  });

  test("it follows the size of the terminal", async (t) => {
    if (!requireTool(t, "python3")) {
      return;
    }
    const { output } = await runInTerminal(COMMAND, ["meter", "-d", PACED], {
      columns: 100,
      steps: [
        ["max    -6.0", "resize", [60, 10]],
        ["max    -6.0", "resize", [40, 10]],
        ["-60", "send", INTERRUPT],
      ],
    });
    const widths = new Set(
      output
        .split("\u001b[H")
        .map((screen) => Array.from(plain(screen).split(/\r*\n/)[2] ?? "").length),
    );
    assert.ok(
      [...widths].some((width) => width > 90 && width <= 100),
      [...widths].join(),
    );
    assert.ok(
      [...widths].some((width) => width > 50 && width <= 60),
      [...widths].join(),
    );
    assert.ok(lastScreen(output).every((line) => Array.from(line).length <= 40));
  });

  test("NO_COLOR takes the colours away, a dumb terminal the blocks too", async (t) => {
    if (!requireTool(t, "python3")) {
      return;
    }
    const steps = [["max    -6.0", "send", INTERRUPT]] as const;
    const grey = await runInTerminal(COMMAND, ["meter", "-d", PACED], {
      steps,
      env: { NO_COLOR: "1" },
    });
    assert.match(grey.output, /█/);
    assert.doesNotMatch(grey.output.replaceAll(LEFT, ""), new RegExp(`${ESCAPE}\\[[\\d;]*m`));
    const dumb = await runInTerminal(COMMAND, ["meter", "-d", PACED], {
      steps,
      env: { TERM: "dumb" },
    });
    assert.match(dumb.output, /\|#+/);
    assert.match(plain(dumb.output), /^[\r\n\u0020-\u007e]*$/);
  });
});

describe("roomtone record", { timeout: 60_000 }, () => {
  test("in a terminal m marks, space pauses and goes on, Enter ends, and the terminal is left as it was", async (t) => {
    if (!requireTool(t, "python3")) {
      return;
    }
    const file = join(folder, "keys.wav");
    const { output, code } = await runInTerminal(COMMAND, ["record", file, "--device", PACED], {
      steps: [
        ["0:00.2", "send", "m"],
        ["0:00.4", "send", " "],
        ["paused", "send", " "],
        ["0:00.8", "send", "\r"],
      ],
    });
    assert.equal(code, 0, output);
    // It is the last line: the progress is over by then.
    assert.match(plain(output), /no frame lost; 1 mark; 1 pause\r*\n$/);
    assertClean(output);
    const saved = await readWav(file);
    assert.ok(saved.length >= 0.7 * 8000 && saved.length < 5 * 8000, `${saved.length} frames`);
    await using reader = await WavReader.open(file);
    const { metadata } = await reader.readMetadata();
    assert.deepEqual(
      metadata.cues?.map(({ label }) => label),
      ["mark 1", "pause"],
    );
  });

  test("in a terminal Ctrl-C ends and saves", async (t) => {
    if (!requireTool(t, "python3")) {
      return;
    }
    const file = join(folder, "interrupted.wav");
    const { output, code } = await runInTerminal(COMMAND, ["record", file, "--device", PACED], {
      steps: [["0:00.3", "send", INTERRUPT]],
    });
    assert.equal(code, 0, output);
    assertClean(output);
    assert.ok((await readWav(file)).length >= 0.2 * 8000);
  });
});

describe("roomtone view", { concurrency: 2, timeout: 120_000 }, () => {
  test("is ASCII of 80 columns where the output is no terminal", async () => {
    const { code, stdout, stderr } = await roomtone("view", take);
    assert.deepEqual([code, stderr], [0, ""]);
    const lines = stdout.trimEnd().split("\n");
    assert.ok(lines.length <= 28 && lines.every((line) => line.length <= 80));
    assert.match(stdout, /^[\n\u0020-\u007e]*$/);
    assert.match(
      lines[0] ?? "",
      /^take\.wav, 2 s, 8000 Hz, 2 channels, 400 frames lost in 1 gap\(s\)$/,
    );
    // A quarter of the way, below the waveforms.
    const marks =
      lines.find((line) => line.includes("lost ^")) ?? lines.find((line) => /^ *lost /.test(line));
    assert.match(marks ?? "", /^ {2}lost +\^+$/);
    assert.match(stdout, /Time \(s\)/);
  });

  test("shows FLAC files too, in the terminal and as pictures", async () => {
    const file = join(folder, "take.flac");
    await (await record({ device: FAST, seconds: 1, format: "int16" })).save(file);
    const { code, stdout } = await roomtone("view", file);
    assert.equal(code, 0);
    assert.match(stdout, /^take\.flac, 1 s, 8000 Hz, 1 channel/);
    const svg = join(folder, "flac.svg");
    assert.equal((await roomtone("view", file, "--svg", svg)).code, 0);
    assert.match(await readFile(svg, "utf8"), /FLAC, 16 bits/);
  });

  test("is half blocks in 24-bit colours on a terminal that has them, 256 on others", async (t) => {
    if (!requireTool(t, "python3")) {
      return;
    }
    const full = await runInTerminal(COMMAND, ["view", take], { columns: 70, rows: 30 });
    assert.equal(full.code, 0);
    assert.match(full.output, new RegExp(`${ESCAPE}\\[38;2;[\\d;]+m${ESCAPE}\\[48;2;[\\d;]+m▀`));
    assertClean(full.output);
    const lines = plain(full.output).split(/\r*\n/);
    assert.ok(lines.length <= 30 && lines.every((line) => Array.from(line).length <= 70));
    const some = await runInTerminal(COMMAND, ["view", take], { env: { COLORTERM: "" } });
    assert.ok(some.output.includes(`${ESCAPE}[48;5;`));
    assert.ok(!some.output.includes(`${ESCAPE}[48;2;`));
    const none = await runInTerminal(COMMAND, ["view", take], { env: { NO_COLOR: "1" } });
    assert.ok(!none.output.includes(ESCAPE));
    assert.match(none.output, /█/);
  });

  test("--png and --svg write the pictures that were asked for, and tell their names", async () => {
    const [png, svg] = [join(folder, "a.png"), join(folder, "a.svg")];
    const options = ["--theme", "dark", "--size", "single-column", "--picture", "spectrogram"];
    const result = await roomtone("view", take, "--png", png, "--svg", svg, ...options);
    assert.deepEqual([result.code, result.stderr, result.stdout], [0, "", `${png}\n${svg}\n`]);
    assert.equal(decode(await readFile(png)).width, 1004);
    const text = await readFile(svg, "utf8");
    assert.ok(text.includes('fill="#15171b"') && text.includes("Frequency (kHz), channel 1"));
    const again = await roomtone("view", take, "--png", png);
    assert.equal(again.code, 1);
    assert.match(again.stderr, /\[file-exists\]\n$/);
    assert.equal((await roomtone("view", take, "--png", png, "--overwrite")).code, 0);
    assert.equal(decode(await readFile(png)).width, 1200);
  });

  test("wrong options are exit code 2 and write nothing", async () => {
    const png = join(folder, "none.png");
    for (const [options, message] of [
      [["--picture", "photo"], /--picture/],
      [["--theme", "pink"], /--theme/],
      [["--size", "a4"], /--size/],
      [["--colour-map", "jet"], /--colour-map/],
      [["--frequencies", "bark"], /--frequencies/],
      [["--colours", "16"], /--colours/],
      [["--channels", "2"], /channels/],
      [["--channels", "x"], /--channels/],
      [["--columns", "2"], /--columns/],
      [["--rows", "many"], /--rows/],
      [["--title", ""], /title/],
      [["--svg", "picture.png"], /--svg/],
    ] as const) {
      assertUsage(await roomtone("view", take, "--png", png, ...options), message);
    }
    assert.equal(existsSync(png), false);
    assertUsage(await roomtone("view"), /missing required argument/);
  });

  test("a file that is not there, and one that is no WAV file, are exit code 1", async () => {
    for (const [file, code] of [
      [join(folder, "nowhere.wav"), "file-not-readable"],
      [COMMAND, "malformed-file"],
    ] as const) {
      const result = await roomtone("view", file);
      assert.equal(result.code, 1);
      assert.match(result.stderr, new RegExp(`\\[${code}\\]\\n$`));
    }
  });
});

describe("roomtone spectrum", { concurrency: 2, timeout: 120_000 }, () => {
  test("is a line of ASCII for each block, brightest at the tone's frequency", async () => {
    const size = ["--range", "0,4000", "--columns", "80"];
    const args = ["spectrum", "-d", FAST, "--seconds", "0.5", ...size];
    const { code, stdout, stderr } = await roomtone(...args);
    assert.deepEqual([code, stderr], [0, ""]);
    const [axis = "", ...lines] = stdout.trimEnd().split("\n");
    assert.equal(axis.indexOf("1.0"), 20);
    assert.equal(lines.length, 10);
    for (const line of lines) {
      const bright = Array.from(line).flatMap((letter, column) => (letter === "@" ? [column] : []));
      assert.ok(bright.includes(20) && bright.every((column) => Math.abs(column - 20) < 5), line);
    }
  });

  test("--gain makes quiet sound visible", async () => {
    const quiet = `${FAST}&amplitude=0.00001`;
    const options = ["spectrum", "-d", quiet, "--seconds", "0.1", "--columns", "40"];
    const [without, loud] = await Promise.all([
      roomtone(...options),
      roomtone(...options, "--gain", "80"),
    ]);
    assert.doesNotMatch(without.stdout, /@/);
    assert.match(loud.stdout, /@/);
  });

  test("lost frames are told between the lines", async () => {
    const device = `${FAST}&overrun=0.2:400`;
    const { stdout } = await roomtone("spectrum", "-d", device, "--seconds", "0.5");
    assert.match(stdout, /\n-- 400 frames lost --\n/);
  });

  test("on a terminal it is coloured, as wide as that, and Ctrl-C leaves it clean", async (t) => {
    if (!requireTool(t, "python3")) {
      return;
    }
    const { output, code } = await runInTerminal(COMMAND, ["spectrum", "-d", PACED], {
      columns: 60,
      steps: [["\u001b[0m\r\n", "send", INTERRUPT]],
    });
    assert.equal(code, 0);
    assert.ok(output.includes(`${ESCAPE}[48;2;`));
    assertClean(output);
    const [, line = ""] = plain(output).split(/\r*\n/);
    assert.equal(line.length, 59);
  });

  test("wrong options are exit code 2", async () => {
    for (const [options, message] of [
      [["--range", "100"], /--range/],
      [["--range", "2000,100"], /--range/],
      [["--range", "0,4001"], /--range/],
      [["--range", "a,b"], /--range/],
      [["--columns", "0"], /--columns/],
      [["--gain", "loud"], /--gain/],
      [["--block", "0"], /--block/],
      [["--colours", "many"], /--colours/],
      [["--seconds", "-1"], /--seconds/],
    ] as const) {
      assertUsage(await roomtone("spectrum", "-d", FAST, ...options), message);
    }
  });
});
