// Bytes as people have them at hand: hex with or without anything between, the dumps of xxd, hexdump,
// tcpdump and Wireshark, base64, or the bytes themselves.
//
// Lives on: main thread (pure).

import type { BytesForm } from "./arguments.ts";
import { InputError } from "./input-error.ts";

/** `00000000: 0000 0012  ....` of xxd and tcpdump -X: up to two blanks it is hex. */
const colonDump =
  /^\s*(?:0x)?[0-9a-f]{4,16}:\s+((?:[0-9a-f]{2})+(?: (?:[0-9a-f]{2})+)*)(?:\s{2}.*|\s*)$/i;
/** `00000000  00 00 00 12  ...  |....|` of hexdump -C and Wireshark: pairs. */
const pairDump = /^\s*[0-9a-f]{4,16}\s{2,}([0-9a-f]{2}(?:\s{1,2}[0-9a-f]{2})*)(?:\s.*)?$/i;
/** hexdump's last line, and what it prints instead of lines that repeat. */
const lastOffset = /^\s*[0-9a-f]{4,16}\s*$/i;
const repeated = /^\*\s*$/;

const betweenHex = /\bb(?=["'])|\\x|0x|[\s,:;"'[\](){}]/gi;
const aroundBase64 = /[\s"']/g;

export function bytesFromInput(input: Buffer, form: BytesForm | null): Uint8Array {
  if (form === null && !isText(input)) return new Uint8Array(input);
  return bytesFromText(input.toString("latin1"), form);
}

/** Of a text nobody would say that it is bytes; of bytes nobody that they are text. */
function isText(input: Buffer): boolean {
  return input.every((byte) => (byte >= 0x20 && byte < 0x7f) || (byte >= 0x09 && byte <= 0x0d));
}

export function bytesFromText(text: string, form: BytesForm | null = null): Uint8Array {
  if (text.trim() === "") throw new InputError("nothing came on standard input");
  if (form === "base64") return bytesOfBase64(text);
  const dump = hexOfDump(text);
  const hex = dump ?? text.replace(betweenHex, "");
  if (/^[0-9a-f]*$/i.test(hex)) {
    if (hex.length % 2 === 0) return plain(Buffer.from(hex, "hex"));
    throw new InputError(`the hex has an odd number of digits: ${hex.length}`);
  }
  if (form === "hex") {
    const at = hex.search(/[^0-9a-f]/i);
    throw new InputError(`this is no hex: ${JSON.stringify(hex.slice(at, at + 20))}`);
  }
  return bytesOfBase64(text);
}

/** The hex in the lines of a dump; `undefined` when the text is none. */
function hexOfDump(text: string): string | undefined {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const dump = [colonDump, pairDump].find((pattern) => pattern.test(lines[0] ?? ""));
  if (dump === undefined) return undefined;
  let hex = "";
  for (const line of lines) {
    if (repeated.test(line)) throw new InputError("the dump leaves lines out; use hexdump -v");
    if (lastOffset.test(line)) continue;
    const found = dump.exec(line);
    if (found === null) throw new InputError(`this is no line of a dump: ${line.slice(0, 60)}`);
    hex += (found[1] ?? "").replace(/\s/g, "");
  }
  return hex;
}

function bytesOfBase64(text: string): Uint8Array {
  const packed = text.replace(aroundBase64, "");
  if (/^[A-Za-z0-9+/_-]*={0,2}$/.test(packed)) return plain(Buffer.from(packed, "base64"));
  const at = packed.search(/[^A-Za-z0-9+/_-]/);
  throw new InputError(`neither hex nor base64: ${JSON.stringify(packed.slice(at, at + 20))}`);
}

function plain({ buffer, byteOffset, byteLength }: Buffer): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
