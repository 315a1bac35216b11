/** A cell is text, or a number that is shown with three significant digits. */
export type Cell = string | number;

/** Prints a table that is Markdown as it stands. The first column is text, the others are numbers. */
export function printTable(head: readonly string[], rows: readonly (readonly Cell[])[]): void {
  const lines = [head, ...rows.map((row) => row.map(cellText))];
  const widths = head.map((_, column) =>
    Math.max(3, ...lines.map((line) => line[column]?.length ?? 0)),
  );
  const show = (line: readonly string[]): string =>
    `| ${widths
      .map((width, column) => {
        const text = line[column] ?? "";
        return column === 0 ? text.padEnd(width) : text.padStart(width);
      })
      .join(" | ")} |`;
  console.log(show(head));
  console.log(
    `| ${widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`,
  );
  for (const line of lines.slice(1)) {
    console.log(show(line));
  }
  console.log("");
}

function cellText(cell: Cell): string {
  return typeof cell === "number" ? numberText(cell) : cell;
}

/** Three significant digits, thousands apart. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) {
    return "–";
  }
  const rounded = Number(value.toPrecision(3));
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(rounded) || 1)));
  return rounded.toLocaleString("en-US", {
    minimumFractionDigits: Math.min(decimals, 3),
    maximumFractionDigits: Math.min(decimals, 3),
  });
}

/** A ratio as it is read: "1.27 ×". */
export function ratioText(value: number, base: number): string {
  return `${numberText(value / base)} ×`;
}
