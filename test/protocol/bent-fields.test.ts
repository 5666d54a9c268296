// Every field of every message and record at every version, bent in every way that its type can be
// bent in. The decoder refuses it, and the error names the message, the version, that very field and
// where in the bytes it is.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Codec, Message, Shape, Spec } from "../../src/protocol/schema.ts";
import { Reader, WireError } from "../../src/protocol/wire.ts";
import type { Bend, Place } from "./support/bent.ts";
import { messageBytes, placesOf, plainBytes } from "./support/bent.ts";
import { declared, versionsOf } from "./support/declared.ts";
import type { Mode } from "./support/vectors.ts";
import type { Target, Value } from "./support/walker.ts";

type Bent = {
  readonly how: string;
  readonly hex: string;
  readonly cut?: boolean;
  readonly tagged?: Bend["tagged"];
  /** What the error's `what` says. */
  readonly what: RegExp;
};

const tooLong = /bytes are needed|an array of|of length|a tagged field of|longer than 31 bits/;

/** Lengths and counts that cannot be: negative, beyond the bytes left, a varint without end. */
function bentLengths(spec: Spec, target: Target): Bent[] {
  const nullable = target.version >= spec.nullableSince;
  if (target.flexible) {
    const bents: Bent[] = [
      { how: "longer than what is left", hex: "ff3f616263", what: tooLong },
      { how: "of the largest length", hex: "ffffffff07", what: tooLong },
      { how: "of a varint of 32 bits", hex: "ffffffff0f", what: /longer than 31 bits/ },
      { how: "of a varint of six bytes", hex: "808080808000", what: /longer than 31 bits/ },
    ];
    if (!nullable) bents.push({ how: "null", hex: "00", what: /^null where/ });
    return bents;
  }
  const short = spec.wire === "string";
  const bents: Bent[] = [
    {
      how: "longer than what is left",
      hex: short ? "1fff616263" : "00001fff616263",
      what: tooLong,
    },
    { how: "of the largest length", hex: short ? "7fff" : "7fffffff", what: tooLong },
    { how: "of length -2", hex: short ? "fffe" : "fffffffe", what: /-2/ },
    { how: "of the least length", hex: short ? "8000" : "80000000", what: /-32768|-2147483648/ },
  ];
  const none = short ? "ffff" : "ffffffff";
  if (!nullable) bents.push({ how: "null", hex: none, what: /^null where/ });
  return bents;
}

function bentsOfField(spec: Spec, target: Target): Bent[] {
  const cutOff = { how: "left out at the end", hex: "", cut: true, what: tooLong };
  switch (spec.wire) {
    case "array":
      return [cutOff, ...bentLengths(spec, target)];
    case "struct": {
      if (target.version < spec.nullableSince) return [];
      const bad = { how: "marked neither there nor null", hex: "02", what: /a struct marked 2/ };
      return [cutOff, bad];
    }
    default: {
      const whole = Buffer.from(plainBytes(spec, target.flexible)).toString("hex");
      const short = { how: "cut off", hex: whole.slice(0, -2), cut: true, what: tooLong };
      return [...(whole.length > 2 ? [short] : []), cutOff, ...bentsOfPlain(spec, target)];
    }
  }
}

function bentsOfPlain(spec: Spec, target: Target): Bent[] {
  if (spec.wire === "bytes") return bentLengths(spec, target);
  if (spec.wire === "string") {
    const length = target.flexible ? "04" : "0003";
    const malformed = { how: "not UTF-8", hex: `${length}61ff62`, what: /not UTF-8/ };
    const surrogate = { how: "half a surrogate", hex: `${length}eda080`, what: /not UTF-8/ };
    return [malformed, surrogate, ...bentLengths(spec, target)];
  }
  if (spec.wire === "int64" && target.mode === "number" && !spec.exact) {
    return ["0020000000000000", "7fffffffffffffff", "ffe0000000000000", "8000000000000000"].map(
      (hex) => ({ how: "beyond 53 bits", hex, what: /does not fit 53 bits/ }),
    );
  }
  return [];
}

/** Unknown tags, far from all that are declared. */
const [tag, smallerTag] = ["e807", "e707"];

function bentsOfTags(): Bent[] {
  return [
    { how: "left out", hex: "", cut: true, what: tooLong },
    { how: "fewer than counted", hex: `02${tag}00`, cut: true, what: tooLong },
    { how: "twice the same", hex: `02${tag}00${tag}00`, what: /is there twice/ },
    { how: "descending", hex: `02${tag}00${smallerTag}00`, what: /comes after/ },
    { how: "longer than what is left", hex: `01${tag}ff3f00`, what: /a tagged field of/ },
    { how: "numbered without end", hex: "018080808080", what: /longer than 31 bits/ },
    { how: "counted without end", hex: "8080808080", what: /longer than 31 bits/ },
  ];
}

/** Known tags; the unknown ones are bent at the end of every struct. */
function bentsOfTagged(spec: Spec): Bent[] {
  if (spec.tag < 0) return [];
  return [
    { how: "larger than its value", hex: "", tagged: "padded", what: /should end at byte/ },
    { how: "given twice", hex: "", tagged: "twice", what: /is there twice/ },
  ];
}

function bentsOf(place: Place, target: Target): Bent[] {
  if (place.kind === "tags") return bentsOfTags();
  const flexible = target.flexible && !place.spec.inflexible;
  const bents = bentsOfField(place.spec, { ...target, flexible });
  return [...bents, ...bentsOfTagged(place.spec)];
}

function errorOf(codec: Codec<Value>, bytes: Uint8Array): WireError | undefined {
  try {
    codec.decodeWhole(new Reader(bytes));
    return undefined;
  } catch (error) {
    if (error instanceof WireError) return error;
    throw error;
  }
}

/**
 * Where a message ends too early, an array or a tagged field around the place may notice first: its
 * count or its size is held against the bytes left before anything in it is read.
 */
function names({ where, what }: WireError, head: string, path: string, cut: boolean): boolean {
  if (where === `${head} ${path}`) return true;
  const isAround = `${head} ${path}`.startsWith(where) && where.length > head.length;
  return cut && isAround && /^(an array|a tagged field) of/.test(what);
}

type Tally = { fields: number; bents: number };

function checkVersion(message: Message<Shape>, version: number, mode: Mode, tally: Tally): void {
  const target = { version, flexible: version >= message.flexibleFrom, mode };
  const codec = mode === "bigint" ? message.exactly(version) : message.at(version);
  const head = `${message.name} v${version}`;
  const right = messageBytes(message.shape, target);
  assert.equal(errorOf(codec, right), undefined, `${head}: the right one`);
  const longer = errorOf(codec, Uint8Array.of(...right, 0));
  assert.match(longer?.message ?? "", /1 bytes follow its end/);
  assert.deepEqual([longer?.where, longer?.position], [head, right.length]);
  for (const place of placesOf(message.shape, target)) {
    tally.fields++;
    for (const bent of bentsOf(place, target)) {
      tally.bents++;
      const path = place.path;
      const bytes = new Uint8Array(Buffer.from(bent.hex, "hex"));
      const cut = bent.cut === true;
      const bend: Bend = { path, bytes, cut, ...(bent.tagged && { tagged: bent.tagged }) };
      const whole = messageBytes(message.shape, target, bend);
      const error = errorOf(codec, whole);
      const said = `${head} ${path}, ${bent.how} (${mode}): ${error?.message}`;
      assert(error !== undefined && names(error, head, path, cut), said);
      assert.match(error.what, bent.what, said);
      if (error.where !== `${head} ${path}` || bent.tagged !== undefined) continue;
      assert(bend.at! <= error.position && error.position <= bend.at! + bytes.length + 2, said);
    }
  }
}

for (const mode of ["number", "bigint"] as const) {
  test(`every field of every message, bent, is refused by its name (${mode}s)`, (context) => {
    const tally = { fields: 0, bents: 0 };
    for (const message of declared.values()) {
      for (const version of versionsOf(message)) checkVersion(message, version, mode, tally);
    }
    context.diagnostic(`${tally.fields} fields, ${tally.bents} ways`);
    assert(tally.bents > 20_000, `only ${tally.bents}`);
  });
}

function valueAt(decoded: unknown, path: string): unknown {
  const steps = path.replaceAll("]", "").split(/[.[]/);
  return steps.reduce((value, step) => (value as Value)[step], decoded);
}

test("any byte but zero is true, as Kafka reads booleans", () => {
  let booleans = 0;
  for (const message of declared.values()) {
    for (const version of versionsOf(message)) {
      const target = {
        version,
        flexible: version >= message.flexibleFrom,
        mode: "number",
      } as const;
      for (const place of placesOf(message.shape, target)) {
        if (place.kind !== "field" || place.spec.wire !== "boolean") continue;
        for (const byte of [1, 2, 0x80, 0xff]) {
          const bend = { path: place.path, bytes: Uint8Array.of(byte) };
          const bytes = messageBytes(message.shape, target, bend);
          const decoded = message.at(version).decodeWhole(new Reader(bytes));
          assert.equal(
            valueAt(decoded, place.path),
            true,
            `${message.name} v${version} ${place.path} ${byte}`,
          );
          booleans++;
        }
      }
    }
  }
  assert(booleans > 200, `only ${booleans}`);
});
