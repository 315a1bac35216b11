import type { SampleFormat } from "../src/format.js";
import { runScript } from "../test/rig/child.js";
import { median, parseNumbers, spreadText } from "./numbers.js";
import { childPath } from "./paths.js";
import type { Effort, Question } from "./question.js";
import { type Cell, printTable, ratioText } from "./table.js";

interface Case {
  readonly from: SampleFormat;
  readonly to: SampleFormat;
  /** In a block; default 1,024. */
  readonly frames?: number;
  readonly way?: "dither" | "unaligned" | "pick" | "channel";
  readonly note?: string;
}

const CASES: readonly Case[] = [
  { from: "float32", to: "int16" },
  { from: "float32", to: "int16", way: "dither", note: "with dither (plain: without)" },
  { from: "float32", to: "int16", way: "unaligned", note: "target not aligned" },
  { from: "float32", to: "int16", frames: 64, note: "blocks of 64 frames" },
  { from: "float32", to: "int24" },
  { from: "float32", to: "int32" },
  { from: "int16", to: "float32" },
  { from: "int24", to: "float32" },
  { from: "int32", to: "float32" },
  { from: "int32", to: "int16" },
  { from: "int16", to: "int16", way: "pick", note: "one of two channels" },
  { from: "int16", to: "float32", way: "channel", note: "`readChannel`, one of two" },
];

/** What a sample costs that goes from one format to another. */
export const conversion: Question = {
  name: "conversion",
  title: "Conversion between sample formats",
  async run(effort: Effort) {
    const rows: Cell[][] = [];
    for (const one of CASES) {
      const times = await timesOf(one, effort.runs);
      const of = (way: number): number[] => times.filter((_, index) => index % 3 === way);
      const [own, plain, copy] = [median(of(0)), median(of(1)), median(of(2))];
      const note = one.note === undefined ? "" : `, ${one.note}`;
      rows.push([
        `${one.from} to ${one.to}${note}`,
        own,
        spreadText(of(0)),
        plain,
        ratioText(plain, own),
        ratioText(own, copy),
        1e9 / own / 48_000,
      ]);
    }
    console.log(
      "Stereo blocks of 1,024 frames, nanoseconds for each sample of the target; a process for each line. Plain: a `DataView` and two closures for each sample, as roomtone had it at first. Copy: `Uint8Array.set` of as many bytes as the target has.\n",
    );
    printTable(
      [
        "",
        "ns a sample",
        "min–max",
        "plain, ns",
        "plain to own",
        "own to copy",
        "× real time, mono",
      ],
      rows,
    );
  },
};

async function timesOf(one: Case, rounds: number): Promise<number[]> {
  const { code, stdout, stderr } = await runScript(childPath("conversion"), {
    args: [one.from, one.to, `${one.frames ?? 1024}`, one.way ?? "all", `${rounds}`],
  });
  if (code !== 0) {
    throw new Error(`The conversion from ${one.from} to ${one.to} failed: ${stderr}`);
  }
  return parseNumbers(stdout);
}
