// A source file as the tidiness rules see it: its text, the same text with comments and the insides
// of strings blanked out (so that a word there is never taken for code), and what it imports.
//
// Lives on: tests and tools.

export type Import = {
  /** As written: `./x.ts`, `node:fs`, `piscina`. */
  readonly specifier: string;
  readonly typeOnly: boolean;
  readonly line: number;
};

export type Source = {
  /** From the repository's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
  /** As long as `text`, line by line; comments and string contents are spaces. */
  readonly code: string;
  readonly codeLines: readonly string[];
  /** Line by line; everything but comments is spaces. */
  readonly commentLines: readonly string[];
  readonly imports: readonly Import[];
};

type Mode = "code" | "line" | "block" | '"' | "'" | "`" | "regex";

/** A slash after one of these begins a regular expression, not a division. */
const beforeRegex = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|yield|await))$/;

/** Blanks comments and literals in one pass; template holes are code again. */
class Blanker {
  readonly code: string[] = [];
  readonly comments: string[] = [];
  private mode: Mode = "code";
  /** Depth of braces at which each open template hole ends. */
  private readonly holes: number[] = [];
  private braces = 0;
  private inClass = false;

  constructor(text: string) {
    for (let at = 0; at < text.length; at++) at += this.take(text, at);
  }

  private put(char: string, asCode: boolean, asComment: boolean): void {
    this.code.push(char === "\n" || asCode ? char : " ");
    this.comments.push(char === "\n" || asComment ? char : " ");
  }

  /** Takes the character at `at`; returns how many more it took. */
  private take(text: string, at: number): number {
    const char = text[at]!;
    const pair = text.slice(at, at + 2);
    if (this.mode === "code") return this.takeCode(text, at, char, pair);
    if (this.mode === "line") {
      if (char === "\n") this.mode = "code";
      this.put(char, false, true);
      return 0;
    }
    if (this.mode === "block") {
      this.put(char, false, true);
      if (pair !== "*/") return 0;
      this.put("/", false, true);
      this.mode = "code";
      return 1;
    }
    return this.takeLiteral(char, pair, text[at + 1] ?? "");
  }

  private takeCode(text: string, at: number, char: string, pair: string): number {
    if (pair === "//" || pair === "/*") {
      this.mode = pair === "//" ? "line" : "block";
      this.put(char, false, true);
      this.put(pair[1]!, false, true);
      return 1;
    }
    this.put(char, true, false);
    if (char === '"' || char === "'" || char === "`") this.mode = char;
    else if (char === "/" && beforeRegex.test(this.codeBefore(text, at))) this.mode = "regex";
    else if (char === "{") this.braces++;
    else if (char === "}") {
      if (this.holes.at(-1) === this.braces) {
        this.holes.pop();
        this.mode = "`";
      } else this.braces--;
    }
    return 0;
  }

  private takeLiteral(char: string, pair: string, next: string): number {
    if (char === "\\") {
      this.put(" ", false, false);
      this.put(next, false, false);
      return 1;
    }
    if (this.mode === "`" && pair === "${") {
      this.put("$", true, false);
      this.put("{", true, false);
      this.holes.push(this.braces);
      this.mode = "code";
      return 1;
    }
    if (this.mode === "regex") {
      if (char === "[") this.inClass = true;
      if (char === "]") this.inClass = false;
    }
    const ends = this.mode === "regex" ? char === "/" && !this.inClass : char === this.mode;
    this.put(char, ends, false);
    if (ends) this.mode = "code";
    return 0;
  }

  /** The code just before, trimmed: enough to tell a division from a regular expression. */
  private codeBefore(text: string, at: number): string {
    const from = Math.max(0, at - 200);
    return text
      .slice(from, at)
      .replace(/\/\*.*?\*\/|\/\/[^\n]*/gs, " ")
      .trimEnd();
  }
}

const fromClause = /(?<![.\w$])(?:import|export)\s+(type\s)?[\w*{}\s,$]*?\bfrom\s+(["'])( *)\2/g;
const sideEffect = /(?<![.\w$])import\s+(["'])( *)\1/g;
const dynamic = /(?<![.\w$])import\(\s*(["'])( *)\1/g;

function findImports(text: string, code: string): Import[] {
  const found: Import[] = [];
  const add = (match: RegExpMatchArray, quoted: string, typeOnly: boolean): void => {
    const end = match.index! + match[0].length - 1;
    const specifier = text.slice(end - quoted.length, end);
    found.push({ specifier, typeOnly, line: code.slice(0, end).split("\n").length });
  };
  for (const match of code.matchAll(fromClause)) add(match, match[3]!, match[1] !== undefined);
  for (const match of code.matchAll(sideEffect)) add(match, match[2]!, false);
  for (const match of code.matchAll(dynamic)) add(match, match[2]!, false);
  return found.sort((a, b) => a.line - b.line);
}

export function readSource(path: string, text: string): Source {
  const blanked = new Blanker(text);
  const code = blanked.code.join("");
  return {
    path,
    text,
    lines: text.split("\n"),
    code,
    codeLines: code.split("\n"),
    commentLines: blanked.comments.join("").split("\n"),
    imports: findImports(text, code),
  };
}

/** The repository path that a relative import of `from` means. */
export function resolvePath(from: string, specifier: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}
