// The compiler of declarations: turns the shape of one message at one version into the source of a
// decoder and an encoder, and that into functions. The generated code holds no version test, no
// lookup and no loop over fields. Names in it come from our own declarations, never from input.
//
// Lives on: anywhere.

import { assert } from "../../base/assert.ts";
import type { Shape } from "../schema.ts";
import { DraftError, WireError } from "../wire/errors.ts";
import type { Reader } from "../wire/reader.ts";
import { Writer } from "../wire/writer.ts";
import { addReader } from "./decoder.ts";
import { addWriter } from "./encoder.ts";
import { Generator } from "./generator.ts";
import { support } from "./support.ts";
import type { Target } from "./target.ts";

export type AnyCodec = {
  // eslint-disable-next-line typescript/no-explicit-any
  decode(reader: Reader): any;
  // eslint-disable-next-line typescript/no-explicit-any
  decodeWhole(reader: Reader): any;
  // eslint-disable-next-line typescript/no-explicit-any
  encode(writer: Writer, value: any): void;
};

/** Where the traced form is, kept by the generated code. */
type Trace = { path: string };
type Compiled = {
  readonly read: (reader: Reader, path?: string) => unknown;
  readonly write: (writer: Writer, value: unknown, path?: string) => void;
};

/** The source of the whole codec; for reading, and for the tests' sake. */
export function sourceOf(shape: Shape, target: Target, traced = false): string {
  return generate(shape, target, traced).source;
}

function generate(
  shape: Shape,
  target: Target,
  traced: boolean,
): { source: string; fallbacks: unknown[] } {
  assert(/^\w+$/.test(target.name), `${target.name} is no message name`);
  const g = new Generator(target, traced);
  const read = addReader(g, shape, target.name);
  const write = addWriter(g, shape, target.name);
  const source = [
    '"use strict";',
    `const { ${Object.keys(support).join(", ")} } = h;`,
    ...g.functions,
    `return { read: ${read}, write: ${write} };`,
    `//# sourceURL=gofka/${target.name}.v${target.version}.${target.mode}${traced ? ".traced" : ""}`,
  ].join("\n");
  return { source, fallbacks: g.fallbacks };
}

function compile(shape: Shape, target: Target, trace?: Trace): Compiled {
  const { source, fallbacks } = generate(shape, target, trace !== undefined);
  // Its text is made of our own declarations and nothing else.
  // eslint-disable-next-line typescript/no-implied-eval
  const build = new Function("h", "d", "t", source) as (
    h: typeof support,
    d: unknown[],
    t: Trace | undefined,
  ) => Compiled;
  return build(support, fallbacks, trace);
}

export function compileShape(shape: Shape, target: Target): AnyCodec {
  const { read, write } = compile(shape, target);
  let finder: FieldFinder | undefined;
  return {
    decode(reader) {
      const { at, end, elementsLeft } = reader;
      try {
        return read(reader);
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        reader.at = at;
        reader.end = end;
        reader.elementsLeft = elementsLeft;
        finder ??= new FieldFinder(shape, target);
        throw finder.whyUnreadable(reader, error);
      }
    },
    decodeWhole(reader) {
      const value: unknown = this.decode(reader);
      const left = reader.remaining();
      if (left === 0) return value;
      const where = `${target.name} v${target.version}`;
      throw new WireError(`${left} bytes follow its end`, reader.at, where);
    },
    encode(writer, value) {
      try {
        write(writer, value);
      } catch (error) {
        finder ??= new FieldFinder(shape, target);
        throw finder.whyUnwritable(value, error);
      }
    },
  };
}

/** Goes the way of a failed codec again, in the traced form, to say which field it was. */
class FieldFinder {
  private readonly trace: Trace = { path: "" };
  private readonly traced: Compiled;
  private readonly target: Target;

  constructor(shape: Shape, target: Target) {
    this.target = target;
    this.traced = compile(shape, target, this.trace);
  }

  private get where(): string {
    return `${this.target.name} v${this.target.version} ${this.trace.path}`;
  }

  whyUnreadable(reader: Reader, first: WireError): WireError {
    try {
      this.traced.read(reader, "");
    } catch (error) {
      if (error instanceof WireError) return error.within(this.where);
    }
    return first;
  }

  whyUnwritable(value: unknown, first: unknown): unknown {
    try {
      this.traced.write(new Writer(), value, "");
    } catch (error) {
      if (error instanceof DraftError) return new DraftError(error.what, this.where);
      if (error instanceof TypeError) return new DraftError(error.message, this.where);
    }
    return first;
  }
}
