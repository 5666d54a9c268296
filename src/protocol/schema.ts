// The declaration language of the protocol. A message is declared once, as data, and compiled on
// first use, for each version asked for, into one straight-line decoder and encoder: the hot path
// holds no version test and no lookup (schema/compile.ts). The types of messages are inferred from
// the same declaration.
//
//   export const HeartbeatRequest = message(
//     { name: "HeartbeatRequest", apiKey: 12, versions: [0, 4], flexibleFrom: 4 },
//     { groupId: string, generationId: int32, groupInstanceId: string.from(3).nullable().orElse(null) },
//   );
//   export type HeartbeatRequest = Infer<typeof HeartbeatRequest>;
//
// Lives on: anywhere.

import { assert } from "../base/assert.ts";
import { ZERO_UUID } from "../base/uuid.ts";
import type { AnyCodec } from "./schema/compile.ts";
import { compileShape } from "./schema/compile.ts";
import type { IntegerMode } from "./schema/target.ts";
import type { Reader, Writer } from "./wire.ts";

export type WireType =
  | "boolean"
  | "int8"
  | "int16"
  | "uint16"
  | "int32"
  | "uint32"
  | "int64"
  | "float64"
  | "uuid"
  | "string"
  | "bytes"
  | "struct"
  | "array";

/** What is known of one field; versions are inclusive. */
export type Spec = {
  readonly wire: WireType;
  /** Of an array: a shape or a plain field. Of a struct: its shape. */
  readonly element: Shape | AnyField | undefined;
  /** What application code sees where the version lacks the field, and what a draft may leave out. */
  readonly fallback: unknown;
  readonly since: number;
  readonly last: number;
  readonly nullableSince: number;
  /** -1: an ordinary field. */
  readonly tag: number;
  /** May be set where the version lacks it; it is then silently left out. */
  readonly ignorable: boolean;
  /** A draft may leave it out; the fallback is written. */
  readonly optional: boolean;
  /** Of an int64: a bigint, because all 64 bits matter. */
  readonly exact: boolean;
  /** Of a string or bytes: the length keeps its old form in flexible versions too. */
  readonly inflexible: boolean;
  /** Of bytes: they are record batches. */
  readonly batches: boolean;
};

/** `T` is what a decoder gives, `D` what an encoder takes, `O` whether a draft may leave it out. */
export type Field<T, D = T, O extends boolean = boolean> = {
  readonly spec: Spec;
  readonly decoded?: T;
  readonly draft?: D;
  readonly optional?: O;
  /** First version that has the field. */
  from(version: number): Field<T, D, true>;
  /** Last version that has it. */
  upTo(version: number): Field<T, D, true>;
  nullable(since?: number): Field<T | null, D | null, O>;
  orElse<U extends T>(fallback: U): Field<T, D, true>;
  tagged(tag: number): Field<T, D, true>;
  ignorable(): Field<T, D, O>;
  inflexible(): Field<T, D, O>;
};

// The compiler of declarations is the one place where types are erased.
// eslint-disable-next-line typescript/no-explicit-any
export type AnyField = Field<any, any, any>;
export type Shape = { readonly [name: string]: AnyField };

type DecodedOf<F> = F extends Field<infer T, infer _D, infer _O> ? T : never;
type DraftOf<F> = F extends Field<infer _T, infer D, infer _O> ? D : never;
type OptionalKeys<S> = {
  [K in keyof S]: S[K] extends Field<infer _T, infer _D, infer O>
    ? true extends O
      ? K
      : never
    : never;
}[keyof S];

/** Tagged fields that this version of ours does not know: kept, and written back. */
export type UnknownTag = { readonly tag: number; readonly bytes: Uint8Array };
type WithUnknownTags = { readonly unknownTags?: readonly UnknownTag[] };

export type InferShape<S extends Shape> = {
  readonly [K in keyof S]: DecodedOf<S[K]>;
} & WithUnknownTags;
export type DraftShape<S extends Shape> = {
  readonly [K in Exclude<keyof S, OptionalKeys<S>>]: DraftOf<S[K]>;
} & { readonly [K in OptionalKeys<S>]?: DraftOf<S[K]> } & WithUnknownTags;

/** Each step answers a new field; the declarations of all messages make some thousands. */
class FieldSteps {
  readonly spec: Spec;
  constructor(spec: Spec) {
    this.spec = spec;
  }
  private but(patch: Partial<Spec>): AnyField {
    return new FieldSteps({ ...this.spec, ...patch });
  }
  from(since: number): AnyField {
    return this.but({ since, optional: true });
  }
  upTo(last: number): AnyField {
    return this.but({ last, optional: true });
  }
  nullable(nullableSince = 0): AnyField {
    return this.but({ nullableSince });
  }
  orElse(fallback: unknown): AnyField {
    return this.but({ fallback, optional: true });
  }
  tagged(tag: number): AnyField {
    return this.but({ tag, optional: true });
  }
  ignorable(): AnyField {
    return this.but({ ignorable: true });
  }
  inflexible(): AnyField {
    return this.but({ inflexible: true });
  }
}

function field<T, D, O extends boolean>(spec: Spec): Field<T, D, O> {
  return new FieldSteps(spec) as Field<T, D, O>;
}

function plain<T>(wire: WireType, fallback: T, patch: Partial<Spec> = {}): Field<T, T, false> {
  return field({
    wire,
    element: undefined,
    fallback,
    since: 0,
    last: Infinity,
    nullableSince: Infinity,
    tag: -1,
    ignorable: false,
    optional: false,
    exact: false,
    inflexible: false,
    batches: false,
    ...patch,
  });
}

export const boolean = plain<boolean>("boolean", false);
export const int8 = plain<number>("int8", 0);
export const int16 = plain<number>("int16", 0);
export const uint16 = plain<number>("uint16", 0);
export const int32 = plain<number>("int32", 0);
export const uint32 = plain<number>("uint32", 0);
/** A number; a value beyond 2^53 is refused when it is decoded. */
export const int64 = plain<number>("int64", 0);
/** A bigint, for values that may use all 64 bits. */
export const exactInt64 = plain<bigint>("int64", 0n, { exact: true });
export const float64 = plain<number>("float64", 0);
export const uuid = plain<string>("uuid", ZERO_UUID);
export const string = plain<string>("string", "");
/** A view of the frame it was decoded from. */
export const bytes = plain<Uint8Array>("bytes", new Uint8Array(0));
/** Record batches: the same bytes on the wire, named apart because they are what all is about. */
export const records = plain<Uint8Array>("bytes", new Uint8Array(0), { batches: true });

export function arrayOf<S extends Shape>(
  element: S,
): Field<readonly InferShape<S>[], readonly DraftShape<S>[], false>;
export function arrayOf<T, D, O extends boolean>(
  element: Field<T, D, O>,
): Field<readonly T[], readonly D[], false>;
export function arrayOf(element: Shape | AnyField): AnyField {
  return plain<readonly unknown[]>("array", Object.freeze([]), { element });
}

/** A struct of its own. Where the version lacks it, application code sees all its fallbacks. */
export function struct<S extends Shape>(element: S): Field<InferShape<S>, DraftShape<S>, false> {
  return field({ ...plain("struct", null).spec, element, fallback: fallbackOf(element) });
}

function fallbackOf(shape: Shape): unknown {
  return Object.freeze(
    Object.fromEntries(Object.entries(shape).map(([name, { spec }]) => [name, spec.fallback])),
  );
}

export type Codec<T, D = T> = {
  decode(reader: Reader): T;
  /** Nothing may follow: what does was not understood. */
  decodeWhole(reader: Reader): T;
  encode(writer: Writer, value: D): void;
};

export type MessageHead = {
  readonly name: string;
  /** -1 for what is no request or response: records, headers. */
  readonly apiKey: number;
  readonly versions: readonly [min: number, max: number];
  /** First flexible version (KIP-482); `Infinity` for none. */
  readonly flexibleFrom: number;
};

export type Message<S extends Shape> = MessageHead & {
  readonly shape: S;
  /** The codec of one version; the caller has made sure that the version exists. */
  at(version: number): Codec<InferShape<S>, DraftShape<S>>;
  /** The same with every int64 a bigint: for tools that must not lose a digit. */
  exactly(version: number): Codec<Record<string, unknown>, Record<string, unknown>>;
};

/** The decoded type of a message or shape. */
export type Infer<M> =
  M extends Message<infer S> ? InferShape<S> : M extends Shape ? InferShape<M> : never;
/** What its encoder takes. */
export type Draft<M> =
  M extends Message<infer S> ? DraftShape<S> : M extends Shape ? DraftShape<M> : never;

export function message<const S extends Shape>(head: MessageHead, shape: S): Message<S> {
  const [min, max] = head.versions;
  const codecs: Record<IntegerMode, (AnyCodec | undefined)[]> = { number: [], bigint: [] };
  const codec = (version: number, mode: IntegerMode): AnyCodec => {
    const kept = codecs[mode][version];
    if (kept !== undefined) return kept;
    const known = Number.isInteger(version) && min <= version && version <= max;
    assert(known, `${head.name} has versions ${min} to ${max}, not ${version}`);
    const flexible = version >= head.flexibleFrom;
    const made = compileShape(shape, { version, flexible, mode, name: head.name });
    codecs[mode][version] = made;
    return made;
  };
  return {
    ...head,
    shape,
    at: (version) => codec(version, "number") as Codec<InferShape<S>, DraftShape<S>>,
    exactly: (version) =>
      codec(version, "bigint") as Codec<Record<string, unknown>, Record<string, unknown>>,
  };
}
