/**
 * The same channels, with 0 for samples that are NaN or infinite; `counts` gets how many each channel had. Arrays are
 * not changed: one with such a sample is copied.
 */
export function withoutInvalid(
  channels: readonly Float32Array[],
  counts: Float64Array,
): readonly Float32Array[] {
  return channels.map((samples, channel) => {
    if (isAllFinite(samples)) {
      return samples;
    }
    const finite = samples.map((sample) => (Number.isFinite(sample) ? sample : 0));
    const invalid = samples.reduce((sum, sample) => (Number.isFinite(sample) ? sum : sum + 1), 0);
    counts[channel] = (counts[channel] ?? 0) + invalid;
    return finite;
  });
}

/** A number less itself is 0, but for NaN and infinity. Four sums do not wait for each other. */
function isAllFinite(samples: Float32Array): boolean {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let index = 0; index < samples.length; index += 4) {
    const one = samples[index] ?? 0;
    const two = samples[index + 1] ?? 0;
    const three = samples[index + 2] ?? 0;
    const four = samples[index + 3] ?? 0;
    a += one - one;
    b += two - two;
    c += three - three;
    d += four - four;
  }
  return a + b + c + d === 0;
}
