import type { Device } from "../hosts/host.js";
import type { Finding } from "./diagnose.js";
import type { Facts } from "./facts.js";

const MARKS: Readonly<Record<Finding["level"], string>> = {
  fault: "FAULT",
  warning: "warning",
  ok: "ok",
};
const WIDTH = 13;

/** The whole report as one page of text: what was found, then what it is concluded from. */
export function page(facts: Facts, findings: readonly Finding[]): string {
  const lines = [
    headline(facts, findings),
    "",
    ...findings.flatMap(({ level, text, remedy }) => [
      `${MARKS[level].padEnd(9)}${text.split("\n").join(`\n${" ".repeat(9)}`)}`,
      ...(remedy === undefined ? [] : [`${" ".repeat(9)}-> ${remedy}`]),
    ]),
    "",
    row("versions", [`roomtone ${facts.roomtone}, Node ${facts.node}`]),
    row("system", [`${facts.system}, ${facts.platform} ${facts.arch}${containerText(facts)}`]),
    row("library", [facts.library?.path ?? (facts.library === undefined ? "none" : "found")]),
    row("host APIs", hostApiTexts(facts)),
    row("devices", facts.library?.devices.map(deviceText) ?? []),
    row("sound cards", facts.linux?.cards ?? []),
    row("capture", captureTexts(facts)),
    row("servers", serverTexts(facts)),
    row("ALSA plugins", facts.linux?.alsaPlugins ?? []),
    row(
      "environment",
      facts.environment.map(({ name, value }) => `${name}=${value ?? ""}`),
    ),
    row("recording", recordingTexts(facts)),
  ];
  return `${lines.filter((line) => line !== undefined).join("\n")}\n`;
}

/** Whether nothing was found that stands in the way of recording. */
export function isWell(findings: readonly Finding[]): boolean {
  return findings.every(({ level }) => level !== "fault");
}

function headline({ recording }: Facts, findings: readonly Finding[]): string {
  const faults = findings.filter(({ level }) => level === "fault").length;
  if (faults > 0) {
    return `Recording does not work: ${faults === 1 ? "one thing stands" : `${faults} things stand`} in the way.`;
  }
  return recording === undefined
    ? "Nothing was found that stands in the way of recording; no test recording was made."
    : "Recording works.";
}

/** A title, and what there is under it; none for nothing. */
function row(title: string, texts: readonly string[]): string | undefined {
  return texts.length === 0
    ? undefined
    : `${title.padEnd(WIDTH)}${texts.join(`\n${" ".repeat(WIDTH)}`)}`;
}

function containerText({ linux }: Facts): string {
  return linux === undefined || linux.container === null ? "" : `, ${linux.container}`;
}

function hostApiTexts({ library }: Facts): string[] {
  return (
    library?.hostApis.map(({ name, deviceCount }) =>
      deviceCount === 1 ? `${name}, 1 device` : `${name}, ${deviceCount} devices`,
    ) ?? []
  );
}

function deviceText(device: Device): string {
  const { index, name, hostApi, maxInputChannels, maxOutputChannels, defaultSampleRate } = device;
  const mark = device.isDefaultInput ? ">" : " ";
  return `${mark} ${index}  ${name} (${hostApi.name}, ${maxInputChannels} in, ${maxOutputChannels} out, ${defaultSampleRate} Hz)`;
}

function captureTexts({ linux }: Facts): string[] {
  return (
    linux?.captureNodes.map(
      ({ path, usable, group }) => `${path} (group ${group})${usable ? "" : ": not permitted"}`,
    ) ?? []
  );
}

function serverTexts({ soundServers }: Facts): string[] {
  return soundServers.map(({ name, seen, where, answers }) =>
    seen === "process"
      ? `${name}: ${where} runs`
      : `${name}: ${where} ${answers === true ? "answers" : "does not answer"}`,
  );
}

function recordingTexts({ recording }: Facts): string[] {
  if (recording === undefined) {
    return [];
  }
  const { device, frames, sampleRate, channels, lostFrames, peakDbfs, rmsDbfs } = recording;
  const levels = (values: readonly (number | null)[]): string =>
    values.map((value) => (value === null ? "silence" : `${value.toFixed(1)} dBFS`)).join(", ");
  return [
    `${device}: ${frames} frames, ${sampleRate} Hz, ${channels} ${channels === 1 ? "channel" : "channels"}, ${lostFrames} lost`,
    `peak ${levels(peakDbfs)}; RMS ${levels(rmsDbfs)}`,
  ];
}
