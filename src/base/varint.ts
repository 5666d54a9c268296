// Zig-zag variable-length integers, as they stand inside records: 7 bits a byte, least significant
// group first, the sign in the lowest bit (`DefaultRecord`, `ByteUtils` of Kafka; Protocol Buffers
// call them sint32 and sint64). The RPC layer's unsigned varints live in protocol/wire.ts.
//
// Lives on: anywhere. Hot: reads allocate nothing and never throw.

const two32 = 0x1_0000_0000;
const two28 = 0x1000_0000;

/**
 * Reads along a slice of bytes. A read past `end`, a varint that is too long, or a 64-bit value
 * beyond what a `number` holds exactly sets `bad`, moves to the end and gives 0; so a caller may do
 * several reads and ask once.
 */
export class VarintReader {
  bytes: Uint8Array;
  at: number;
  end: number;
  bad = false;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  /** A 32-bit value, 1 to 5 bytes. */
  varint(): number {
    const bytes = this.bytes;
    let at = this.at;
    let raw = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      if (at >= this.end) return this.#fail();
      const byte = bytes[at++]!;
      // The fifth byte may only bring the four bits that are still missing.
      if (shift === 28 && byte > 0x0f) return this.#fail();
      raw |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.at = at;
        return (raw >>> 1) ^ -(raw & 1);
      }
    }
    return this.#fail();
  }

  /** A 64-bit value, 1 to 10 bytes, none of its bits lost; for those who are in no hurry. */
  exactVarlong(): bigint {
    let raw = 0n;
    for (let index = 0n; index < 10n && this.at < this.end; index++) {
      const byte = this.bytes[this.at++]!;
      raw |= BigInt(byte & 0x7f) << (7n * index);
      if (byte < 0x80) return raw < 1n << 64n ? (raw >> 1n) ^ -(raw & 1n) : BigInt(this.#fail());
    }
    return BigInt(this.#fail());
  }

  /** A 64-bit value, 1 to 10 bytes. */
  varlong(): number {
    const bytes = this.bytes;
    let at = this.at;
    // Three groups that each fit 32-bit arithmetic: bits 0-27, 28-55, 56-63.
    let low = 0;
    let middle = 0;
    let high = 0;
    for (let index = 0; index < 10; index++) {
      if (at >= this.end) return this.#fail();
      const byte = bytes[at++]!;
      const group = byte & 0x7f;
      if (index < 4) low |= group << (7 * index);
      else if (index < 8) middle |= group << (7 * (index - 4));
      else high |= group << (7 * (index - 8));
      if (byte < 0x80) {
        if (index === 9 && byte > 1) return this.#fail();
        this.at = at;
        return this.#unzigzag(low, middle, high);
      }
    }
    return this.#fail();
  }

  #unzigzag(low: number, middle: number, high: number): number {
    // The value without its sign bit: at most 63 bits, exact while it is below 2^53.
    const magnitude = (low >>> 1) + middle * (two28 / 2) + high * (two28 * (two28 / 2));
    if (magnitude > Number.MAX_SAFE_INTEGER) return this.#fail();
    if ((low & 1) === 0) return magnitude;
    return -magnitude - 1 < Number.MIN_SAFE_INTEGER ? this.#fail() : -magnitude - 1;
  }

  #fail(): number {
    this.bad = true;
    this.at = this.end;
    return 0;
  }
}

/** Bytes that `writeVarint` takes for a 32-bit value: 1 to 5. */
export function sizeOfVarint(value: number): number {
  const raw = ((value << 1) ^ (value >> 31)) >>> 0;
  if (raw < 0x80) return 1;
  return Math.ceil((32 - Math.clz32(raw)) / 7);
}

/** Bytes that `writeVarlong` takes for a safe integer: 1 to 8. */
export function sizeOfVarlong(value: number): number {
  if (value === (value | 0)) return sizeOfVarint(value);
  let magnitude = value < 0 ? -value - 1 : value;
  let size = 1;
  // The first byte holds the sign and six bits of the magnitude.
  magnitude = Math.floor(magnitude / 64);
  while (magnitude > 0) {
    size += 1;
    magnitude = Math.floor(magnitude / 128);
  }
  return size;
}

/** Writes a 32-bit value; gives the place after it. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let raw = ((value << 1) ^ (value >> 31)) >>> 0;
  while (raw >= 0x80) {
    bytes[at++] = (raw & 0x7f) | 0x80;
    raw >>>= 7;
  }
  bytes[at++] = raw;
  return at;
}

/** Writes a safe integer as a 64-bit value; gives the place after it. */
export function writeVarlong(bytes: Uint8Array, at: number, value: number): number {
  if (value === (value | 0)) return writeVarint(bytes, at, value);
  const magnitude = value < 0 ? -value - 1 : value;
  // (magnitude << 1 | sign), split into 32-bit halves.
  let low = (((magnitude % two32) << 1) | (value < 0 ? 1 : 0)) >>> 0;
  let high = Math.floor(magnitude / (two32 / 2)) >>> 0;
  while (high > 0 || low >= 0x80) {
    bytes[at++] = (low & 0x7f) | 0x80;
    low = ((low >>> 7) | (high << 25)) >>> 0;
    high >>>= 7;
  }
  bytes[at++] = low;
  return at;
}

/** Writes any 64-bit value; gives the place after it. */
export function writeExactVarlong(bytes: Uint8Array, at: number, value: bigint): number {
  let raw = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  while (raw >= 0x80n) {
    bytes[at++] = Number(raw & 0x7fn) | 0x80;
    raw >>= 7n;
  }
  bytes[at++] = Number(raw);
  return at;
}
