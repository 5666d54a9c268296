// Where two JSON values part: for tools that compare what they made with what they were given.
//
// Lives on: anywhere.

import type { Json, JsonObject } from "./text.ts";
import { isJsonObject, isRawNumber, isWhole, printJson } from "./text.ts";

/** The first different field: its path, and what stands there on either side. */
export type Difference = { readonly path: string; readonly ours: string; readonly theirs: string };

export function firstDifference(ours: Json, theirs: Json, path = ""): Difference | undefined {
  if (Array.isArray(ours) && Array.isArray(theirs)) return inArrays(ours, theirs, path);
  if (isJsonObject(ours) && isJsonObject(theirs)) return inObjects(ours, theirs, path);
  return isSame(ours, theirs) ? undefined : difference(path, ours, theirs);
}

function inArrays(ours: readonly Json[], theirs: readonly Json[], path: string) {
  const count = Math.min(ours.length, theirs.length);
  for (let i = 0; i < count; i++) {
    const found = firstDifference(ours[i]!, theirs[i]!, `${path}[${i}]`);
    if (found !== undefined) return found;
  }
  if (ours.length === theirs.length) return undefined;
  return { path, ours: `${ours.length} elements`, theirs: `${theirs.length} elements` };
}

function inObjects(ours: JsonObject, theirs: JsonObject, path: string): Difference | undefined {
  const under = path === "" ? "" : `${path}.`;
  for (const name in ours) {
    const found = Object.hasOwn(theirs, name)
      ? firstDifference(ours[name]!, theirs[name]!, under + name)
      : difference(under + name, ours[name], undefined);
    if (found !== undefined) return found;
  }
  for (const name in theirs) {
    if (!Object.hasOwn(ours, name)) return difference(under + name, undefined, theirs[name]);
  }
  return undefined;
}

function isSame(ours: Json, theirs: Json): boolean {
  if (Object.is(ours, theirs)) return true;
  // Of integers only: a double of ours that could be mistaken stands in its own characters.
  if (ours === 0 && theirs === 0) return true;
  if (isRawNumber(ours) && isRawNumber(theirs) && ours.rawJSON === theirs.rawJSON) return true;
  if (isRawNumber(ours) && isWhole(ours)) return false;
  const [a, b] = [numberOf(ours), numberOf(theirs)];
  return a !== undefined && Object.is(a, b);
}

function numberOf(json: Json): number | undefined {
  if (isRawNumber(json)) return Number(json.rawJSON);
  return typeof json === "number" ? json : undefined;
}

const SHOWN_CHARACTERS_MAX = 80;

function difference(path: string, ours: Json | undefined, theirs: Json | undefined): Difference {
  return { path, ours: shown(ours), theirs: shown(theirs) };
}

function shown(json: Json | undefined): string {
  if (json === undefined) return "nothing";
  const text = printJson(json);
  return text.length <= SHOWN_CHARACTERS_MAX ? text : `${text.slice(0, SHOWN_CHARACTERS_MAX)}...`;
}
