import { Command } from "commander";
import { devices } from "../devices.js";
import type { Device } from "../hosts/host.js";

/** `roomtone devices` */
export function devicesCommand(): Command {
  return new Command("devices")
    .description("List the devices. > marks the default input, < the default output, * both.")
    .option("--json", "all fields of each device, as JSON")
    .option("--virtual", "the virtual devices, which need no hardware")
    .action(async (options: { json?: boolean; virtual?: boolean }) => {
      const list = await devices({ host: options.virtual === true ? "virtual" : "portaudio" });
      process.stdout.write(
        options.json === true ? `${JSON.stringify(list, null, 2)}\n` : table(list),
      );
    });
}

function table(list: readonly Device[]): string {
  if (list.length === 0) {
    return "No devices. Is a sound card or a sound server there? `roomtone devices --virtual` lists those for tests.\n";
  }
  const rows = list.map((device) => [
    `${mark(device)} ${device.index}`,
    device.name,
    device.hostApi.name,
    `${device.maxInputChannels} in`,
    `${device.maxOutputChannels} out`,
    `${device.defaultSampleRate} Hz`,
  ]);
  const widths =
    rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return `${lines.join("\n")}\n`;
}

function mark(device: Device): string {
  if (device.isDefaultInput) {
    return device.isDefaultOutput ? "*" : ">";
  }
  return device.isDefaultOutput ? "<" : " ";
}
