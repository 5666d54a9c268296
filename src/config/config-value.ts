// Values of configuration keys: text to typed value, with Kafka's rules and words (`ConfigDef.parseType`
// and its validators), and the typed accessors that the resolvers of settings read with.
//
// Lives on: anywhere (pure).

import { assert, unreachable } from "../base/assert.ts";
import type { Bounds, ConfigDefinition } from "./definition.ts";

/** null: the key is unset and has no default. 64-bit numbers are clamped to the safe integers. */
export type ConfigValue = boolean | number | string | readonly string[] | null;

export type Checked = { readonly value: ConfigValue } | { readonly problem: string };

const integerBits = { short: 16n, int: 32n, long: 64n } as const;

const utf8 = new TextEncoder();
/** What DescribeConfigs can still tell in its old versions (`ConfigurationControlManager`). */
const VALUE_BYTES_MAX = 32_767;

/** The value that a text stands for, or the line that says why it is refused. */
export function parseConfigValue(definition: ConfigDefinition, text: string): Checked {
  if (utf8.encode(text).byteLength > VALUE_BYTES_MAX) {
    const problem = `at most ${VALUE_BYTES_MAX} bytes fit, ${text.length} characters were given`;
    return { problem: refusal(definition.name, `${text.slice(0, 20)}...`, problem) };
  }
  const parsed = parseType(definition, text);
  if ("problem" in parsed) return { problem: refusal(definition.name, text, parsed.problem) };
  const out = outOfBounds(definition, parsed.value);
  if (out === undefined) return parsed;
  return { problem: refusal(definition.name, out.shown, out.problem) };
}

function refusal(name: string, shown: string, problem: string): string {
  return `Invalid value ${shown} for configuration ${name}: ${problem}`;
}

function parseType(definition: ConfigDefinition, text: string): Checked {
  const { type } = definition;
  // A password's blanks may be part of it.
  if (type === "password") return { value: text };
  const trimmed = text.trim();
  switch (type) {
    case "boolean": {
      const lower = trimmed.toLowerCase();
      if (lower === "true") return { value: true };
      if (lower === "false") return { value: false };
      return { problem: "Expected value to be either true or false" };
    }
    case "short":
    case "int":
    case "long":
      return parseInteger(trimmed, type);
    case "double":
      if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(trimmed))
        return { value: Number(trimmed) };
      return { problem: "Not a number of type DOUBLE" };
    case "list":
      return { value: trimmed === "" ? [] : trimmed.split(/\s*,\s*/) };
    case "string":
    case "class":
      return { value: trimmed };
    default:
      return unreachable(type);
  }
}

function parseInteger(trimmed: string, type: keyof typeof integerBits): Checked {
  const problem = `Not a number of type ${type.toUpperCase()}`;
  if (!/^[+-]?\d{1,32}$/.test(trimmed)) return { problem };
  const value = BigInt(trimmed.replace("+", ""));
  if (BigInt.asIntN(Number(integerBits[type]), value) !== value) return { problem };
  const clamped = Math.max(
    Number.MIN_SAFE_INTEGER,
    Math.min(Number.MAX_SAFE_INTEGER, Number(value)),
  );
  return { value: clamped };
}

type OutOfBounds = { readonly shown: string; readonly problem: string };

function outOfBounds(definition: ConfigDefinition, value: ConfigValue): OutOfBounds | undefined {
  const { bounds } = definition;
  if (typeof value === "number") {
    const problem = numberProblem(bounds, value);
    return problem === undefined ? undefined : { shown: String(value), problem };
  }
  if (Array.isArray(value)) return listProblem(definition, value);
  if (typeof value !== "string") return undefined;
  if (bounds.nonEmpty && value === "") return { shown: "", problem: "String must be non-empty" };
  const problem = oneOfProblem(bounds, value) ?? bounds.check?.(value);
  return problem === undefined ? undefined : { shown: value, problem };
}

function numberProblem(bounds: Bounds, value: number): string | undefined {
  const { atLeast, atMost, orEqual } = bounds;
  if (value === orEqual) return undefined;
  const low = atLeast !== undefined && value < atLeast;
  const high = atMost !== undefined && value > atMost;
  if (!low && !high) return undefined;
  if (orEqual !== undefined) {
    return `Value must be between ${atLeast} and ${atMost} or equal to ${orEqual}`;
  }
  return low ? `Value must be at least ${atLeast}` : `Value must be no more than ${atMost}`;
}

function oneOfProblem({ oneOf, anyCase }: Bounds, value: string): string | undefined {
  if (oneOf === undefined) return undefined;
  const wanted = anyCase ? value.toUpperCase() : value;
  if (oneOf.some((option) => (anyCase ? option.toUpperCase() : option) === wanted))
    return undefined;
  const hint = anyCase ? "String must be one of (case insensitive)" : "String must be one of";
  return `${hint}: ${oneOf.join(", ")}`;
}

function listProblem({ name, bounds }: ConfigDefinition, items: string[]): OutOfBounds | undefined {
  if (bounds.nonEmpty && items.length === 0) {
    return { shown: "[]", problem: "List must not be empty" };
  }
  if (bounds.replicaList && !isReplicaList(items)) {
    return {
      shown: `[${items.join(", ")}]`,
      problem:
        `${name} must be the literal '*' or a list of replicas in the following format: ` +
        "[partitionId]:[brokerId],[partitionId]:[brokerId],...",
    };
  }
  for (const item of items) {
    const problem = oneOfProblem(bounds, item);
    if (problem !== undefined) return { shown: item, problem };
  }
  return undefined;
}

function isReplicaList(items: readonly string[]): boolean {
  if (items.length === 1 && items[0] === "*") return true;
  return items.every((item) => /^\d+:\d+$/.test(item));
}

// ------------------------------------------------------------------ typed reading

/** Typed access to a set of keys whose texts have been checked before. */
export class ConfigReader {
  readonly #textOf: (name: string) => string | null;
  readonly #definitionOf: (name: string) => ConfigDefinition | undefined;

  constructor(
    definitionOf: (name: string) => ConfigDefinition | undefined,
    textOf: (name: string) => string | null,
  ) {
    this.#definitionOf = definitionOf;
    this.#textOf = textOf;
  }

  value(name: string): ConfigValue {
    const definition = this.#definitionOf(name);
    assert(definition !== undefined, `no such configuration key: ${name}`);
    const text = this.#textOf(name);
    if (text === null) return null;
    const checked = parseConfigValue(definition, text);
    assert("value" in checked, `${name} was to be checked before it is read`);
    return checked.value;
  }

  number(name: string): number {
    const value = this.value(name);
    assert(typeof value === "number", `${name} is no number`);
    return value;
  }

  numberOrNull(name: string): number | null {
    const value = this.value(name);
    assert(value === null || typeof value === "number", `${name} is no number`);
    return value;
  }

  boolean(name: string): boolean {
    const value = this.value(name);
    assert(typeof value === "boolean", `${name} is no boolean`);
    return value;
  }

  string(name: string): string {
    const value = this.value(name);
    assert(typeof value === "string", `${name} is no text`);
    return value;
  }

  stringOrNull(name: string): string | null {
    const value = this.value(name);
    assert(value === null || typeof value === "string", `${name} is no text`);
    return value;
  }

  list(name: string): readonly string[] {
    const value = this.value(name);
    if (value === null) return [];
    assert(Array.isArray(value), `${name} is no list`);
    return value;
  }
}
