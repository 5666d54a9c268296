import { strict as assert } from "node:assert";
import { describe, it } from "node:test";
import { bytesFromInput, bytesFromText } from "../../../src/cli/wire/bytes-text.ts";
import { InputError } from "../../../src/cli/wire/input-error.ts";

const bytes = new Uint8Array(Buffer.from("0000001a001200030000000148656c6c6f2c2077"));
const hex = Buffer.from(bytes).toString("hex");
const pairs = hex.match(/../g) ?? [];

/** Lines of 16 bytes. */
function dump(line: (offset: number, pairs: readonly string[], text: string) => string): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const text = Buffer.from(bytes.subarray(at, at + 16)).toString("latin1");
    lines.push(line(at, pairs.slice(at, at + 16), text));
  }
  return `${lines.join("\n")}\n`;
}

const digits = (at: number, count: number) => at.toString(16).padStart(count, "0");
const words = (of: readonly string[]) => (of.join("").match(/.{1,4}/g) ?? []).join(" ");

const forms: Readonly<Record<string, string>> = {
  plain: hex,
  "capitals, a line break at the end": `${hex.toUpperCase()}\n`,
  blanks: pairs.join(" "),
  "words on several lines": `${words(pairs.slice(0, 8))}\n  ${words(pairs.slice(8))}\n`,
  "0x in front": `0x${hex}`,
  "0x everywhere": pairs.map((pair) => `0x${pair}`).join(", "),
  colons: pairs.join(":"),
  "a string of C or Python": `b"${pairs.map((pair) => `\\x${pair}`).join("")}"`,
  "an array": `[${pairs.map((pair) => `0x${pair}`).join(",")}]`,
  xxd: dump((at, of, text) => `${digits(at, 8)}: ${words(of).padEnd(39)}  ${text}`),
  "xxd -g 1": dump((at, of, text) => `${digits(at, 8)}: ${of.join(" ").padEnd(47)}  ${text}`),
  "tcpdump -X": dump((at, of, text) => `\t0x${digits(at, 4)}:  ${words(of).padEnd(39)}  ${text}`),
  "hexdump -C": `${dump((at, of, text) => {
    const halves = `${of.slice(0, 8).join(" ")}  ${of.slice(8).join(" ")}`;
    return `${digits(at, 8)}  ${halves.padEnd(49)} |${text}|`;
  })}${digits(bytes.length, 8)}\n`,
  Wireshark: dump((at, of, text) => `${digits(at, 4)}   ${of.join(" ").padEnd(47)}   ${text}`),
  base64: Buffer.from(bytes).toString("base64"),
  base64url: Buffer.from(bytes).toString("base64url"),
  "base64 on several lines": (
    Buffer.from(bytes)
      .toString("base64")
      .match(/.{1,20}/g) ?? []
  ).join("\n"),
};

describe("bytes as text", () => {
  for (const [name, text] of Object.entries(forms)) {
    it(`are read from ${name}`, () => assert.deepEqual(bytesFromText(text), bytes));
  }

  it("are what the options say, where both could be meant", () => {
    assert.deepEqual(bytesFromText("abcd"), Uint8Array.of(0xab, 0xcd));
    assert.deepEqual(bytesFromText("abcd", "base64"), Uint8Array.of(0x69, 0xb7, 0x1d));
  });

  it("may come as they are", () => {
    const raw = Uint8Array.of(0, 0, 0, 1, 255);
    assert.deepEqual(bytesFromInput(Buffer.from(raw), null), raw);
    assert.deepEqual(bytesFromInput(Buffer.from("00ff\n"), null), Uint8Array.of(0, 255));
  });

  const refused: readonly [text: string, form: "hex" | "base64" | null, what: RegExp][] = [
    ["", null, /nothing came/],
    [" \n", "base64", /nothing came/],
    ["abc", null, /odd number of digits: 3/],
    ["00 0g", "hex", /no hex: "g"/],
    ["00 0g !", null, /neither hex nor base64: "!"/],
    ["00000000  00 00  |..|\n*\n00000020\n", null, /hexdump -v/],
    ["00000000: 0000 0000\nand so on", null, /no line of a dump: and so on/],
  ];
  for (const [text, form, what] of refused) {
    it(`are refused: ${JSON.stringify(text)}`, () => {
      assert.throws(
        () => bytesFromText(text, form),
        (error) => error instanceof InputError && what.test(error.message),
      );
    });
  }
});
