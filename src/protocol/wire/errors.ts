// The two ways in which bytes and values may not meet: bytes that are not what the protocol says,
// and a value of ours that the wire cannot carry.
//
// Lives on: anywhere.

/** Bytes that are not what the protocol says. Ends a connection, never a node. */
export class WireError extends Error {
  override readonly name = "WireError";
  /** What is wrong, without the place. */
  readonly what: string;
  /** Where in the reader's bytes it was noticed. */
  readonly position: number;
  /** Message, version and field path: `FetchRequest v12 topics[3].partitions[0].fetchOffset`. */
  readonly where: string;

  constructor(what: string, position: number, where = "") {
    super(`${where === "" ? "" : `${where}: `}${what} (at byte ${position})`);
    this.what = what;
    this.position = position;
    this.where = where;
  }

  /** The same, with the place that its thrower did not know. */
  within(where: string): WireError {
    return new WireError(this.what, this.position, where);
  }
}

/** A value that cannot be written as declared: a bug of whoever made the draft. */
export class DraftError extends Error {
  override readonly name = "DraftError";
  readonly what: string;
  readonly where: string;

  constructor(what: string, where = "") {
    super(where === "" ? what : `${where}: ${what}`);
    this.what = what;
    this.where = where;
  }
}
