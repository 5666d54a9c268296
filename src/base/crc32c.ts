// CRC-32C (Castagnoli) in plain JavaScript, eight bytes a step. For inputs so small that a call into
// native code costs more than the sum itself; codec/crc32c.ts chooses.
//
// Lives on: anywhere.

const polynomial = 0x82f63b78; // 0x1EDC6F41 with its bits reversed

/** Eight tables of 256: table k moves a byte past k further zero bytes ("slicing by 8"). */
const tables = makeTables();

function makeTables(): Int32Array {
  const made = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) {
      value = (value & 1) !== 0 ? (value >>> 1) ^ polynomial : value >>> 1;
    }
    made[byte] = value;
  }
  for (let at = 256; at < made.length; at++) {
    const before = made[at - 256]!;
    made[at] = (before >>> 8) ^ made[before & 0xff]!;
  }
  return made;
}

/** The checksum of `bytes[start, end)`, unsigned. `seed`: the checksum of what came before. */
export function crc32cOf(bytes: Uint8Array, start = 0, end = bytes.length, seed = 0): number {
  const table = tables;
  let crc = ~seed;
  let at = start;
  const wholeEnd = start + ((end - start) & ~7);
  while (at < wholeEnd) {
    const mixed =
      crc ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
    crc =
      table[1792 + (mixed & 0xff)]! ^
      table[1536 + ((mixed >>> 8) & 0xff)]! ^
      table[1280 + ((mixed >>> 16) & 0xff)]! ^
      table[1024 + (mixed >>> 24)]! ^
      table[768 + bytes[at + 4]!]! ^
      table[512 + bytes[at + 5]!]! ^
      table[256 + bytes[at + 6]!]! ^
      table[bytes[at + 7]!]!;
    at += 8;
  }
  while (at < end) crc = (crc >>> 8) ^ table[(crc ^ bytes[at++]!) & 0xff]!;
  return ~crc >>> 0;
}
