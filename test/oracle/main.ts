// The whole oracle: Kafka's own classes write random instances of every message at every version and
// record batches in every codec, `gofka wire verify` holds our codec against them, and Kafka's classes
// read back what our codec wrote.
//
//   npm run oracle -- [--per 20] [--batches 100] [--seed 1]     says how many differ
//   npm run oracle -- --sample                                  writes anew what `npm test` checks
//
// Lives on: the developer's machine.

import { spawnSync } from "node:child_process";
import { closeSync, createReadStream, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { writeFileSync, writeSync } from "node:fs";
import { devNull, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { codecNames } from "../../src/protocol/record-batch.ts";
import { prepare, runJava } from "./java.ts";
import { codecOf, drawnBatches, drawnMessages, pairOf, parseLine, withOurBytes } from "./ours.ts";

const { values: options } = parseArgs({
  options: {
    per: { type: "string", default: "20" },
    batches: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
    sample: { type: "boolean", default: false },
  },
});

const here = import.meta.dirname;
const directory = mkdtempSync(join(tmpdir(), "gofka-oracle-"));

function isMessage(line: string): boolean {
  return line.startsWith('{"message"');
}

// ---------------------------------------------------------------- the sample

/** Small enough to be checked in: one instance of each kind (java/Instances.java), no large batch. */
const sample = { seed: "1", per: "5", batches: "36", batchCharactersMax: 30_000 };

function writeSample(): void {
  const all = join(directory, "sample.jsonl");
  runJava(["generate", sample.seed, sample.per, sample.batches], devNull, all);
  const lines = readFileSync(all, "utf8").trimEnd().split("\n");
  const parts = {
    "protocol/vectors.jsonl.gz": lines.filter(isMessage),
    "protocol/record-batch/batches.jsonl.gz": lines.filter(
      (line) => !isMessage(line) && line.length <= sample.batchCharactersMax,
    ),
  };
  for (const [path, part] of Object.entries(parts)) {
    const packed = gzipSync(`${part.join("\n")}\n`, { level: 9 });
    writeFileSync(join(here, "..", path), packed);
    console.log(`test/${path}: ${part.length} lines, ${packed.length} bytes`);
  }
}

// ---------------------------------------------------------------- the whole run

/** A file that is written line by line. */
class Lines {
  readonly path: string;
  count = 0;
  readonly #file: number;

  constructor(name: string) {
    this.path = join(directory, `${name}.jsonl`);
    this.#file = openSync(this.path, "w");
  }

  add(line: string): void {
    this.count++;
    writeSync(this.#file, `${line}\n`);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** What Kafka wrote, apart by what the tables name, and what we made of it. */
type Written = {
  readonly pairs: ReadonlySet<string>;
  readonly messages: Lines;
  readonly batches: readonly Lines[];
  readonly ours: Lines;
  /** Lines that our codec would not write; Kafka has nothing to read then. */
  readonly refused: number;
};

/** Node's readline would also part them at U+2028, which a string of JSON may hold. */
async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of createReadStream(path, { encoding: "utf8", highWaterMark: 2 ** 20 })) {
    const lines = (rest + String(chunk)).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}

async function sortLines(from: string): Promise<Written> {
  const pairs = new Set<string>();
  const messages = new Lines("messages");
  const batches = codecNames.map((name) => new Lines(name));
  const ours = new Lines("ours");
  let refused = 0;
  for await (const text of linesOf(from)) {
    const line = parseLine(text);
    if (line.message === undefined) batches[codecOf(line)]!.add(text);
    else {
      messages.add(text);
      pairs.add(pairOf(line.message, line.version ?? 0));
    }
    try {
      ours.add(withOurBytes(text, line));
    } catch (error) {
      refused++;
      console.log(
        `we cannot write ${line.message ?? "a batch"} v${line.version}: ${String(error)}`,
      );
    }
  }
  for (const line of drawnMessages(pairs, Number(options.per), Number(options.seed))) {
    ours.add(line);
  }
  for (const line of drawnBatches(Number(options.batches), Number(options.seed))) ours.add(line);
  for (const lines of [messages, ...batches, ours]) lines.close();
  return { pairs, messages, batches, ours, refused };
}

/** Runs `gofka wire verify` over a file; answers how many lines differ. */
function verify({ path, count }: Lines): number {
  const input = openSync(path, "r");
  const main = join(here, "../../src/main.ts");
  const { stdout } = spawnSync(process.execPath, [main, "wire", "verify"], {
    stdio: [input, "pipe", "inherit"],
    encoding: "utf8",
    maxBuffer: 2 ** 30,
  });
  closeSync(input);
  const lines = stdout.trimEnd().split("\n");
  const [, verified, differ] = /^verified (\d+), differ (\d+)$/.exec(lines.at(-1) ?? "") ?? [];
  if (Number(verified) !== count) throw new Error(`verified not all ${count} lines: ${stdout}`);
  for (const line of lines.slice(0, -1)) console.log(line);
  return Number(differ);
}

async function run(): Promise<boolean> {
  const { seed, per, batches: perCodec } = options;
  console.log(`seed ${seed}: ${per} instances of each pair, ${perCodec} batches of each codec`);
  const theirs = join(directory, "theirs.jsonl");
  runJava(["generate", seed, per, perCodec], devNull, theirs);
  const { pairs, messages, batches, ours, refused } = await sortLines(theirs);
  let differ = verify(messages);
  const { count } = messages;
  console.log(`we read Kafka's: pairs ${pairs.size}, instances ${count}, differ ${differ}`);
  for (const [codec, lines] of batches.entries()) {
    const different = verify(lines);
    console.log(
      `we read Kafka's batches, ${codecNames[codec]}: instances ${lines.count}, differ ${different}`,
    );
    differ += different;
  }
  const said = join(directory, "said.txt");
  const allRead = runJava(["read"], ours.path, said);
  process.stdout.write(readFileSync(said, "utf8"));
  return allRead && differ === 0 && refused === 0;
}

try {
  prepare();
  if (options.sample) writeSample();
  else process.exitCode = (await run()) ? 0 : 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}
