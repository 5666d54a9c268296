// Who imports whom: by file, for cycles, and by folder, for the picture in docs/ARCHITECTURE.md.
//
// Lives on: tests and tools.

import type { Source } from "./source.ts";
import { resolvePath } from "./source.ts";

export type Edges = ReadonlyMap<string, ReadonlySet<string>>;

function edges(
  tree: readonly Source[],
  nodeOf: (path: string) => string,
  withTypes: boolean,
): Map<string, Set<string>> {
  const result = new Map<string, Set<string>>();
  for (const source of tree) {
    if (!source.path.startsWith("src/")) continue;
    const from = nodeOf(source.path);
    const targets = result.get(from) ?? new Set();
    result.set(from, targets);
    for (const { specifier, typeOnly } of source.imports) {
      if (!specifier.startsWith(".") || (typeOnly && !withTypes)) continue;
      const to = nodeOf(resolvePath(source.path, specifier));
      if (to !== from) targets.add(to);
    }
  }
  return result;
}

/** `storage` for all files below src/storage; a file of src/ itself stands for itself. */
function folderOf(path: string): string {
  return path.split("/")[1] ?? path;
}

export function folderEdges(tree: readonly Source[]): Edges {
  return edges(tree, folderOf, true);
}

export function valueEdges(tree: readonly Source[]): Edges {
  return edges(tree, (path) => path, false);
}

/** Some cycle, its first member repeated at the end; undefined when there is none. */
export function findCycle(graph: Edges): readonly string[] | undefined {
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (node: string): readonly string[] | undefined => {
    if (done.has(node)) return undefined;
    const seenAt = trail.indexOf(node);
    if (seenAt !== -1) return [...trail.slice(seenAt), node];
    trail.push(node);
    for (const next of graph.get(node) ?? []) {
      const cycle = visit(next);
      if (cycle !== undefined) return cycle;
    }
    trail.pop();
    done.add(node);
    return undefined;
  };
  for (const node of graph.keys()) {
    const cycle = visit(node);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

/** What can be reached by another way anyway is left out, so that the picture shows the layers. */
function withoutShortcuts(graph: Edges): Map<string, string[]> {
  const reaches = (from: string, to: string): boolean =>
    [...(graph.get(from) ?? [])].some((next) => next === to || reaches(next, to));
  const result = new Map<string, string[]>();
  for (const [from, targets] of graph) {
    const direct = [...targets].filter(
      (to) => ![...targets].some((between) => between !== to && reaches(between, to)),
    );
    result.set(from, direct.sort());
  }
  return result;
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number =>
  a < b ? -1 : 1;

/** The folders of src/ as a Mermaid flow chart: an arrow is an import. */
export function mermaid(tree: readonly Source[]): string {
  const lines = ["flowchart TD"];
  for (const [from, targets] of [...withoutShortcuts(folderEdges(tree))].sort(byName)) {
    for (const to of targets) lines.push(`  ${from} --> ${to}`);
  }
  return lines.join("\n");
}
