import { Command } from "commander";
import { repairWav, undoRepair, type WavRepair } from "../wav/repair/repair.js";
import { EXIT_FAULT, EXIT_USAGE, reportFault } from "./fault.js";

interface RepairArguments {
  readonly dryRun?: boolean;
  readonly json?: boolean;
  readonly backup: boolean;
  readonly undo?: boolean;
}

/** `roomtone repair FILE...` */
export function repairCommand(): Command {
  return new Command("repair")
    .description("Make WAV files of crashed recorders readable. No audio is changed or cut off.")
    .argument("<file...>", "the WAV files")
    .option("-n, --dry-run", "only tell what would be done")
    .option("--json", "one line of JSON for each file; changed bytes in hexadecimal")
    .option("--no-backup", "do not keep the changed bytes in FILE.repair.json")
    .option("--undo", "put back what FILE.repair.json has kept, and remove it")
    .addHelpText(
      "after",
      `
Examples:
  $ roomtone repair --dry-run take.wav
  $ roomtone repair *.wav
  $ roomtone repair --undo take.wav

Exit codes: 0 all files are sound now, ${EXIT_FAULT} one could not be repaired (the others are), ${EXIT_USAGE} wrong arguments.`,
    )
    .action(repairFiles);
}

async function repairFiles(files: readonly string[], options: RepairArguments): Promise<void> {
  if (options.undo === true && options.dryRun === true) {
    throw new TypeError("--undo and --dry-run cannot go together");
  }
  for (const file of files) {
    try {
      process.stdout.write(
        options.undo === true
          ? await undoFile(file, options.json === true)
          : await repairFile(file, options),
      );
    } catch (error) {
      reportFault(error);
    }
  }
}

async function repairFile(file: string, options: RepairArguments): Promise<string> {
  const dryRun = options.dryRun === true;
  const repair = await repairWav(file, { dryRun, keepBackup: options.backup });
  return options.json === true ? `${JSON.stringify(plain(repair))}\n` : report(repair, dryRun);
}

async function undoFile(file: string, json: boolean): Promise<string> {
  await undoRepair(file);
  return json
    ? `${JSON.stringify({ path: file, undone: true })}\n`
    : `${file}: as it was before its repair\n`;
}

function plain({ changes, ...rest }: WavRepair): unknown {
  return {
    ...rest,
    changes: changes.map(({ what, position, before, after }) => ({
      what,
      position,
      before: Buffer.from(before).toString("hex"),
      after: Buffer.from(after).toString("hex"),
    })),
  };
}

function report(
  { path, changes, findings, remaining, backupPath }: WavRepair,
  dryRun: boolean,
): string {
  const lines = [`${path}: ${verdict(changes.length, dryRun)}`];
  for (const { message, position } of findings) {
    lines.push(`  found at byte ${position}: ${message}`);
  }
  for (const { what, position } of changes) {
    lines.push(`  ${dryRun ? "would change" : "changed"} at byte ${position}: ${what}`);
  }
  for (const { message, position } of changes.length === 0 ? [] : remaining) {
    lines.push(`  left at byte ${position}: ${message}`);
  }
  if (backupPath !== undefined) {
    lines.push(`  the old bytes are in ${backupPath}`);
  }
  return `${lines.join("\n")}\n`;
}

function verdict(changes: number, dryRun: boolean): string {
  if (changes === 0) {
    return "nothing to repair";
  }
  return dryRun ? "can be repaired" : "repaired";
}
