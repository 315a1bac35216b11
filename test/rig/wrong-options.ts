import type { CommonStreamOptions } from "../../src/stream/common-options.js";

/** Values of the options that all streams have in common, each of a wrong type. */
export const COMMON_WRONG_TYPE: Readonly<Record<keyof CommonStreamOptions, readonly unknown[]>> = {
  sampleRate: [null, "8000", true, {}, [8000], 8000n],
  format: [null, 16, {}, ["int16"], true],
  resample: [null, true, 1, {}],
  dither: [null, 1, "yes", {}],
  onDeviceLost: [null, true, 1, {}],
  waitSeconds: [null, "10", {}, true],
  realTime: [null, 1, "yes", {}],
  blockFrames: [null, "64", {}, true],
  signal: [null, true, {}, new AbortController(), "abort"],
  processor: [null, true, {}, "file:///x.js"],
  processorOptions: [1, {}, "x"],
  onMessage: [null, 1, "x", () => {}],
};

/** Values of the same options, each of the right type and out of range. */
export const COMMON_OUT_OF_RANGE: Readonly<Record<keyof CommonStreamOptions, readonly unknown[]>> =
  {
    sampleRate: [0, -1, 0.5, 44_100.5, 768_001, Number.NaN, Number.POSITIVE_INFINITY],
    format: ["int17", "", "INT16", "float64", "Int16"],
    resample: ["", "AUTO", "sometimes"],
    dither: [],
    onDeviceLost: ["", "retry"],
    waitSeconds: [0, -1, Number.NaN, Number.NEGATIVE_INFINITY],
    realTime: [],
    blockFrames: [0, -1, 1.5, 2 ** 20 + 1, Number.NaN, Number.POSITIVE_INFINITY],
    signal: [],
    processor: [new URL("https://example.org/x.js")],
    processorOptions: [],
    onMessage: [],
  };
