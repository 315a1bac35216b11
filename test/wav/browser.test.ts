import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

/** The compiled modules that a module imports when it is loaded, itself first. */
function loadedBy(entry: string): Map<string, string> {
  const sources = new Map<string, string>();
  const waiting = [new URL(`../../src/wav/${entry}`, import.meta.url).href];
  for (let url = waiting.pop(); url !== undefined; url = waiting.pop()) {
    if (sources.has(url)) {
      continue;
    }
    // Comments may hold examples of imports.
    const source = readFileSync(new URL(url), "utf8").replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
    sources.set(url, source);
    const imports = /^(?:import|export)\s[^;"]*?\bfrom\s+"([^"]+)";|^import\s+"([^"]+)";/gm;
    for (const [, from, bare] of source.matchAll(imports)) {
      const specifier = from ?? bare ?? "";
      assert.match(specifier, /^\.\.?\//, `${url} imports ${specifier}`);
      waiting.push(new URL(specifier, url).href);
    }
  }
  return sources;
}

for (const entry of ["writer.js", "metadata/metadata.js"]) {
  test(`${entry} loads nothing of Node and uses none of its globals`, () => {
    const sources = loadedBy(entry);
    assert.ok(sources.size > 5);
    for (const [url, source] of sources) {
      assert.doesNotMatch(source, /\b(?:Buffer|process|require|__dirname|setImmediate)\b[.(]/, url);
    }
    const late = [...sources.values()].flatMap((source) =>
      [...source.matchAll(/\bimport\("([^"]+)"\)/g)].map(([, specifier]) => specifier),
    );
    const files = entry === "writer.js" ? ["./file.js", "./file.js"] : [];
    assert.deepEqual(late, files, "files are opened by a module that is loaded when one is");
  });
}
