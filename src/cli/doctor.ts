import path from "node:path";
import { Command } from "commander";
import { diagnose } from "../doctor/diagnose.js";
import { gather } from "../doctor/gather.js";
import { isWell, page } from "../doctor/page.js";
import { redacted, secretsHere } from "../doctor/redact.js";
import type { Seconds } from "../format.js";
import { checkNumber } from "../options.js";
import { EXIT_FAULT, EXIT_USAGE } from "./fault.js";

interface DoctorArguments {
  readonly device?: string;
  readonly seconds: string;
  readonly record: boolean;
  readonly json?: boolean;
}

const LONGEST: Seconds = 60;

/** `roomtone doctor` */
export function doctorCommand(version: string): Command {
  return new Command("doctor")
    .description(
      "Find out why recording does not work: one page, to read or to paste into an issue.",
    )
    .option("-d, --device <query>", "what to record from: index, id or name; default: the default")
    .option("-s, --seconds <n>", "length of the test recording", "2")
    .option("--no-record", "make no test recording")
    .option("--json", "all of it as one line of JSON")
    .addHelpText(
      "after",
      `
Examples:
  $ roomtone doctor
  $ roomtone doctor --device "USB" --seconds 5
  $ roomtone doctor --no-record --json

The report has no private paths, and neither the name of the user nor that of the machine.
The test recording is measured and forgotten: no file is written.

Exit codes: 0 nothing stands in the way, ${EXIT_FAULT} something does, ${EXIT_USAGE} wrong arguments.`,
    )
    .action((options: DoctorArguments) => examineMachine(version, options));
}

async function examineMachine(version: string, options: DoctorArguments): Promise<void> {
  const { device, json } = options;
  const seconds = checkNumber(Number(options.seconds), "--seconds", {
    min: 0,
    above: true,
    max: LONGEST,
  });
  if (device === "") {
    throw new RangeError("Expected `--device` to name a device, got an empty string");
  }
  const facts = await gather({
    roomtone: version,
    ...(device !== undefined && { device: /^\d+$/.test(device) ? Number(device) : device }),
    ...(options.record && { seconds }),
  });
  const secrets = secretsHere(
    facts.environment.flatMap(({ value }) => value?.split(path.delimiter) ?? []),
  );
  const findings = redacted(diagnose(facts), secrets);
  const shown = redacted(facts, secrets);
  process.stdout.write(
    json === true
      ? `${JSON.stringify({ ok: isWell(findings), findings, facts: shown })}\n`
      : page(shown, findings),
  );
  process.exitCode = isWell(findings) ? 0 : EXIT_FAULT;
}
