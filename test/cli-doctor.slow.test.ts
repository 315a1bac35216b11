import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { runScript, type ScriptOptions, type ScriptResult } from "./rig/child.js";
import { requireTool } from "./rig/tools.js";

// The command as it is published: it reads the version of the package beside dist/.
const COMMAND = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), "roomtone-doctor-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function doctor(args: readonly string[], options: ScriptOptions = {}): Promise<ScriptResult> {
  return runScript(COMMAND, { args: ["doctor", ...args], timeoutMs: 60_000, ...options });
}

interface Report {
  readonly ok: boolean;
  readonly findings: readonly { level: string; code: string; text: string; remedy?: string }[];
  readonly facts: {
    readonly library?: { readonly versionText: string; readonly hostApis: readonly unknown[] };
    readonly recording?: { readonly frames: number; readonly peakDbfs: readonly number[] };
    readonly recordingFault?: { readonly code: string };
  };
}

function reportOf({ stdout }: ScriptResult): Report {
  const report: Report = JSON.parse(stdout);
  return report;
}

/** The codes of what is not as it should be. */
function troubles({ findings }: Report): string[] {
  return findings.filter(({ level }) => level !== "ok").map(({ code }) => code);
}

describe("roomtone doctor", { concurrency: 2, timeout: 120_000 }, () => {
  test("--help tells every option, with examples", async () => {
    const { code, stdout, stderr } = await doctor(["--help"]);
    assert.deepEqual([code, stderr], [0, ""]);
    for (const word of [
      "--device",
      "--seconds",
      "--no-record",
      "--json",
      "Examples:",
      "Exit codes:",
    ]) {
      assert.ok(stdout.includes(word), word);
    }
  });

  for (const args of [
    ["--seconds", "0"],
    ["--seconds", "61"],
    ["--seconds", "two"],
    ["--seconds", ""],
    ["--device", ""],
    ["--recrod"],
    ["something"],
  ]) {
    test(`${args.join(" ")} is exit code 2`, async () => {
      const { code, stdout, stderr } = await doctor(args);
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, /^(roomtone|error): /);
      assert.doesNotMatch(stderr, /\n {4}at /);
    });
  }

  test("a device that gives sound is well: exit code 0, on one page", async (t) => {
    if (!requireTool(t, "libportaudio2")) {
      return;
    }
    const args = ["--device", "virtual:tone", "--seconds", "0.5"];
    const { code, stdout, stderr } = await doctor(args);
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^Recording works\.\n\n/);
    assert.match(stdout, /^ok {7}PortAudio V\d+.*, with .*$/m);
    assert.match(stdout, /^ok {7}0\.5 s recorded from tone, peak -6\.0 dBFS$/m);
    assert.match(stdout, /^versions {5}roomtone \d+\.\d+\.\d+, Node \d+/m);
    assert.match(stdout, /^recording {4}tone: 24000 frames, 48000 Hz, 1 channel, 0 lost$/m);
    assert.ok(stdout.split("\n").length < 60);
  });

  test("--json is one line with the findings and the facts", async (t) => {
    if (!requireTool(t, "libportaudio2")) {
      return;
    }
    const result = await doctor([
      "--json",
      "--device",
      "virtual:tone?pace=fast",
      "--seconds",
      "0.5",
    ]);
    assert.deepEqual([result.code, result.stderr], [0, ""]);
    assert.equal(result.stdout.split("\n").length, 2);
    const { ok, findings, facts } = reportOf(result);
    assert.equal(ok, true);
    assert.ok(findings.some(({ level, code }) => level === "ok" && code === "library"));
    assert.match(facts.library?.versionText ?? "", /PortAudio/);
    assert.equal(facts.recording?.frames, 24_000);
  });

  test("--no-record makes no test recording", async (t) => {
    if (!requireTool(t, "libportaudio2")) {
      return;
    }
    const report = reportOf(await doctor(["--no-record", "--json", "--device", "virtual:silence"]));
    assert.deepEqual([report.facts.recording, report.facts.recordingFault], [undefined, undefined]);
  });

  test("nothing but zeros is a fault, exit code 1", async () => {
    const result = await doctor(["--json", "--device", "virtual:silence?pace=fast"]);
    const report = reportOf(result);
    assert.deepEqual([result.code, report.ok], [1, false]);
    assert.ok(troubles(report).includes("all-zeros"));
    assert.deepEqual(report.facts.recording?.peakDbfs, [null]);
  });

  test("a quiet sound and lost frames are warnings", async () => {
    const device = "virtual:tone?amplitude=0.0005&pace=fast&overrun=1:480";
    const report = reportOf(await doctor(["--json", "--device", device]));
    assert.ok(troubles(report).includes("frames-lost"));
    assert.ok(troubles(report).includes("sound-too-quiet"));
  });

  for (const [what, device, fault] of [
    ["an unplugged device", "virtual:tone?pace=fast&unplug=0.5", "recording-device-lost"],
    ["a device that hangs", "virtual:tone?stall=0.5:3600", "recording-stalled"],
    [
      "a device that is not there",
      "virtual:file?path=%2Fnowhere.wav",
      "recording-file-not-readable",
    ],
  ] as const) {
    test(`${what} is a fault, in bounded time`, async () => {
      const result = await doctor(["--json", "--device", device, "--seconds", "1"]);
      assert.deepEqual([result.code, result.timedOut], [1, false]);
      assert.ok(troubles(reportOf(result)).includes(fault), troubles(reportOf(result)).join());
    });
  }

  test("without the library it says how to get it, and records from what needs none", async () => {
    const env = { ROOMTONE_PORTAUDIO: "/nowhere/libportaudio.so.2" };
    const result = await doctor(["--json", "--device", "virtual:tone?pace=fast"], { env });
    const report = reportOf(result);
    assert.equal(result.code, 1);
    assert.ok(troubles(report).includes("library-not-found"));
    assert.ok(troubles(report).includes("environment-ROOMTONE_PORTAUDIO"));
    assert.match(report.findings[0]?.text ?? "", /[Ii]nstall/);
    assert.equal(report.facts.recording?.frames, 96_000);
    const page = await doctor([], { env });
    assert.equal(page.code, 1);
    assert.match(page.stdout, /^Recording does not work: one thing stands in the way\.\n/);
    assert.match(page.stdout, /^FAULT {4}The PortAudio library was not found\./m);
  });

  test("a library that is something else is told, and does not end the doctor", async () => {
    const file = path.join(folder, "libportaudio.so.2");
    writeFileSync(file, "no library at all");
    const report = reportOf(await doctor(["--json"], { env: { ROOMTONE_PORTAUDIO: file } }));
    assert.deepEqual([report.ok, report.findings[0]?.code], [false, "library-not-found"]);
  });

  test("a process that dies while it lists the devices is a fault", async () => {
    // In place of an assertion in native code: only the doctor's process has this file.
    const script = 'if (process.argv[1]?.endsWith("examine.process.js")) process.abort()';
    const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` };
    const result = await doctor(["--json"], { env });
    const report = reportOf(result);
    assert.deepEqual([result.code, report.findings[0]?.code], [1, "library-died"]);
    assert.match(report.findings[0]?.text ?? "", /ended with SIGABRT/);
  });

  test("without any device it says so once, with a remedy", async (t) => {
    if (!requireTool(t, "libportaudio2") || process.platform !== "linux") {
      return;
    }
    const config = path.join(folder, "asound.conf");
    writeFileSync(config, "pcm.default { type hw card 99 }\n");
    const env = {
      ALSA_CONFIG_PATH: config,
      JACK_DEFAULT_SERVER: "roomtone-none",
      JACK_NO_START_SERVER: "1",
    };
    const result = await doctor(["--json"], { env });
    const report = reportOf(result);
    assert.equal(result.code, 1);
    const faults = report.findings.filter(({ level }) => level === "fault");
    assert.deepEqual(
      faults.map(({ code }) => code),
      ["no-input-device"],
    );
    assert.ok(faults[0]?.remedy);
  });

  test("no private path and no name is in the report", async () => {
    const home = path.join(folder, "home", "Ada Lovelace");
    mkdirSync(path.join(home, "My Thesis"), { recursive: true });
    const library = path.join(home, "My Thesis", "libportaudio.so.2");
    const env = {
      HOME: home,
      ROOMTONE_PORTAUDIO: library,
      PULSE_SERVER: `unix:${path.join(folder, "secret", "native")}`,
      XDG_RUNTIME_DIR: path.join(home, "run"),
    };
    for (const args of [[], ["--json"]]) {
      const { stdout } = await doctor(args, { env });
      assert.match(stdout, /~\/libportaudio\.so\.2/);
      assert.match(stdout, /<path>\/native/);
      for (const secret of ["Ada", "Lovelace", "Thesis", "secret", folder, hostname()]) {
        assert.ok(!stdout.includes(secret), `${secret}\n${stdout}`);
      }
    }
  });
});
