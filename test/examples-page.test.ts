import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

const ROOT = path.join(import.meta.dirname, "../..");

test("docs/examples.md lists every example, and none that is not there", () => {
  const page = readFileSync(path.join(ROOT, "docs/examples.md"), "utf8");
  const listed = [...page.matchAll(/\]\(\.\.\/(examples\/\S+\.ts)\)/g)].map(
    ([, file]) => file ?? "",
  );
  const files = readdirSync(path.join(ROOT, "examples"), { recursive: true })
    .map((file) => `examples/${String(file).replaceAll("\\", "/")}`)
    .filter((file) => file.endsWith(".ts"))
    // Modules of an example, and the programs that have a page of their own.
    .filter((file) => !/\.(processor|page)\.ts$|^examples\/analyse\//.test(file));
  assert.deepEqual(listed.toSorted(), files.toSorted());
});
