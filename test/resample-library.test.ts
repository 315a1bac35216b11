import assert from "node:assert/strict";
import { test } from "node:test";
import { AudioError } from "../src/errors.js";
import { loadSpeex, SpeexFilter, type SpeexLibrary } from "../src/resample/speex.js";
import { loadResampler } from "../src/resample/stream-resampler.js";
import { sine } from "./rig/tone.js";

const SIMD = "@echogarden/speex-resampler-wasm/simd";
const PLAIN = "@echogarden/speex-resampler-wasm";

test("where one build cannot be loaded the next one is, and it gives the same sound", async () => {
  const input = sine(5000, 44_100, 997, 0.9);
  const simd = through(await loadSpeex([SIMD]), input);
  const plain = through(await loadSpeex(["no-such-package", "node:path", PLAIN]), input);
  assert.equal(plain.length, simd.length);
  assert.ok(plain.every((x, index) => Math.abs(x - (simd[index] ?? Number.NaN)) < 1e-6));
  assert.ok(Math.max(...plain) > 0.89);
});

test("where no build can be loaded the error says why, for each", async () => {
  const error = await loadSpeex(["no-such-package", "node:path"]).catch(
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof AudioError);
  assert.equal(error.code, "internal");
  assert.match(error.message, /no-such-package/);
  assert.match(error.message, /node:path/);
  assert.ok(error.cause instanceof AggregateError);
  assert.equal(error.cause.errors.length, 2);
});

test("loading again and at the same time is fine", async () => {
  await Promise.all([loadResampler(), loadResampler()]);
  await loadResampler();
});

test("a library without memory is an AudioError, and what was taken is given back", () => {
  for (const fault of ["memory", "init", "skip"] as const) {
    const held = new Set<string>();
    const library = faulty(fault, held);
    assert.throws(() => new SpeexFilter(library, 2, 44_100, 48_000, 10), {
      name: "AudioError",
      code: "internal",
    });
    assert.deepEqual(held, new Set(), fault);
  }
});

test("a library that fails while it converts is an AudioError, and does not hang", () => {
  for (const fault of ["process", "idle"] as const) {
    const held = new Set<string>();
    const filter = new SpeexFilter(faulty(fault, held), 1, 44_100, 48_000, 10);
    assert.throws(() => filter.process(new Float32Array(9), 9, new Float32Array(99), 0), {
      name: "AudioError",
      code: "internal",
    });
    filter.close();
    filter.close();
    assert.deepEqual(held, new Set(), fault);
  }
});

test("a filter whose reset failed refuses to go on", () => {
  const held = new Set<string>();
  const library = faulty("none", held);
  const filter = new SpeexFilter(library, 1, 44_100, 48_000, 10);
  library._speex_resampler_init = () => 0;
  const internal = { name: "AudioError", code: "internal" };
  assert.throws(() => filter.reset(), internal);
  assert.throws(() => filter.process(new Float32Array(9), 9, new Float32Array(99), 0), {
    ...internal,
    message: /after a fault/,
  });
  filter.close();
  assert.deepEqual(held, new Set());
});

function through(library: SpeexLibrary, input: Float32Array): Float32Array {
  const filter = new SpeexFilter(library, 1, 147, 160, 10);
  const output = new Float32Array(2 * input.length);
  const count = filter.process(input, input.length, output, 0);
  filter.close();
  return output.subarray(0, count);
}

type Fault = "none" | "memory" | "init" | "skip" | "process" | "idle";

/** Stands for the library and fails at one place; `held` names what has not been given back. */
function faulty(fault: Fault, held: Set<string>): SpeexLibrary {
  const memory = new ArrayBuffer(2 ** 18);
  const counts = new Uint32Array(memory);
  return {
    HEAPU32: counts,
    HEAPF32: new Float32Array(memory),
    _malloc: () => {
      if (fault === "memory") {
        return 0;
      }
      held.add("memory");
      return 16;
    },
    _free: () => void held.delete("memory"),
    _speex_resampler_init: (_channels, _from, _to, _quality, error) => {
      if (fault === "init") {
        counts[error / 4] = 1;
        return 0;
      }
      held.add("state");
      return 8;
    },
    _speex_resampler_destroy: () => void held.delete("state"),
    _speex_resampler_skip_zeros: () => (fault === "skip" ? 2 : 0),
    _speex_resampler_get_input_latency: () => 128,
    _speex_resampler_process_interleaved_float: (_state, _in, inFrames, _out, outFrames) => {
      counts[inFrames / 4] = 0;
      counts[outFrames / 4] = 0;
      return fault === "process" ? 1 : 0;
    },
  };
}
