import assert from "node:assert/strict";
import path from "node:path";
import test, { type TestContext } from "node:test";
import type { RecorderOptions } from "../../src/index.js";
import { type Pulse, startPulse } from "../rig/pulse.js";
import { assertSameSamples, samplesOf, withoutSilence } from "../rig/recorded.js";
import { speak } from "../rig/speech.js";
import { requireTool } from "../rig/tools.js";
import { eventsOf, startCommand } from "./command.js";
import { reportOf, runProgram } from "./program.js";
import type { RecorderSeen, RecordersReport, RecordersTask } from "./programs/recorders.js";

const RATE = 44_100;
/** What levels are judged by. */
const WINDOW = RATE / 100;
const ABOVE = -35;
const BELOW = -45;
const HYSTERESIS = 3;
const PRE_ROLL = 0.5;
const COMMON: RecorderOptions = { sampleRate: RATE, format: "int16" };
const BY_SOUND: RecorderOptions = {
  ...COMMON,
  trigger: { above: ABOVE, for: 0.05 },
  silence: { below: BELOW, for: 1, hysteresis: HYSTERESIS },
  preRoll: PRE_ROLL,
};
/** How the detector knows voice is its own matter; whole sentences come by a pre-roll that is longer than it takes. */
const BY_VOICE: RecorderOptions = { ...COMMON, voice: true, preRoll: 1 };

test("a trigger, a voice and takes cut sentences out of silence: whole, with the pre-roll and the silence asked for", async (t) => {
  const room = await quietRoom(t);
  if (room === undefined) {
    return;
  }
  const { pulse, sentences, sound } = room;
  const at = (name: string): string => path.join(pulse.folder, name);
  const task: RecordersTask = {
    recorders: [
      { ...BY_SOUND, file: at("sound.wav") },
      { ...BY_SOUND, file: at("sound.flac") },
      { ...BY_VOICE, file: at("voice.wav") },
    ],
    takes: { options: { ...BY_SOUND, file: at("take-{index}.wav") }, count: 2 },
  };
  const played: Promise<void>[] = [];
  const result = await runProgram("recorders", {
    task,
    env: pulse.env,
    timeoutMs: 60_000,
    onReady: () => played.push(pulse.play(sound).then((player) => player.finished)),
  });
  await Promise.all(played);
  const { recorders, takes } = reportOf<RecordersReport>(result);
  assert.equal(result.stderr, "");
  assert.deepEqual(
    recorders.map(({ reason, gaps }) => [reason, gaps]),
    [
      ["silence", []],
      ["silence", []],
      ["voice", []],
    ],
  );
  assert.deepEqual(
    takes.map(({ reason, gaps }) => [reason, gaps]),
    [
      ["silence", []],
      ["silence", []],
    ],
  );

  const [first, second] = sentences;
  const [byWav, byFlac, byVoice] = recorders;
  for (const [seen, sentence] of [
    [byWav, first],
    [byFlac, first],
    [takes[0], first],
    [takes[1], second],
  ] as const) {
    const file = seen?.files?.[0]?.path ?? "";
    const samples = await samplesOf(file);
    assertSameSamples(withoutSilence(samples), sentence, file);
    assert.equal(seen?.triggeredAt, PRE_ROLL * RATE);
    assertFirstLoud(samples, PRE_ROLL * RATE);
    assertFirstSilent(samples);
  }
  const samples = await samplesOf(byVoice?.files?.[0]?.path ?? "");
  assertSameSamples(withoutSilence(samples), first, "by voice");
  const speaksAt = samples.findIndex((sample) => sample !== 0);
  const saidAfter = ((byVoice?.triggeredAt ?? Number.NaN) - speaksAt) / RATE;
  t.diagnostic(`voice was known ${saidAfter.toFixed(2)} s after the sentence began`);
  // It must last for 0.3 s, from the start of the window that it begins in.
  assert.ok(saidAfter > 0.29 && saidAfter < 1, `${saidAfter} s`);
  const endsAfter = samples.length - 1 - samples.findLastIndex((sample) => sample !== 0);
  assert.ok(endsAfter > RATE / 2 && endsAfter < 1.5 * RATE, `${endsAfter} frames`);
});

test("roomtone record cuts sentences out of silence by sound, by voice, and each into a file of its own", async (t) => {
  const room = await quietRoom(t);
  if (room === undefined) {
    return;
  }
  const { pulse, sentences, sound: speech } = room;
  const bySound = ["--trigger", `${ABOVE}`, "--pre-roll", `${PRE_ROLL}`];
  const untilSilence = ["--until-silence", `${BELOW}`, "--silence-seconds", "1"];
  const commands = [
    ["sound.flac", "--format", "flac", ...bySound, ...untilSilence],
    ["voice.wav", "--voice", "--pre-roll", "1"],
    ["take {index}.wav", ...bySound, ...untilSilence, "--repeat"],
  ];
  const running = await Promise.all(
    commands.map((args) =>
      startCommand(["record", ...args, "--rate", `${RATE}`, "--json"], {
        env: pulse.env,
        cwd: pulse.folder,
      }),
    ),
  );
  t.after(() => Promise.all(running.map((one) => one.end("SIGKILL"))));
  const [sound, voice, repeat] = running;
  assert.ok(sound !== undefined && voice !== undefined && repeat !== undefined);
  await Promise.all([
    sound.said('"event":"level"'),
    voice.said('"event":"level"'),
    repeat.said("Listening"),
  ]);
  await (await pulse.play(speech)).finished;
  await repeat.said('"event":"done"', 2);
  const results = [await sound.end(), await voice.end(), await repeat.end("SIGINT")];
  assert.deepEqual(
    results.map(({ code }) => code),
    [0, 0, 0],
  );
  const done = results.flatMap((result) => eventsOf<RecorderSeen>(result, "done"));
  assert.deepEqual(
    done.map(({ reason, lostFrames }) => [reason, lostFrames]),
    ["silence", "voice", "silence", "silence"].map((reason) => [reason, 0]),
  );
  const [first, second] = sentences;
  for (const [name, sentence] of [
    ["sound.flac", first],
    ["voice.wav", first],
    ["take 0001.wav", first],
    ["take 0002.wav", second],
  ] as const) {
    const samples = await samplesOf(path.join(pulse.folder, name));
    assertSameSamples(withoutSilence(samples), sentence, name);
    if (name !== "voice.wav") {
      assertFirstLoud(samples, PRE_ROLL * RATE);
      assertFirstSilent(samples);
    }
  }
});

interface QuietRoom {
  readonly pulse: Pulse;
  /** As they are heard, without the silence around them. */
  readonly sentences: readonly [Int16Array, Int16Array];
  /** Both of them, with seconds of silence before, between and behind them. */
  readonly sound: Uint8Array;
}

async function quietRoom(t: TestContext): Promise<QuietRoom | undefined> {
  if (!requireTool(t, "pulseaudio", "libportaudio2", "espeak-ng", "sox")) {
    return undefined;
  }
  const pulse = await startPulse({ rate: RATE, channels: 1, format: "s16le" });
  t.after(() => pulse.stop());
  const say = async (text: string, name: string): Promise<Int16Array> => {
    const file = path.join(pulse.folder, `${name}.wav`);
    await speak(text, file);
    return withoutSilence(await samplesOf(file));
  };
  const sentences = [
    await say("Every frame is accounted for.", "first"),
    await say("Nothing is heard twice, and nothing is lost.", "second"),
  ] as const;
  const silence = new Int16Array(3 * RATE);
  const parts = [silence, sentences[0], silence, sentences[1], silence];
  const sound = Buffer.concat(parts.map(({ buffer }) => new Uint8Array(buffer)));
  return { pulse, sentences, sound };
}

/** Root mean square of a window that ends at a frame, in dBFS. */
function levelBefore(samples: Int16Array, end: number): number {
  const window = samples.subarray(end - WINDOW, end);
  const sum = window.reduce((total, sample) => total + (sample / 32_768) ** 2, 0);
  return 10 * Math.log10(sum / WINDOW);
}

/** Fails unless the five windows before a frame are the first five on end that are loud. */
function assertFirstLoud(samples: Int16Array, at: number): void {
  let loud = 0;
  for (let end = WINDOW; end <= at; end += WINDOW) {
    loud = levelBefore(samples, end) >= ABOVE ? loud + 1 : 0;
    assert.equal(loud >= 5, end === at, `${loud} loud windows at ${end}`);
  }
}

/** Fails unless the end is where a second of silence has gone by for the first time since it was loud. */
function assertFirstSilent(samples: Int16Array): void {
  let quiet = 0;
  for (let end = PRE_ROLL * RATE + WINDOW; end <= samples.length; end += WINDOW) {
    const level = levelBefore(samples, end);
    quiet = level < (quiet === 0 ? BELOW : BELOW + HYSTERESIS) ? quiet + 1 : 0;
    assert.equal(quiet >= 100, end === samples.length, `${quiet} quiet windows at ${end}`);
  }
  assert.equal(samples.length % WINDOW, 0);
}
