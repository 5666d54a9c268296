// Writes src/codec/lz4-bytes.ts: the WebAssembly of tools/wasm/lz4.wat as the package carries it.
//
//   node tools/wasm.ts
//
// Lives on: the developer's machine.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assemble } from "./wasm/assemble.ts";

const source = join(import.meta.dirname, "wasm/lz4.wat");
export const target = join(import.meta.dirname, "../src/codec/lz4-bytes.ts");

const head = `// What tools/wasm/lz4.wat comes to; \`node tools/wasm.ts\` writes this file, and a test compares them.
//
// Lives on: anywhere.

`;

export function lz4Bytes(): string {
  const text = Buffer.from(assemble(readFileSync(source, "utf8"))).toString("base64");
  const lines = text.match(/.{1,90}/g)!.map((line) => `  "${line}"`);
  return `${head}export const lz4Wasm =\n${lines.join(" +\n")};\n`;
}

if (import.meta.main) writeFileSync(target, lz4Bytes());
