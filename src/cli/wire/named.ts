// What was asked for by name and version, found or refused in words that help.
//
// Lives on: main thread (pure).

import type { JsonCodec, Value } from "../../protocol/json/convert.ts";
import { exactJson } from "../../protocol/json/convert.ts";
import { messagesByName } from "../../protocol/registry.ts";
import type { Codec, Message, Shape } from "../../protocol/schema.ts";
import { InputError } from "./input-error.ts";

/** One version of a message: its bytes and its JSON. */
export type Named = {
  readonly title: string;
  readonly codec: Codec<Value>;
  readonly json: JsonCodec;
};

const found = new Map<string, Map<number, Named>>();

export function namedMessage(name: string, version: number | null): Named {
  const kept = version === null ? undefined : found.get(name)?.get(version);
  if (kept !== undefined) return kept;
  const message = messagesByName.get(name);
  if (message === undefined) throw new InputError(noSuchMessage(name));
  const chosen = versionOf(message, version);
  const codec = message.exactly(chosen);
  const named = { title: `${name} v${chosen}`, codec, json: exactJson(message, chosen) };
  const versions = found.get(name) ?? new Map<number, Named>();
  found.set(name, versions.set(chosen, named));
  return named;
}

function versionOf({ name, versions: [min, max] }: Message<Shape>, version: number | null): number {
  const range = min === max ? `version ${min} only` : `versions ${min} to ${max}`;
  if (version === null && min === max) return min;
  if (version === null) throw new InputError(`${name} has ${range}; say which with --version`);
  if (Number.isInteger(version) && min <= version && version <= max) return version;
  throw new InputError(`${name} has ${range}, not ${version}`);
}

const SUGGESTIONS_MAX = 5;

function noSuchMessage(name: string): string {
  const word = name.toLowerCase();
  const near = [...messagesByName.keys()].filter((known) => {
    const other = known.toLowerCase();
    return word.length > 2 && (other.includes(word) || word.includes(other));
  });
  const hint = near.length === 0 ? "" : `; there is ${near.slice(0, SUGGESTIONS_MAX).join(", ")}`;
  return `there is no message ${name}${hint}`;
}
