import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Conversion,
  gain,
  rejection,
  ripple,
  signalToNoise,
} from "./rig/resampling-quality.js";

// docs/resampling.md has the measured values; these are a few decibels away from them.
const LEAST = {
  high: { snr: 130, rejection: 115 },
  fast: { snr: 112, rejection: 95 },
} as const;

for (const quality of ["high", "fast"] as const) {
  for (const [from, to] of [
    [44_100, 48_000],
    [48_000, 44_100],
    [48_000, 16_000],
    [96_000, 48_000],
    [44_101, 48_000],
    [192_000, 8_000],
  ] as const) {
    const conversion: Conversion = { from, to, quality };
    const { snr, rejection: least } = LEAST[quality];
    test(`${from} to ${to} Hz, ${quality}: noise below -${snr} dB, aliases and images below -${least} dB, flat to 0.9 of Nyquist`, async () => {
      const noise = await signalToNoise(conversion);
      assert.ok(noise > snr, `noise at -${noise} dB`);
      const foreign = await rejection(conversion);
      assert.ok(foreign > least, `an alias or an image at -${foreign} dB`);
      const bend = await ripple(conversion);
      assert.ok(bend < 0.001, `a ripple of ${bend} dB`);
    });
  }
}

test("high quality keeps the band up to 0.95 of Nyquist", async () => {
  for (const [from, to] of [
    [44_100, 48_000],
    [48_000, 44_100],
    [192_000, 8_000],
  ] as const) {
    const loss = await gain({ from, to, quality: "high" }, 0.95);
    assert.ok(Math.abs(loss) < 0.01, `${loss} dB`);
  }
});
