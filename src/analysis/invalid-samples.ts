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

/** Zero times a number is 0, but for NaN and infinity. */
function isAllFinite(samples: Float32Array): boolean {
  let sum = 0;
  for (let index = 0; index < samples.length; index++) {
    sum += (samples[index] ?? 0) * 0;
  }
  return sum === 0;
}
