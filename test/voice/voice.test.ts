import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { before, describe, test } from "node:test";
import { AudioError } from "../../src/errors.js";
import { describe as shown } from "../../src/options.js";
import { checkVoice, type VoiceOptions } from "../../src/recording/conditions/check.js";
import {
  createVoiceEnd,
  createVoiceStart,
  type VoiceDetector,
} from "../../src/recording/conditions/voice.js";
import { loadResampler, StreamResampler } from "../../src/resample/stream-resampler.js";
import { loadFvad } from "../../src/voice/fvad.js";
import { seededRandom } from "../rig/random.js";
import { speak } from "../rig/speech.js";
import { requireTool } from "../rig/tools.js";

const RATE = 16_000;
const LEAD = 2;
const TAIL = 3;
const TEXT = "This is a sentence that somebody speaks, and it goes on for quite a while.";

/** Feeds everything in blocks of `block` frames; gives each place where it came true, and begins anew behind it. */
function places(
  detector: VoiceDetector,
  channels: readonly Float32Array[],
  block: number,
): number[] {
  const found: number[] = [];
  const total = channels[0]?.length ?? 0;
  for (let at = 0; at < total; at += block) {
    const frames = Math.min(block, total - at);
    const place = detector.feed(
      channels.map((samples) => samples.subarray(at, at + frames)),
      frames,
      at,
    );
    if (place !== undefined) {
      found.push(place);
    }
  }
  detector.close();
  return found;
}

/** White noise of a level, the same each time. */
function noise(frames: number, dbfs: number, seed = 1): Float32Array {
  const random = seededRandom(seed);
  const amplitude = 10 ** (dbfs / 20) * Math.sqrt(3);
  return Float32Array.from({ length: frames }, () => (random(2 ** 24) / 2 ** 23 - 1) * amplitude);
}

function tone(frames: number, rate: number, hertz: number, dbfs: number): Float32Array {
  const amplitude = 10 ** (dbfs / 20) * Math.SQRT2;
  return Float32Array.from(
    { length: frames },
    (_, frame) => amplitude * Math.sin((2 * Math.PI * hertz * frame) / rate),
  );
}

async function resampled(samples: Float32Array, from: number, to: number): Promise<Float32Array> {
  await loadResampler();
  const resampler = new StreamResampler(from, to, 1);
  const out = [Float32Array.from(resampler.process(samples, samples.length))];
  out.push(Float32Array.from(resampler.flush()));
  resampler.close();
  return Float32Array.from(out.flatMap((part) => [...part]));
}

describe("speech between pauses", () => {
  /** Two seconds of pause, speech, three seconds of pause, at 44.1 kHz. */
  let spoken: Float32Array | undefined;
  let speechSeconds = 0;

  before(async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "roomtone-voice-"));
    const file = path.join(folder, "speech.raw");
    try {
      await speak(TEXT, file);
    } catch {
      // Each test says what it needs.
      return;
    }
    const bytes = readFileSync(file);
    rmSync(folder, { recursive: true });
    const speech = Float32Array.from(
      new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)),
      (sample) => (sample / 32_768) * 0.5,
    );
    speechSeconds = speech.length / 44_100;
    spoken = new Float32Array(speech.length + (LEAD + TAIL) * 44_100);
    spoken.set(speech, LEAD * 44_100);
  });

  for (const background of [Number.NEGATIVE_INFINITY, -60, -45]) {
    for (const rate of [8000, 16_000, 32_000, 48_000, 44_100]) {
      test(`start and end are found over noise of ${background} dBFS at ${rate} Hz`, async (t) => {
        if (spoken === undefined) {
          requireTool(t, "espeak-ng", "sox");
          return;
        }
        const clean = await resampled(spoken, 44_100, rate);
        const hiss = noise(clean.length, background);
        const samples = clean.map((sample, frame) => sample + (hiss[frame] ?? 0));
        const options = checkVoice(true);
        const started = places(await createVoiceStart(options, rate, 1), [samples], 480);
        assert.equal(started.length, 1, "and once only");
        const start = (started[0] ?? 0) / rate;
        assert.ok(start > LEAD + 0.3 && start < LEAD + 0.7, `started at ${start} s`);
        const ended = places(await createVoiceEnd(options, rate, 1), [samples], 480);
        assert.equal(ended.length, 1);
        const end = (ended[0] ?? 0) / rate;
        const pause = LEAD + speechSeconds;
        assert.ok(end > pause + 0.7 && end < pause + 1.4, `${end} s, speech until ${pause} s`);
      });
    }
  }

  test("the places do not depend on how the frames arrive, and are ends of windows", async (t) => {
    if (spoken === undefined) {
      requireTool(t, "espeak-ng", "sox");
      return;
    }
    const options = checkVoice({ startSeconds: 0.15, hangoverSeconds: 0.5 });
    for (const [rate, samples] of [
      [RATE, await resampled(spoken, 44_100, RATE)],
      [44_100, spoken],
    ] as const) {
      const expected: number[][] = [];
      for (const block of [1, 160, 441, 1000, 4096, samples.length]) {
        const start = places(await createVoiceStart(options, rate, 1), [samples], block);
        const end = places(await createVoiceEnd(options, rate, 1), [samples], block);
        expected.push([...start, ...end]);
      }
      const [first] = expected;
      assert.equal(first?.length, 2);
      for (const [index, found] of expected.entries()) {
        assert.deepEqual(found, first, `way ${index}`);
      }
      assert.ok(first?.every((place) => place % (rate / 100) === 0));
    }
  });

  test("it is enough that one of many channels has voice", async (t) => {
    if (spoken === undefined) {
      requireTool(t, "espeak-ng", "sox");
      return;
    }
    const samples = await resampled(spoken, 44_100, RATE);
    const silence = new Float32Array(samples.length);
    const options = checkVoice(true);
    const alone = places(await createVoiceStart(options, RATE, 1), [samples], 1000);
    const channels = [silence, silence, samples, silence];
    assert.deepEqual(places(await createVoiceStart(options, RATE, 4), channels, 1000), alone);
    // Their sum would be silence.
    const opposite = samples.map((sample) => -sample);
    const both = places(await createVoiceStart(options, RATE, 2), [samples, opposite], 1000);
    assert.deepEqual(both, alone);
    const one = places(await createVoiceStart(options, 44_100, 1), [spoken], 1000);
    const stereo = [new Float32Array(spoken.length), spoken];
    assert.deepEqual(places(await createVoiceStart(options, 44_100, 2), stereo, 1000), one);
  });

  test("after reset it hears the same again, and behind a hole it begins anew", async (t) => {
    if (spoken === undefined) {
      requireTool(t, "espeak-ng", "sox");
      return;
    }
    const samples = await resampled(spoken, 44_100, RATE);
    const detector = await createVoiceStart(checkVoice(true), RATE, 1);
    const first = detector.feed([samples], samples.length, 0);
    assert.ok(first !== undefined);
    assert.equal(
      detector.feed([samples], samples.length, samples.length),
      undefined,
      "until reset",
    );
    detector.reset();
    assert.equal(detector.feed([samples], samples.length, 5_000_000), first + 5_000_000);
    detector.reset();
    // A hole within the first tenths of a second of voice.
    const cut = first - RATE / 20;
    assert.equal(detector.feed([samples], cut, 0), undefined);
    const later = detector.feed([samples.subarray(cut)], samples.length - cut, cut + 777);
    assert.ok(later !== undefined && later >= first + 777 + 0.2 * RATE, `${later}`);
    detector.close();
    detector.close();
  });

  test("an end needs voice before it, unless it is told that there was some", async (t) => {
    if (spoken === undefined) {
      requireTool(t, "espeak-ng", "sox");
      return;
    }
    const silence = new Float32Array(RATE * 10);
    const options = checkVoice({ hangoverSeconds: 2 });
    assert.deepEqual(places(await createVoiceEnd(options, RATE, 1), [silence], 1000), []);
    const told = places(await createVoiceEnd(options, RATE, 1, true), [silence], 1000);
    assert.deepEqual(told, [2 * RATE]);
    // Behind a hole it still knows that there was voice.
    const samples = await resampled(spoken, 44_100, RATE);
    const detector = await createVoiceEnd(options, RATE, 1);
    const half = LEAD * RATE + RATE * 2;
    assert.equal(detector.feed([samples], half, 0), undefined);
    const end = detector.feed([silence], silence.length, half + 1000);
    assert.ok(end !== undefined && end <= half + 1000 + 2.2 * RATE);
    detector.close();
  });
});

test("silence, hiss and hum start nothing", async () => {
  const options = checkVoice(true);
  for (const rate of [8000, 16_000, 44_100, 48_000]) {
    const frames = rate * 20;
    for (const [name, samples] of [
      ["silence", new Float32Array(frames)],
      ["hiss at -60 dBFS", noise(frames, -60, 2)],
      ["hiss at -40 dBFS", noise(frames, -40, 3)],
      ["hiss at -30 dBFS", noise(frames, -30, 4)],
      ["hum of 50 Hz", tone(frames, rate, 50, -30)],
      ["a tone of 100 Hz", tone(frames, rate, 100, -40)],
      ["a tone of 440 Hz", tone(frames, rate, 440, -40)],
      ["a tone of 3000 Hz", tone(frames, rate, 3000, -40)],
      ["NaN", new Float32Array(frames).fill(Number.NaN)],
    ] as const) {
      const found = places(await createVoiceStart(options, rate, 1), [samples], 1024);
      assert.deepEqual(found, [], `${name} at ${rate} Hz`);
    }
  }
});

test("what the library takes for voice and is none is known: loud tones and loud noise", async () => {
  // docs/voice.md says so. A better library would make this fail.
  const options = checkVoice({ aggressiveness: 3 });
  for (const samples of [tone(RATE * 5, RATE, 440, -15), noise(RATE * 5, -15)]) {
    const found = places(await createVoiceStart(options, RATE, 1), [samples], 1024);
    assert.equal(found.length, 1);
  }
});

test("a package that is not there, or is another one, is told with the way to install it", async () => {
  for (const name of ["@echogarden/not-there", "node:path", "fft.js"]) {
    await assert.rejects(loadFvad(name), (error) => {
      assert.ok(error instanceof AudioError);
      assert.equal(error.code, "library-not-found");
      assert.match(error.message, new RegExp(`npm install ${name}`));
      return true;
    });
  }
});

test("wrong options are told with their names", () => {
  assert.deepEqual(checkVoice(true), {
    aggressiveness: 2,
    startSeconds: 0.3,
    hangoverSeconds: 1,
  } satisfies Required<VoiceOptions>);
  assert.deepEqual(checkVoice({ startSeconds: 0 }), { ...checkVoice(true), startSeconds: 0 });
  for (const wrong of [undefined, null, false, 1, "yes", [], () => {}]) {
    assert.throws(() => checkVoice(wrong), TypeError, String(wrong));
  }
  assert.throws(() => checkVoice({ agressiveness: 2 }), /did you mean `aggressiveness`/);
  for (const [key, types, ranges] of [
    ["aggressiveness", ["2", null, true, {}], [-1, 4, 1.5, Number.NaN]],
    ["startSeconds", ["1", null, true, {}], [-0.1, 60.1, Number.NaN, Number.POSITIVE_INFINITY]],
    ["hangoverSeconds", ["1", null, true, {}], [0, -1, 86_401, Number.NaN]],
  ] as const) {
    for (const value of types) {
      assert.throws(() => checkVoice({ [key]: value }), TypeError, `${key}: ${shown(value)}`);
    }
    for (const value of ranges) {
      assert.throws(() => checkVoice({ [key]: value }), RangeError, `${key}: ${value}`);
      assert.throws(() => checkVoice({ [key]: value }, "until"), new RegExp(`until.${key}`));
    }
  }
});
