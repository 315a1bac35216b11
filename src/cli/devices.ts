import { Command } from "commander";
import { devices } from "../devices.js";
import type { Device } from "../hosts/host.js";
import type { DeviceChange } from "../watch/device-changes.js";
import { watchDevices } from "../watch/watch-devices.js";

interface DevicesArguments {
  readonly json?: boolean;
  readonly virtual?: boolean;
  readonly watch?: boolean;
}

/** `roomtone devices` */
export function devicesCommand(): Command {
  return new Command("devices")
    .description("List the devices. > marks the default input, < the default output, * both.")
    .option("--json", "all fields of each device, as JSON")
    .option("--virtual", "the virtual devices, which need no hardware")
    .option("--watch", "go on and tell each change in a line (with --json as JSON), until Ctrl-C")
    .action(listDevices);
}

async function listDevices(options: DevicesArguments): Promise<void> {
  const json = options.json === true;
  if (options.watch === true) {
    if (options.virtual === true) {
      throw new TypeError("--watch is for real devices: the virtual ones never change");
    }
    await tellChanges(json);
    return;
  }
  const list = await devices({ host: options.virtual === true ? "virtual" : "portaudio" });
  process.stdout.write(json ? `${JSON.stringify(list, null, 2)}\n` : table(list));
}

/** The list as it is, then the changes. As JSON every line is a value of its own; the first one is the list. */
async function tellChanges(json: boolean): Promise<void> {
  const stop = new AbortController();
  const end = (): void => stop.abort();
  process.once("SIGINT", end);
  process.once("SIGTERM", end);
  process.once("SIGHUP", end);
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") {
      throw error;
    }
    // Whoever reads along has stopped reading, as `head` does.
    end();
  });
  await using watcher = watchDevices({ signal: stop.signal });
  try {
    const list = await watcher.devices();
    process.stdout.write(json ? `${JSON.stringify(list)}\n` : table(list));
  } catch (error) {
    if (!stop.signal.aborted) {
      throw error;
    }
  }
  for await (const change of watcher) {
    process.stdout.write(json ? `${JSON.stringify(change)}\n` : `${changeText(change)}\n`);
  }
}

function changeText(change: DeviceChange): string {
  switch (change.type) {
    case "added":
    case "removed":
      return `${change.type}: ${deviceText(change.device)}`;
    case "default-input-changed":
      return `default input: ${deviceText(change.device)}`;
    case "default-output-changed":
      return `default output: ${deviceText(change.device)}`;
  }
}

function deviceText(device: Device | undefined): string {
  if (device === undefined) {
    return "none";
  }
  const { name, hostApi, maxInputChannels, maxOutputChannels } = device;
  return `${name} (${hostApi.name}, ${maxInputChannels} in, ${maxOutputChannels} out)`;
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
