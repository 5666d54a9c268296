// JSON as text without losing a digit: what a number cannot hold (an int64 beyond 2^53), or would not
// be printed as (a whole float64, which keeps its fraction), stands as it is written.
//
// Lives on: anywhere.

/** A number in the very characters that it has, or is to have, in the text. */
// An interface, because a type would be taken for a JsonObject as well.
export interface RawNumber {
  readonly rawJSON: string;
}
export type JsonObject = { readonly [name: string]: Json };
export type Json = null | boolean | number | string | RawNumber | readonly Json[] | JsonObject;

// Both are in every engine of Node 22 (ECMAScript: JSON.parse source text access).
const raw = JSON as unknown as {
  readonly rawJSON: (text: string) => RawNumber;
  readonly isRawJSON: (value: unknown) => value is RawNumber;
};
type Reviver = (name: string, value: unknown, context: { source?: string }) => unknown;

export const rawNumber = raw.rawJSON;
export const isRawNumber = raw.isRawJSON;

/** Whether it is an integer by its characters. */
export function isWhole({ rawJSON }: RawNumber): boolean {
  return wholeNumber.test(rawJSON);
}

export function isJsonObject(json: Json | undefined): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json) && !isRawNumber(json);
}

/** Nothing shorter is beyond 2^53. */
const longNumber = /(?:^|[:,[\s])-?\d{16}/;
const wholeNumber = /^-?\d+$/;

/** No declaration comes near it; whoever walks a value need not fear for the stack. */
const DEPTH_MAX = 64;

function checkDepth(text: string): void {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const mark = text[at]!;
    if (mark === '"') at = endOfText(text, at);
    else if (mark === "[" || mark === "{") depth++;
    else if (mark === "]" || mark === "}") depth--;
    if (depth > DEPTH_MAX) throw new SyntaxError(`nested deeper than ${DEPTH_MAX}`);
  }
}

/** Where the text ends that begins at `from`: at the first quote that is not escaped. */
function endOfText(text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let escapes = 0;
    while (text[at - 1 - escapes] === "\\") escapes++;
    if (escapes % 2 === 0) return at;
  }
  return text.length;
}

/** Throws a SyntaxError for what is no JSON, or nested too deep. */
export function parseJson(text: string): Json {
  checkDepth(text);
  // A reviver makes parsing several times slower, and few texts need one.
  if (!longNumber.test(text)) return JSON.parse(text) as Json;
  return (JSON.parse as (text: string, reviver: Reviver) => Json)(text, keepDigits);
}

function keepDigits(_name: string, value: unknown, { source }: { source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  return source !== undefined && wholeNumber.test(source) ? rawNumber(source) : value;
}

export function printJson(json: Json, indent = 0): string {
  return JSON.stringify(json, null, indent);
}

export function integerJson(value: bigint): number | RawNumber {
  const near = Number(value);
  return Number.isSafeInteger(near) ? near : rawNumber(String(value));
}

/** Always with a fraction or an exponent, so that -0.0 stays apart and Java takes it for a double. */
export function doubleJson(value: number): number | RawNumber | string {
  // Jackson quotes them, JSON has no others.
  if (!Number.isFinite(value)) return String(value);
  if (Object.is(value, -0)) return rawNumber("-0.0");
  const text = String(value);
  return wholeNumber.test(text) ? rawNumber(`${text}.0`) : value;
}
