// Writes the parts of docs/ that follow from the code: the table of served APIs, the layer table, the
// import graph. test/docs.test.ts fails when they are stale. `node tools/docs.ts` brings them up to date.
//
// Lives on: the developer's machine and tests.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { handlers } from "../src/actors/front-door/handlers/index.ts";
import { plantedBugs } from "../src/sim/planted-bugs.ts";
import { clusterBugs } from "../src/sim/planted-cluster-bugs.ts";
import { apis } from "../src/protocol/api-keys.ts";
import { mermaid } from "../test/tidy/graph.ts";
import { layers } from "../test/tidy/layers.ts";
import { readTree } from "../test/tidy/tree.ts";

const root = join(import.meta.dirname, "..");

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

const range = ([first, last]: readonly [number, number]): string =>
  first === last ? `${first}` : `${first}-${last}`;

function apiTable(): string {
  const rows = handlers
    .toSorted((a, b) => a.apiKey - b.apiKey)
    .map(({ apiKey, name, versions, advertised }) => [
      `${apiKey}`,
      name,
      range(versions),
      range(versions) === range(advertised) ? "the same" : range(advertised),
    ]);
  return table(["key", "API", "versions served", "advertised"], rows);
}

function declaredOnly(): string {
  const served = new Set(handlers.map(({ apiKey }) => apiKey));
  const rest = apis.filter(({ key }) => !served.has(key));
  return rest.map(({ key, name }) => `${name} (${key})`).join(", ");
}

const words = (list: readonly string[]): string => {
  if (list.length === 0) return "nothing";
  return list
    .map((each) => (each === "*" ? "all but entries and adapters" : each === "**" ? "all" : each))
    .join(", ");
};
const outside = (list: readonly string[]): string =>
  list.length === 0 ? "none" : list.includes("*") ? "all" : list.join(", ");

function layerTable(): string {
  const rows = layers.map(({ at, imports, builtins, packages }) => [
    `\`${at}\``,
    words(imports),
    outside(builtins),
    outside(packages),
  ]);
  return table(
    ["under `src/`", "may import, beside itself", "Node built-ins", "npm packages"],
    rows,
  );
}

const clusterBugTable = (): string =>
  table(
    ["planted", "what it does", "seed"],
    clusterBugs.map(({ name, what, seed }) => [`\`${name}\``, what, `${seed}`]),
  );
const plantedBugTable = (): string =>
  table(
    ["planted", "what it does"],
    plantedBugs.map(({ name, what }) => [`\`${name}\``, what]),
  );

const parts: Readonly<Record<string, Readonly<Record<string, () => string>>>> = {
  "docs/COMPATIBILITY.md": { apis: apiTable, "not-served": declaredOnly },
  "docs/RELIABILITY.md": { "cluster-bugs": clusterBugTable, "planted-bugs": plantedBugTable },
  "docs/ARCHITECTURE.md": {
    layers: layerTable,
    graph: () => `\`\`\`mermaid\n${mermaid(readTree(root))}\n\`\`\``,
  },
};

/** The text of each page as it should be. */
export function renderedPages(): ReadonlyMap<string, { is: string; shouldBe: string }> {
  const pages = new Map<string, { is: string; shouldBe: string }>();
  for (const [page, generated] of Object.entries(parts)) {
    const is = readFileSync(join(root, page), "utf8");
    let shouldBe = is;
    for (const [name, render] of Object.entries(generated)) {
      const marked = new RegExp(`(<!-- ${name} -->\\n)[^]*?(<!-- /${name} -->)`);
      if (!marked.test(shouldBe)) throw new Error(`${page} has no place for ${name}`);
      shouldBe = shouldBe.replace(marked, (_, open: string, close: string) => {
        return `${open}\n${render()}\n\n${close}`;
      });
    }
    pages.set(page, { is, shouldBe });
  }
  return pages;
}

if (import.meta.main) {
  for (const [page, { is, shouldBe }] of renderedPages()) {
    if (is === shouldBe) continue;
    writeFileSync(join(root, page), shouldBe);
    console.log(`${page} written`);
  }
}
