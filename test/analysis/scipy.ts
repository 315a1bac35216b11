import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { PYTHON } from "../rig/tools.js";

/** Arguments of a function of scipy.signal, behind the samples and their rate. */
export interface ScipyOptions {
  readonly window: string | readonly [string, number];
  readonly nperseg: number;
  readonly noverlap: number;
  readonly nfft?: number;
  readonly detrend?: "constant" | "linear" | false;
  readonly scaling?: "density" | "spectrum";
  readonly average?: "mean" | "median";
}

export interface ScipyResult {
  readonly frequencies: Float64Array;
  /** Of a spectrogram. */
  readonly times: Float64Array;
  /** One column after the other. */
  readonly values: Float64Array;
}

const PROGRAM = `
import json, sys, numpy, scipy.signal
folder = sys.argv[1]
samples = numpy.fromfile(folder + "/samples", numpy.float32).astype(numpy.float64)
calls = json.load(open(folder + "/calls.json"))
for index, call in enumerate(calls):
    options = call["options"]
    if isinstance(options["window"], list):
        options["window"] = tuple(options["window"])
    result = getattr(scipy.signal, call["name"])(samples, call["rate"], **options)
    for part, array in zip("abc", result):
        array.T.astype(numpy.float64).tofile(f"{folder}/{index}{part}")
`;

/** What functions of scipy.signal give for the samples, computed in float64. */
export function scipySignal(
  samples: Float32Array,
  rate: number,
  calls: readonly { readonly name: "welch" | "spectrogram"; readonly options: ScipyOptions }[],
): readonly ScipyResult[] {
  const folder = mkdtempSync(path.join(tmpdir(), "roomtone-scipy-"));
  try {
    writeFileSync(path.join(folder, "samples"), samples);
    const withRate = calls.map((call) => ({ ...call, rate }));
    writeFileSync(path.join(folder, "calls.json"), JSON.stringify(withRate));
    const run = spawnSync(PYTHON, ["-c", PROGRAM, folder], { encoding: "utf8" });
    if (run.status !== 0) {
      throw new Error(`scipy failed: ${run.stderr}`);
    }
    return calls.map(({ name }, index) => {
      const [frequencies, second] = [read(folder, `${index}a`), read(folder, `${index}b`)];
      return name === "welch"
        ? { frequencies, times: new Float64Array(), values: second }
        : { frequencies, times: second, values: read(folder, `${index}c`) };
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function read(folder: string, name: string): Float64Array {
  const bytes = new Uint8Array(readFileSync(path.join(folder, name)));
  return new Float64Array(bytes.buffer, 0, bytes.length / 8);
}
