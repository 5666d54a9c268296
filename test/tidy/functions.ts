// How long each function is, told from the indentation that the formatter guarantees: a function
// begins on a line that ends with `{` and ends on the next line of the same indent that begins
// with `}`.
//
// Lives on: tests and tools.

import type { Source } from "./source.ts";

const notAFunction =
  /^(?:\} )?(?:if|else|for|while|do|switch|try|catch|finally|class|interface|namespace|export class|export abstract|abstract class|export default class|case|default|label)\b/;
/** Suites are lists of tests, not functions. */
const suite = /^(?:describe|suite)\(|^export function \w+Contract\(/;
const opensFunction =
  /(?:=>\s*\{$)|(?:\bfunction\b.*\{$)|(?:^(?:(?:public|private|protected|static|override|async|get|set)\s+)*\*?\s*(?:\[?[\w$#."']+\]?)(?:<.*>)?\(.*\{$)|(?:^\)(?:: .*)?\s*(?:=>\s*)?\{$)/;

const indentOf = (line: string): number => line.length - line.trimStart().length;

/** Where the statement that `line` closes the head of began: `function f(` above `): T {`. */
function headOf(lines: readonly string[], line: number): number {
  if (!/^[)}\]>]/.test(lines[line]!.trimStart())) return line;
  const indent = indentOf(lines[line]!);
  for (let above = line - 1; above >= 0; above--) {
    const text = lines[above]!;
    if (text.trim() !== "" && indentOf(text) <= indent) return above;
  }
  return line;
}

function endOf(lines: readonly string[], line: number): number | undefined {
  const indent = indentOf(lines[line]!);
  for (let below = line + 1; below < lines.length; below++) {
    const text = lines[below]!;
    if (text.trim() !== "" && indentOf(text) <= indent && text.trimStart().startsWith("}")) {
      return below;
    }
  }
  return undefined;
}

/** The functions of more than `linesMax` lines, from the first line of the head to the brace. */
export function longFunctions(
  source: Source,
  linesMax: number,
): readonly { readonly line: number; readonly length: number }[] {
  const lines = source.codeLines.map((line) => line.trimEnd());
  return lines.flatMap((text, index) => {
    if (!text.endsWith("{") || !opensFunction.test(text.trimStart())) return [];
    const head = headOf(lines, index);
    const opening = lines[head]!.trimStart();
    if (notAFunction.test(opening) || suite.test(opening)) return [];
    const end = endOf(lines, index);
    const length = end === undefined ? 0 : end - head + 1;
    return length > linesMax ? [{ line: head + 1, length }] : [];
  });
}
