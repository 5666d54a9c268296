// The house rules that a machine can hold, each a function from the whole tree to what is wrong.
// Every rule has a planted violation in tidy.test.ts: a rule that finds nothing there is broken.
//
// Lives on: tests and tools.

import { isAdapter, isEntry, whyForbidden } from "./layers.ts";
import { findCycle, folderEdges, valueEdges } from "./graph.ts";
import { longFunctions } from "./functions.ts";
import type { Source } from "./source.ts";

export type Violation = { readonly path: string; readonly line: number; readonly what: string };
export type Rule = (tree: readonly Source[]) => readonly Violation[];

const fileLinesMax = 400;
const functionLinesMax = 70;
/** Tests tell longer stories. */
const testFunctionLinesMax = 100;

const inSource = (source: Source): boolean => source.path.startsWith("src/");
const underSource = (source: Source): string => source.path.slice("src/".length);

/** One violation per line of `lines` that matches. */
function matching(
  source: Source,
  lines: readonly string[],
  pattern: RegExp,
  what: (match: RegExpExecArray) => string,
): Violation[] {
  return lines.flatMap((line, index) => {
    const match = pattern.exec(line);
    return match === null ? [] : [{ path: source.path, line: index + 1, what: what(match) }];
  });
}

/** Reaching the outside world, or chance, or the garbage collector, past the ports. */
const outsideWorld = new RegExp(
  String.raw`(?<![\w$.])(?:` +
    [
      String.raw`Date\.now`,
      String.raw`new Date\(\)`,
      String.raw`Math\.random`,
      String.raw`(?:globalThis\.)?(?:setTimeout|setInterval|setImmediate|queueMicrotask)`,
      String.raw`performance\.\w+`,
      String.raw`process\.(?:nextTick|hrtime|env|argv|exit\w*|on|once|cwd|kill|std\w+|\w+Usage)`,
      String.raw`(?:globalThis\.)?crypto\.\w+`,
      String.raw`AbortSignal\.timeout`,
      String.raw`console\.\w+`,
      "WeakRef",
      "FinalizationRegistry",
      "Atomics",
      "SharedArrayBuffer",
    ].join("|") +
    String.raw`)(?![\w$])`,
);

/** Folders whose code takes one step at a time: nothing in them may await. */
const synchronous =
  /^(?:base|codec|protocol|config|metadata|storage|actors)\/(?!(?:disk|directory-lock)\.ts$)|^runtime\/(?!threads\/)/;

const explicitAny = /(?:[:<|&]\s*|\bas\s+|=>\s*)any\b(?!\s*[(.:])|,\s*any(?:\[\])*\s*>/;
const mayUseAny = /^src\/(?:protocol\/schema(?:\.ts|\/)|runtime\/actor\.ts)/;

const leftover = /\b(?:TODO|FIXME|XXX|HACK)\b/;
const notOurs =
  /\/work\/|\b(?:design|compat|models|protocol|(?<!docs\/)reliability)\.md\b|\bissue #?\d/i;
const commentedOutCode = new RegExp(
  [
    String.raw`^\s*// ?(?:const|let|var|import|export|return|throw|await|yield\*?)\s.*;\s*$`,
    String.raw`^\s*// ?(?:if|for|while|switch) \(.*\{\s*$`,
    String.raw`^\s*// ?(?:async )?function\*? \w+\(.*\{\s*$`,
    String.raw`^\s*// ?[\w$.]+\(.*\);\s*$`,
    String.raw`^\s*// ?[\w$.]+ [-+*/]?= .*;\s*$`,
    String.raw`^\s*// ?\}?\)*[;,]\s*$`,
  ].join("|"),
);
const kebabCase =
  /^(?:[a-z0-9]+(?:-[a-z0-9]+)*\/)*[a-z0-9]+(?:-[a-z0-9]+)*(?:\.test|\.contract|\.d)?\.ts$/;

function opening(source: Source): string {
  const lines = source.lines[0]?.startsWith("#!") === true ? source.lines.slice(1) : source.lines;
  const end = lines.findIndex((line) => !line.startsWith("//"));
  return lines.slice(0, end === -1 ? lines.length : end).join("\n");
}

export const rules: Readonly<Record<string, Rule>> = {
  "imports follow the layer table": (tree) =>
    tree.filter(inSource).flatMap((source) =>
      source.imports.flatMap((found) => {
        const what = whyForbidden(source, found);
        return what === undefined ? [] : [{ path: source.path, line: found.line, what }];
      }),
    ),
  "folders import one another in one direction": (tree) => {
    const cycle = findCycle(folderEdges(tree));
    return cycle === undefined ? [] : [{ path: "src", line: 1, what: cycle.join(" -> ") }];
  },
  "files import one another in one direction": (tree) => {
    const cycle = findCycle(valueEdges(tree));
    return cycle === undefined ? [] : [{ path: cycle[0]!, line: 1, what: cycle.join(" -> ") }];
  },
  "only adapters and entries reach the outside world": (tree) =>
    tree
      .filter(inSource)
      .filter((source) => !isAdapter(underSource(source)) && !isEntry(underSource(source)))
      .flatMap((source) =>
        matching(source, source.codeLines, outsideWorld, ([word]) => `${word}: ask a port`),
      ),
  "actors, storage and protocol never await": (tree) =>
    tree
      .filter((source) => inSource(source) && synchronous.test(underSource(source)))
      .flatMap((source) =>
        matching(
          source,
          source.codeLines,
          /(?<![\w$.])(?:async|await|Promise)(?![\w$])/,
          ([word]) => `${word}: use a routine`,
        ),
      ),
  "no any outside the schema compiler": (tree) =>
    tree
      .filter((source) => !mayUseAny.test(source.path))
      .flatMap((source) => matching(source, source.codeLines, explicitAny, () => "any")),
  "files are short": (tree) =>
    tree
      .map((source) => ({ path: source.path, length: source.text.trimEnd().split("\n").length }))
      .filter(({ length }) => length > fileLinesMax)
      .map(({ path, length }) => ({
        path,
        line: fileLinesMax,
        what: `${length} lines, at most ${fileLinesMax}`,
      })),
  "functions are short": (tree) =>
    tree.flatMap((source) =>
      longFunctions(
        source,
        source.path.startsWith("test/") ? testFunctionLinesMax : functionLinesMax,
      ).map(({ line, length }) => ({ path: source.path, line, what: `${length} lines` })),
    ),
  "nothing is left to do in comments": (tree) =>
    tree
      .filter((source) => !source.path.startsWith("test/tidy"))
      .flatMap((source) => matching(source, source.commentLines, leftover, ([word]) => word)),
  "comments speak of this repository only": (tree) =>
    tree
      .filter((source) => !source.path.startsWith("test/tidy"))
      .flatMap((source) => matching(source, source.lines, notOurs, ([word]) => word)),
  "no code is commented out": (tree) =>
    tree.flatMap((source) =>
      matching(source, source.commentLines, commentedOutCode, ([line]) => line.trim()),
    ),
  "names are kebab-case": (tree) =>
    tree
      .filter((source) => !kebabCase.test(source.path))
      .map((source) => ({ path: source.path, line: 1, what: "not kebab-case" })),
  "files open by saying what they are and where they live": (tree) =>
    tree
      .filter((source) => !source.path.endsWith(".test.ts") && !source.path.startsWith("test/"))
      .filter((source) => !/Lives on/.test(opening(source)))
      .map((source) => ({
        path: source.path,
        line: 1,
        what: "no opening comment with “Lives on: ...”",
      })),
};
