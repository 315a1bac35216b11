#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Command } from "commander";
import { EXIT_FAULT, EXIT_USAGE, reportFault } from "./fault.js";

/** Where each command is. One is loaded only when it is named, or when all must be known: for the help. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  devices: async () => (await import("./devices.js")).devicesCommand(),
  record: async () => (await import("./record.js")).recordCommand(),
  play: async () => (await import("./play.js")).playCommand(),
  info: async () => (await import("./info.js")).infoCommand(),
  repair: async () => (await import("./repair.js")).repairCommand(),
  meter: async () => (await import("./meter.js")).meterCommand(),
  spectrum: async () => (await import("./spectrum.js")).spectrumCommand(),
  view: async () => (await import("./view.js")).viewCommand(),
  doctor: async () => (await import("./doctor.js")).doctorCommand(packageVersion()),
  demo: async () => (await import("./demo.js")).demoCommand(),
};

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

const named = Object.entries(COMMANDS).filter(([name]) => name === process.argv[2]);
for (const [, load] of named.length > 0 ? named : Object.entries(COMMANDS)) {
  const command = await load();
  // A subcommand inherits how errors end the process only when it is told so.
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
