// Runs what was typed after `gofka wire` and answers with the exit code. Results go to stdout,
// complaints to stderr.
//
// Lives on: main thread.

import type { Json } from "../../protocol/json/text.ts";
import { printJson } from "../../protocol/json/text.ts";
import type { BytesForm, ConvertArguments, FrameArguments } from "./arguments.ts";
import { parseWireArguments, usage } from "./arguments.ts";
import { bytesFromInput } from "./bytes-text.ts";
import { decodeBytes, encodeJson } from "./convert.ts";
import { framesToJson } from "./frame.ts";
import { linesOf } from "./lines.ts";
import { verifyLine, whatIsWrong } from "./verify.ts";

const BAD_INPUT = 1;
const BAD_COMMAND = 2;

export async function runWire(words: readonly string[]): Promise<number> {
  // Whoever has read enough has closed the pipe.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(BAD_INPUT);
  });
  const parsed = parseWireArguments(words);
  switch (parsed.command) {
    case "help":
      process.stdout.write(usage);
      return 0;
    case "invalid":
      return complain(parsed.problem, BAD_COMMAND);
    case "verify":
      return await verify();
    default:
      return await answer(parsed);
  }
}

async function answer(parsed: ConvertArguments | FrameArguments): Promise<number> {
  const chunks: Buffer[] = [];
  for await (const chunk of standardInput()) chunks.push(chunk);
  const input = Buffer.concat(chunks);
  try {
    if (parsed.command === "frame") frame(parsed, input);
    else if (parsed.command === "decode") decode(parsed, input);
    else encode(parsed, input);
    return 0;
  } catch (error) {
    return complain(whatIsWrong(error), BAD_INPUT);
  }
}

function standardInput(): AsyncIterable<Buffer> {
  return process.stdin;
}

function decode(parsed: ConvertArguments, input: Buffer): void {
  const bytes = bytesFromInput(input, parsed.form);
  const { shown, hidesTags } = decodeBytes(bytes, parsed, parsed.unknownTags);
  for (const json of shown) print(json, parsed.compact);
  if (hidesTags) hint("there are tagged fields that Kafka 4.3 does not know; --unknown-tags");
}

function encode(parsed: ConvertArguments, input: Buffer): void {
  process.stdout.write(`${textOf(encodeJson(input.toString("utf8"), parsed), parsed.form)}\n`);
}

function frame({ api, version, form, records, compact }: FrameArguments, input: Buffer): void {
  const answered = api === null || version === null ? null : { api, version };
  const bytes = bytesFromInput(input, form);
  for (const json of framesToJson(bytes, { answered, records })) print(json, compact);
}

function textOf(bytes: Uint8Array, form: BytesForm | null): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(form ?? "hex");
}

function print(json: Json, compact: boolean): void {
  process.stdout.write(`${printJson(json, compact ? 0 : 2)}\n`);
}

async function verify(): Promise<number> {
  let line = 0;
  let verified = 0;
  let differ = 0;
  for await (const text of linesOf(standardInput())) {
    line += 1;
    if (text.trim() === "") continue;
    verified += 1;
    const what = verifyLine(text);
    if (what === undefined) continue;
    differ += 1;
    process.stdout.write(`line ${line}: ${what}\n`);
  }
  process.stdout.write(`verified ${verified}, differ ${differ}\n`);
  return differ > 0 ? BAD_INPUT : 0;
}

function hint(text: string): void {
  process.stderr.write(`gofka: ${text}\n`);
}

function complain(text: string, code: number): number {
  hint(text);
  return code;
}
