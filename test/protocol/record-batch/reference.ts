// A second reading of the record format, as plain as can be and with BigInt: what the walk and the
// reader are held against.

export type ReferenceRecord = {
  readonly timestampDelta: bigint;
  readonly offsetDelta: bigint;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly (readonly [Uint8Array, Uint8Array | null])[];
};

class Malformed extends Error {}

/** All `count` records that fill `bytes` exactly, or undefined. */
export function readAll(bytes: Uint8Array, count: number): ReferenceRecord[] | undefined {
  let at = 0;
  const need = (condition: boolean) => {
    if (!condition) throw new Malformed();
  };
  const varint = (bits: number): bigint => {
    let raw = 0n;
    for (let index = 0; ; index++) {
      need(at < bytes.length && index * 7 < bits);
      const byte = bytes[at++]!;
      raw |= BigInt(byte & 0x7f) << BigInt(7 * index);
      if (byte < 0x80) break;
    }
    need(raw < 1n << BigInt(bits));
    const value = (raw >> 1n) ^ -(raw & 1n);
    need(value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER));
    return value;
  };
  const slice = (length: number) => {
    need(length >= 0 && at + length <= bytes.length);
    at += length;
    return bytes.slice(at - length, at);
  };
  const nullable = () => {
    const length = Number(varint(32));
    return length === -1 ? null : slice(length);
  };
  try {
    const records: ReferenceRecord[] = [];
    for (let index = 0; index < count; index++) {
      const length = Number(varint(32));
      const end = at + length;
      need(length > 0 && end <= bytes.length);
      at += 1;
      const timestampDelta = varint(64);
      const offsetDelta = varint(32);
      need(offsetDelta === BigInt(index));
      const key = nullable();
      const value = nullable();
      const headers: [Uint8Array, Uint8Array | null][] = [];
      const headerCount = Number(varint(32));
      need(headerCount >= 0);
      for (let h = 0; h < headerCount; h++) {
        const name = nullable();
        need(name !== null);
        headers.push([name!, nullable()]);
      }
      need(at === end);
      records.push({ timestampDelta, offsetDelta, key, value, headers });
    }
    need(at === bytes.length);
    return records;
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}
