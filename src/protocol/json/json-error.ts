// JSON that does not fit a declaration: what is wrong with it, and in which field.
//
// Lives on: anywhere.

import type { Json } from "./text.ts";
import { printJson } from "./text.ts";

const SHOWN_CHARACTERS_MAX = 40;

export class JsonError extends Error {
  override readonly name = "JsonError";
  /** `topics[3].partitions[0].offset`; known once the error has come all the way up. */
  path = "";
  readonly what: string;

  constructor(what: string, given?: Json) {
    super(what);
    this.what = given === undefined ? what : `${what}: ${shortened(given)}`;
    this.message = this.what;
  }

  /** The same error, seen from one level further up. */
  under(step: string): this {
    const between = this.path === "" || this.path.startsWith("[") ? "" : ".";
    this.path = `${step}${between}${this.path}`;
    this.message = `${this.path} ${this.what}`;
    return this;
  }

  /** What `read` answers; its error comes out under `step`. */
  static within<T>(step: string, read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw error instanceof JsonError ? error.under(step) : error;
    }
  }
}

function shortened(json: Json): string {
  const text = printJson(json);
  return text.length <= SHOWN_CHARACTERS_MAX ? text : `${text.slice(0, SHOWN_CHARACTERS_MAX)}...`;
}
