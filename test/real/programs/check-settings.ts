// Asks what a device can do, and opens it to see whether that was true.
import {
  AudioError,
  checkInputSettings,
  checkOutputSettings,
  devices,
  type Hertz,
  InputStream,
  type InputStreamOptions,
  type OutputStreamOptions,
  supportedSampleRates,
} from "../../../src/index.js";
import { report, task } from "./task.js";

export interface CheckSettingsTask {
  /** Where the name of the host API contains this. */
  readonly hostApi: string;
  readonly device: string;
  readonly inputs: readonly InputStreamOptions[];
  readonly outputs: readonly OutputStreamOptions[];
}

export interface CheckSettingsReport {
  /** "fine", or the error's name or code and message; for each of the inputs. */
  readonly checked: readonly string[];
  readonly opened: readonly string[];
  readonly outputs: readonly string[];
  readonly rates: {
    readonly input: readonly Hertz[];
    readonly output: readonly Hertz[];
  };
}

const { hostApi, device: name, inputs, outputs } = task<CheckSettingsTask>();
const device = (await devices()).find(
  (candidate) => candidate.hostApi.name.includes(hostApi) && candidate.name === name,
);
if (device === undefined) {
  throw new Error(`There is no device ${name} of ${hostApi}.`);
}
const checked: string[] = [];
const opened: string[] = [];
for (const options of inputs) {
  checked.push(await outcome(() => checkInputSettings({ device, ...options })));
  opened.push(await outcome(async () => (await InputStream.open({ device, ...options })).close()));
}
const outputOutcomes: string[] = [];
for (const options of outputs) {
  outputOutcomes.push(await outcome(() => checkOutputSettings({ device, ...options })));
}
report({
  checked,
  opened,
  outputs: outputOutcomes,
  rates: {
    input: await supportedSampleRates(device),
    output: await supportedSampleRates(device, { direction: "output" }),
  },
} satisfies CheckSettingsReport);

async function outcome(call: () => Promise<unknown>): Promise<string> {
  try {
    await call();
    return "fine";
  } catch (error) {
    if (!(error instanceof Error)) {
      throw error;
    }
    return `${error instanceof AudioError ? error.code : error.name}: ${error.message}`;
  }
}
