// Reads a Java .properties file, the form of Kafka's server.properties, as `Properties.load` does:
// `#` and `!` comments, `=`, `:` or blanks between key and value, `\` at a line's end to go on,
// backslash escapes. A key given twice has its last value.
//
// Lives on: anywhere (pure).

export type ParsedProperties =
  | { readonly properties: Readonly<Record<string, string>> }
  | { readonly problems: readonly string[] };

type LogicalLine = { readonly number: number; readonly text: string };

export function parseProperties(source: string): ParsedProperties {
  const entries: [string, string][] = [];
  const problems: string[] = [];
  for (const line of logicalLines(source)) {
    const { rawKey, rawValue } = splitLine(line.text);
    const key = unescape(rawKey);
    const value = unescape(rawValue);
    if (key === undefined || value === undefined) {
      problems.push(`line ${line.number}: \\u must be followed by four hexadecimal digits`);
    } else {
      entries.push([key, value]);
    }
  }
  return problems.length > 0 ? { problems } : { properties: Object.fromEntries(entries) };
}

/** Lines with continuations joined, without blank lines and comments. */
function* logicalLines(source: string): Generator<LogicalLine> {
  const lines = source.split(/\r\n|\n|\r/);
  for (let at = 0; at < lines.length; at++) {
    const number = at + 1;
    let text = (lines[at] ?? "").replace(/^[ \t\f]+/, "");
    if (text === "" || text.startsWith("#") || text.startsWith("!")) continue;
    while (endsOpen(text)) {
      at++;
      text = text.slice(0, -1) + (lines[at] ?? "").replace(/^[ \t\f]+/, "");
      if (at >= lines.length) break;
    }
    if (text !== "") yield { number, text };
  }
}

/** An odd number of backslashes at the end: the last one is no escaped backslash. */
function endsOpen(text: string): boolean {
  let backslashes = 0;
  while (text.charAt(text.length - 1 - backslashes) === "\\") backslashes++;
  return backslashes % 2 === 1;
}

function splitLine(text: string): { rawKey: string; rawValue: string } {
  let end = 0;
  while (end < text.length && !"=: \t\f".includes(text.charAt(end))) {
    end += text.charAt(end) === "\\" ? 2 : 1;
  }
  const rest = text.slice(end).replace(/^[ \t\f]*[=:]?[ \t\f]*/, "");
  return { rawKey: text.slice(0, end), rawValue: rest };
}

const escapes: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", f: "\f" };

function unescape(raw: string): string | undefined {
  if (!raw.includes("\\")) return raw;
  let plain = "";
  for (let at = 0; at < raw.length; at++) {
    const character = raw.charAt(at);
    if (character !== "\\") {
      plain += character;
      continue;
    }
    at++;
    const escaped = raw.charAt(at);
    if (escaped !== "u") {
      plain += escapes[escaped] ?? escaped;
      continue;
    }
    const digits = raw.slice(at + 1, at + 5);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) return undefined;
    plain += String.fromCharCode(Number.parseInt(digits, 16));
    at += 4;
  }
  return plain;
}
