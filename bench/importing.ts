import { spawnSync } from "node:child_process";
import { PYTHON } from "../test/rig/tools.js";
import { median, spreadText } from "./numbers.js";
import { PACKAGE_ROOT } from "./paths.js";
import type { Effort, Question } from "./question.js";
import { printTable, ratioText } from "./table.js";

interface Import {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The same without the import; its time is taken off. */
  readonly bare: string;
}

const NODE = "bare node";
const PYTHON_ALONE = "bare python3";

const IMPORTS: readonly Import[] = [
  node(NODE, ""),
  node('import "roomtone"', 'import "roomtone";'),
  node('import "roomtone/portaudio"', 'import "roomtone/portaudio";'),
  node('import "roomtone/wave"', 'import "roomtone/wave";'),
  node('import "koffi" (native code)', 'import "koffi";'),
  { name: PYTHON_ALONE, command: PYTHON, args: ["-c", ""], bare: PYTHON_ALONE },
  { name: "import pyaudio", command: PYTHON, args: ["-c", "import pyaudio"], bare: PYTHON_ALONE },
];

/** What `import "roomtone"` costs a script that does not record. */
export const importing: Question = {
  name: "import",
  title: "What the import of the package costs",
  run(effort: Effort) {
    const times = new Map<string, number[]>(IMPORTS.map(({ name }) => [name, []]));
    const of = (name: string): readonly number[] => times.get(name) ?? [];
    // The first round only warms the disk cache; in each round every program has its turn.
    for (let round = 0; round <= effort.runs; round++) {
      for (const one of IMPORTS) {
        const ms = run(one);
        if (round > 0) {
          times.get(one.name)?.push(ms);
        }
      }
    }
    printTable(
      ["fresh process", "median ms", "min–max ms", "more than bare, ms", "of bare"],
      IMPORTS.map(({ name, bare }) => [
        name,
        median(of(name)),
        spreadText(of(name)),
        // Within each round, so that what else the machine does is on both sides.
        name === bare ? "" : median(of(name).map((ms, round) => ms - (of(bare)[round] ?? ms))),
        ratioText(median(of(name)), median(of(bare))),
      ]),
    );
    printTable(
      ["after", "native code that was not there before"],
      [
        ['import "roomtone"', nativeCode('await import("roomtone");')],
        ['import "roomtone/portaudio"', nativeCode('await import("roomtone/portaudio");')],
        // That the probe sees native code at all:
        ['import "koffi"', nativeCode('await import("koffi");')],
      ],
    );
  },
};

function node(name: string, script: string): Import {
  return {
    name,
    command: process.execPath,
    args: ["--input-type=module", "--eval", script],
    bare: NODE,
  };
}

function run({ name, command, args }: Import): number {
  const began = performance.now();
  // In its own folder the package finds itself by its name, as a user's script does.
  const { status, stderr } = spawnSync(command, args, { cwd: PACKAGE_ROOT, encoding: "utf8" });
  const ms = performance.now() - began;
  if (status !== 0) {
    throw new Error(`${name} failed: ${stderr}`);
  }
  return ms;
}

/** Names of the shared objects that a script brings into the process. */
function nativeCode(script: string): string {
  const probe = `
    const objects = () => process.report.getReport().sharedObjects;
    const before = objects();
    ${script}
    const more = objects().filter((name) => !before.includes(name));
    console.log(more.map((name) => name.split("/").at(-1)).join(", ") || "none");
  `;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--input-type=module", "--eval", probe],
    { cwd: PACKAGE_ROOT, encoding: "utf8" },
  );
  if (status !== 0) {
    throw new Error(`The probe for native code failed: ${stderr}`);
  }
  return stdout.trim();
}
