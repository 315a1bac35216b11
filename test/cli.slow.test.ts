import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Recording, readWav } from "../src/index.js";
import { runScript, type ScriptResult } from "./rig/child.js";
import { assertCounters, assertSilence } from "./rig/counter.js";
import { requireTool } from "./rig/tools.js";

// The command as it is published: it reads the version of the package beside dist/.
const COMMAND = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const PACKAGE = fileURLToPath(new URL("../../package.json", import.meta.url));

const FAST = "virtual:ramp?rate=8000&pace=fast";
const PACED = "virtual:ramp?rate=8000";
/** A device that would record for long if anything let it. */
const LONG = ["--seconds", "60", "--device", PACED];

let folder = "";
let files = 0;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "roomtone-"));
});

after(async () => {
  await rm(folder, { recursive: true });
});

/** A path where no file is yet. */
function newFile(): string {
  files += 1;
  return join(folder, `take ${files}.wav`);
}

function roomtone(
  args: readonly string[],
  whileRunning: (child: ChildProcess) => void = () => {},
): Promise<ScriptResult> {
  return runScript(COMMAND, { args, whileRunning, timeoutMs: 20_000 });
}

/** Sends a signal when a second or more was recorded, as the command itself says. */
function interruptWith(signal: NodeJS.Signals): (child: ChildProcess) => void {
  return (child) => {
    let text = "";
    child.stderr?.on("data", (part: string) => {
      if (!text.includes("frames lost")) {
        text += part;
        if (text.includes("frames lost")) {
          child.kill(signal);
        }
      }
    });
  };
}

function words(take: Recording): Int16Array {
  const samples = take.toInterleaved();
  assert.ok(samples instanceof Int16Array);
  return samples;
}

/** The command refused its arguments: one line that says why, and nothing was touched. */
function assertUsage(result: ScriptResult, message: RegExp, file?: string): void {
  assert.match(result.stderr, message);
  assert.doesNotMatch(result.stderr, /\n {4}at /);
  assert.equal(result.stdout, "");
  assert.equal(result.code, 2);
  if (file !== undefined) {
    assert.equal(existsSync(file), false, "a file was made");
  }
}

describe("roomtone", { concurrency: 3, timeout: 120_000 }, () => {
  test("--help lists the commands, on stdout", async () => {
    const { code, stdout, stderr } = await roomtone(["--help"]);
    assert.equal(code, 0);
    assert.equal(stderr, "");
    for (const command of ["devices", "record", "demo"]) {
      assert.match(stdout, new RegExp(`^  ${command}\\b`, "m"));
    }
  });

  test("record --help tells every option", async () => {
    const { code, stdout } = await roomtone(["record", "--help"]);
    assert.equal(code, 0);
    for (const option of [
      "--seconds",
      "--device",
      "--rate",
      "--channels",
      "--format",
      "--latency",
      "--overwrite",
      "--quiet",
    ]) {
      assert.ok(stdout.includes(option), option);
    }
  });

  test("--version is that of the package", async () => {
    const { version }: { version: string } = JSON.parse(readFileSync(PACKAGE, "utf8"));
    const { code, stdout } = await roomtone(["--version"]);
    assert.deepEqual([code, stdout], [0, `${version}\n`]);
  });

  test("an unknown option is exit code 2, and names the one that was meant", async () => {
    const file = newFile();
    assertUsage(await roomtone(["record", file, "--secons", "1"]), /--seconds/, file);
    assertUsage(await roomtone(["--nonsense"]), /--nonsense/);
  });

  test("an unknown command, a missing file and one file too many are exit code 2", async () => {
    assertUsage(await roomtone(["recrod"]), /unknown command 'recrod'/);
    assertUsage(await roomtone(["record"]), /missing required argument 'file'/);
    const file = newFile();
    assertUsage(await roomtone(["record", file, "second.wav"]), /too many arguments/, file);
  });
});

describe("roomtone record", { concurrency: 3, timeout: 120_000 }, () => {
  test("records just the seconds that were asked for, and says so", async () => {
    const file = newFile();
    const result = await roomtone(["record", file, "--seconds", "2.5", "--device", FAST]);
    assert.equal(result.code, 0, result.stderr);
    assert.match(
      result.stdout,
      /2\.500 s \(20000 frames\), 8000 Hz, 1 channel, int16; no frame lost\n$/,
    );
    const take = await readWav(file);
    assert.equal(take.length, 20_000);
    assert.equal(take.sampleRate, 8000);
    assertCounters(words(take), 0);
  });

  test("takes rate, channels, format and latency", async () => {
    const file = newFile();
    const options = ["-s", "0.5", "-r", "11025", "-c", "2", "-f", "float32", "--latency", "low"];
    const result = await roomtone(["record", file, "-d", FAST, ...options]);
    assert.equal(result.code, 0, result.stderr);
    const take = await readWav(file);
    assert.deepEqual(
      [take.length, take.sampleRate, take.numberOfChannels, take.format],
      [5513, 11_025, 2, "float32"],
    );
  });

  for (const format of ["uint8", "int16", "int24", "int32", "float32"]) {
    test(`writes ${format}`, async () => {
      const file = newFile();
      const options = ["--seconds", "0.1", "--format", format, "--channels", "1,0"];
      const result = await roomtone(["record", file, "--device", FAST, ...options]);
      assert.equal(result.code, 0, result.stderr);
      const take = await readWav(file);
      assert.deepEqual([take.format, take.length, take.numberOfChannels], [format, 800, 2]);
    });
  }

  test("fills lost frames with silence and tells how many", async () => {
    const file = newFile();
    const device = `${FAST}&overrun=0.5:441`;
    const result = await roomtone(["record", file, "--seconds", "1", "--device", device]);
    assert.equal(result.code, 0);
    assert.match(result.stdout, /441 frames lost in 1 gap/);
    const samples = words(await readWav(file));
    assert.equal(samples.length, 8000);
    assertCounters(samples.subarray(0, 4000), 0);
    assertSilence(samples.subarray(4000, 4441));
    assertCounters(samples.subarray(4441), 4441);
  });

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    test(`${signal} ends and saves`, async () => {
      const file = newFile();
      const result = await roomtone(["record", file, "--device", PACED], interruptWith(signal));
      assert.equal(result.timedOut, false);
      assert.deepEqual([result.code, result.signal], [0, null]);
      const take = await readWav(file);
      assert.ok(take.length >= 8000 && take.length < 160_000, `${take.length} frames`);
      assert.ok(result.stdout.includes(`(${take.length} frames)`), result.stdout);
      assertCounters(words(take), 0);
    });
  }

  test("an existing file is refused before recording, and replaced with --overwrite", async () => {
    const file = newFile();
    await writeFile(file, "precious");
    const refused = await roomtone(["record", file, ...LONG]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /\[file-exists\]\n$/);
    assert.equal(await readFile(file, "utf8"), "precious");
    const options = ["--seconds", "0.1", "--device", FAST, "--overwrite"];
    const replaced = await roomtone(["record", file, ...options]);
    assert.equal(replaced.code, 0, replaced.stderr);
    assert.equal((await readWav(file)).length, 800);
  });

  test("a file that cannot be written is found before recording", async () => {
    const place = join(folder, "folder");
    await mkdir(place);
    for (const file of [join(folder, "nowhere", "take.wav"), place]) {
      const result = await roomtone(["record", file, ...LONG]);
      assert.equal(result.timedOut, false);
      assert.equal(result.code, 1);
      assert.match(result.stderr, /\[file-(not-writable|exists)\]\n$/);
      assert.doesNotMatch(result.stderr, /Recording/);
      assert.equal(result.stdout, "");
    }
    assert.deepEqual(await readdir(place), []);
  });

  test("an unplugged device is exit code 1, and what was recorded is saved", async () => {
    const file = newFile();
    const device = `${FAST}&unplug=1.5`;
    const result = await roomtone(["record", file, "--seconds", "60", "--device", device]);
    assert.equal(result.code, 1);
    assert.match(result.stderr, /unplugged at frame 12000\. \[device-lost\]\n$/);
    assert.doesNotMatch(result.stderr, /\n {4}at /);
    const take = await readWav(file);
    assert.equal(take.length, 12_000);
    assertCounters(words(take), 0);
  });

  test("a device that is not there is exit code 1 and makes no file", async () => {
    const file = newFile();
    const device = "virtual:file?path=%2Fnowhere.wav";
    const result = await roomtone(["record", file, "--device", device]);
    assert.equal(result.code, 1);
    assert.match(result.stderr, /\[file-not-readable\]\n$/);
    assert.equal(existsSync(file), false);
  });

  for (const [options, message] of [
    [["--seconds", "five"], /--seconds/],
    [["--seconds", ""], /--seconds/],
    [["--seconds", "0"], /--seconds/],
    [["--seconds", "-1"], /--seconds/],
    [["--seconds", "NaN"], /--seconds/],
    [["--seconds", "1e-9"], /seconds/],
    [["--rate", "0"], /rate/i],
    [["--rate", "fast"], /--rate/],
    [["--channels", "0"], /channels/],
    [["--channels", "3"], /channels/],
    [["--channels", "0,0"], /channels/],
    [["--channels", "0,,1"], /channels/],
    [["--channels", "left"], /--channels/],
    [["--format", "mp3"], /--format/],
    [["--format", "int8"], /--format/],
    [["--latency", "medium"], /--latency/],
    [["--latency", "-1"], /latency/],
    [["--device", ""], /device/],
    [["--device", "virtual:tune"], /virtual/],
  ] as const) {
    test(`${options.join(" ")} is exit code 2 and makes no file`, async () => {
      const file = newFile();
      const limits = options[0] === "--seconds" ? [] : ["--seconds", "1"];
      const device = options[0] === "--device" ? [] : ["--device", FAST];
      const result = await roomtone(["record", file, ...device, ...limits, ...options]);
      assertUsage(result, message, file);
    });
  }

  test("tells one line a second where stderr is no terminal", async () => {
    const device = "virtual:tone?rate=8000&amplitude=0.5&pace=fast&overrun=1.2:80";
    const file = newFile();
    const { stderr } = await roomtone(["record", file, "--seconds", "3.4", "--device", device]);
    const [head, ...lines] = stderr.trimEnd().split("\n");
    assert.match(head ?? "", /^Recording .* from tone.*Ctrl-C ends and saves\.$/);
    assert.deepEqual(lines, [
      "0:01.0 / 0:03.4  peak -6.0 dBFS  0 frames lost",
      "0:02.0 / 0:03.4  peak -6.0 dBFS  80 frames lost",
      "0:03.0 / 0:03.4  peak -6.0 dBFS  80 frames lost",
    ]);
  });

  test("--quiet tells nothing but the summary", async () => {
    const options = ["--seconds", "1.5", "--device", FAST, "--quiet"];
    const { stderr, stdout } = await roomtone(["record", newFile(), ...options]);
    assert.equal(stderr, "");
    assert.equal(stdout.split("\n").length, 2);
  });
});

describe("roomtone devices", { concurrency: 3, timeout: 60_000 }, () => {
  test("--virtual --json lists the virtual devices with all fields", async () => {
    const { code, stdout, stderr } = await roomtone(["devices", "--virtual", "--json"]);
    assert.deepEqual([code, stderr], [0, ""]);
    const list: { name: string; id: string; maxInputChannels: number }[] = JSON.parse(stdout);
    assert.deepEqual(
      list.map(({ name, id, maxInputChannels }) => [name, id, maxInputChannels]),
      ["silence", "tone", "noise", "ramp", "sink", "loopback"].map((name) => [
        name,
        `virtual:${name}`,
        name === "sink" ? 0 : 2,
      ]),
    );
  });

  test("--virtual is a table of one line each", async () => {
    const { code, stdout } = await roomtone(["devices", "--virtual"]);
    assert.equal(code, 0);
    assert.equal(stdout.trimEnd().split("\n").length, 6);
    assert.match(stdout, /1 {2}tone .*virtual .*2 in .*0 out .*48000 Hz\n/);
  });

  test("--json is a list, and stderr is silent, with the real library", async (t) => {
    if (!requireTool(t, "libportaudio2")) {
      return;
    }
    const { code, stdout, stderr } = await roomtone(["devices", "--json"]);
    assert.deepEqual([code, stderr], [0, ""]);
    const list: unknown = JSON.parse(stdout);
    assert.ok(Array.isArray(list));
  });

  test("without the library it is exit code 1 and the command that installs it", async () => {
    const result = await runScript(COMMAND, {
      args: ["devices"],
      env: { ROOMTONE_PORTAUDIO: "/nowhere/libportaudio.so.2" },
    });
    assert.equal(result.code, 1);
    assert.equal(result.stdout, "");
    assert.match(result.stderr, /install.*\[library-not-found\]\n$/i);
    assert.doesNotMatch(result.stderr, /\n {4}at /);
  });

  for (const json of [false, true]) {
    test(`--watch ${json ? "--json " : ""}tells the list, then each change in a line, until Ctrl-C`, async (t) => {
      if (!requireTool(t, "libportaudio2")) {
        return;
      }
      const config = join(folder, `asound-${json}.conf`);
      const rename = (name: string): void => writeFileSync(config, alsaDevices("default", name));
      rename("one");
      const result = await runScript(COMMAND, {
        args: ["devices", "--watch", ...(json ? ["--json"] : [])],
        env: { ...ALSA_ONLY, ALSA_CONFIG_PATH: config },
        whileRunning: (child) => {
          let text = "";
          let renamed = false;
          child.stdout?.on("data", (part: string) => {
            text += part;
            if (!renamed && text.includes("one")) {
              renamed = true;
              rename("two");
            }
            if (text.includes("added") && text.endsWith("\n")) {
              child.kill("SIGINT");
            }
          });
        },
      });
      assert.deepEqual([result.code, result.stderr], [0, ""]);
      if (!json) {
        assert.match(
          result.stdout,
          /^ {2}0 {2}one .*\n\* 1 {2}default .*\nremoved: one \(ALSA, 128 in, 128 out\)\nadded: two \(ALSA, 128 in, 128 out\)\n$/,
        );
        return;
      }
      const lines = result.stdout
        .trimEnd()
        .split("\n")
        .map((line): unknown => JSON.parse(line));
      assert.equal(lines.length, 3);
      const [list, removed, added] = lines;
      assert.ok(Array.isArray(list) && list.length === 2);
      assert.deepEqual(shortly(removed), ["removed", "one", 2]);
      assert.deepEqual(shortly(added), ["added", "two", 2]);
    });
  }

  test("--watch of virtual devices is refused, and without the library it is exit code 1", async () => {
    assertUsage(await roomtone(["devices", "--watch", "--virtual"]), /--watch is for real devices/);
    const result = await runScript(COMMAND, {
      args: ["devices", "--watch"],
      env: { ROOMTONE_PORTAUDIO: "/nowhere/libportaudio.so.2" },
    });
    assert.equal(result.code, 1);
    assert.equal(result.stdout, "");
    assert.match(result.stderr, /install.*\[library-not-found\]\n$/i);
    assert.doesNotMatch(result.stderr, /\n {4}at /);
  });

  test("--watch ends quietly when nobody reads any more", async (t) => {
    if (!requireTool(t, "libportaudio2")) {
      return;
    }
    const config = join(folder, "asound-unread.conf");
    writeFileSync(config, alsaDevices("default"));
    const result = await runScript(COMMAND, {
      args: ["devices", "--watch"],
      env: { ...ALSA_ONLY, ALSA_CONFIG_PATH: config },
      whileRunning: (child) => {
        child.stdout?.once("data", () => {
          child.stdout?.destroy();
          writeFileSync(config, alsaDevices("default", "one"));
        });
      },
    });
    assert.deepEqual([result.code, result.timedOut, result.stderr], [0, false, ""]);
  });
});

const ALSA_ONLY = { JACK_DEFAULT_SERVER: "roomtone-none", JACK_NO_START_SERVER: "1" };

/** An ALSA configuration with just these devices, which give zeros. */
function alsaDevices(...names: readonly string[]): string {
  return names
    .map(
      (name) =>
        `pcm.${name} { type file slave.pcm { type null } file "/dev/null" infile "/dev/zero" format "raw" }\n`,
    )
    .join("");
}

/** A change as JSON: its type, its device's name and how many devices there are. */
function shortly(change: unknown): unknown {
  const { type, device, devices }: { type: string; device: { name: string }; devices: unknown[] } =
    JSON.parse(JSON.stringify(change));
  return [type, device.name, devices.length];
}
