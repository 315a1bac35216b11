#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { demoCommand } from "./demo.js";
import { devicesCommand } from "./devices.js";
import { doctorCommand } from "./doctor.js";
import { EXIT_FAULT, EXIT_USAGE, reportFault } from "./fault.js";
import { infoCommand } from "./info.js";
import { meterCommand } from "./meter.js";
import { playCommand } from "./play.js";
import { recordCommand } from "./record.js";
import { repairCommand } from "./repair.js";
import { spectrumCommand } from "./spectrum.js";
import { viewCommand } from "./view.js";

const program = new Command("roomtone")
  .description("Record sound, with every frame accounted for.")
  .version(packageVersion())
  .showHelpAfterError("(roomtone --help lists the commands)")
  .configureHelp({ showGlobalOptions: true })
  .addHelpText(
    "after",
    `
Examples:
  $ roomtone devices
  $ roomtone record take.wav --seconds 5
  $ roomtone record take.wav --device "virtual:tone?frequency=1000" --seconds 1
  $ roomtone play take.wav
  $ roomtone info take.wav
  $ roomtone repair take.wav
  $ roomtone meter
  $ roomtone view take.wav
  $ roomtone doctor

Exit codes: 0 done, ${EXIT_FAULT} a fault (what was recorded is saved), ${EXIT_USAGE} wrong arguments.`,
  )
  .exitOverride((error) => {
    // Commander has said what is wrong; asking for help or the version is no fault.
    process.exit(error.exitCode === 0 ? 0 : EXIT_USAGE);
  });

// A subcommand inherits how errors end the process only when it is told so.
for (const command of [
  devicesCommand(),
  recordCommand(),
  playCommand(),
  infoCommand(),
  repairCommand(),
  meterCommand(),
  spectrumCommand(),
  viewCommand(),
  doctorCommand(packageVersion()),
  demoCommand(),
]) {
  program.addCommand(command.copyInheritedSettings(program));
}

try {
  await program.parseAsync();
} catch (error) {
  reportFault(error);
}

function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const { version }: { version?: unknown } = JSON.parse(text);
  return typeof version === "string" ? version : "unknown";
}
