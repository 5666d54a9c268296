// WebAssembly text to bytes: as much of the text format as this repository's own sources use (folded
// expressions, named parameters, locals and labels, one memory), so that no assembler need be installed
// to read how a few hundred bytes in src/codec came to be.
//
// Format: WebAssembly 2.0, sections 5 (binary) and 6 (text).
//
// Lives on: the developer's machine, and its tests.

type Node = string | readonly Node[];

function parse(text: string): Node {
  const words = text.replace(/;;.*/g, "").match(/[()]|"[^"]*"|[^\s()"]+/g) ?? [];
  let at = 0;
  const node = (): Node => {
    const word = words[at++];
    if (word === undefined) throw new Error("the text ends within an expression");
    if (word !== "(") return word;
    const list: Node[] = [];
    while (words[at] !== ")") list.push(node());
    at += 1;
    return list;
  };
  return node();
}

/** Opcodes without an operand; what they take stands before them. */
const plain: Readonly<Record<string, number>> = {
  return: 0x0f,
  "i32.eqz": 0x45,
  "i32.eq": 0x46,
  "i32.lt_u": 0x49,
  "i32.gt_u": 0x4b,
  "i32.ge_u": 0x4f,
  "i32.add": 0x6a,
  "i32.sub": 0x6b,
  "i32.mul": 0x6c,
  "i32.div_u": 0x6e,
  "i32.and": 0x71,
  "i32.xor": 0x73,
  "i32.shr_u": 0x76,
  "i32.rotl": 0x77,
};
/** Opcodes of loads and stores. No alignment is promised. */
const memory: Readonly<Record<string, readonly number[]>> = {
  "i32.load": [0x28],
  "i64.load": [0x29],
  "i32.load8_u": [0x2d],
  "i32.load16_u": [0x2f],
  "i64.store": [0x37],
  "i32.store8": [0x3a],
  "v128.load": [0xfd, 0],
  "v128.store": [0xfd, 11],
};
const locals: Readonly<Record<string, number>> = { "local.get": 0x20, "local.set": 0x21 };
const branches: Readonly<Record<string, number>> = { br: 0x0c, br_if: 0x0d };
const blocks: Readonly<Record<string, number>> = { block: 0x02, loop: 0x03 };

const I32 = 0x7f;
const NO_RESULT = 0x40;
const [IF, ELSE, END, I32_CONST] = [0x04, 0x05, 0x0b, 0x41];

function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}

function signed(value: number): number[] {
  const rest = value >> 7;
  const isLast = rest === (value & 0x40 ? -1 : 0);
  return isLast ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(rest)];
}

const counted = (items: readonly (readonly number[])[]): number[] => [
  ...unsigned(items.length),
  ...items.flat(),
];
const sized = (bytes: readonly number[]): number[] => [...unsigned(bytes.length), ...bytes];
const nameOf = (node: Node | undefined): number[] =>
  sized([...Buffer.from(wordOf(node).slice(1, -1))]);

function wordOf(node: Node | undefined): string {
  if (typeof node !== "string") throw new Error(`a word is wanted, not ${JSON.stringify(node)}`);
  return node;
}

const isList = (node: Node | undefined, head: string): node is readonly Node[] =>
  Array.isArray(node) && node[0] === head;

function indexOf(names: readonly string[], node: Node | undefined): number {
  const index = names.lastIndexOf(wordOf(node));
  if (index < 0) throw new Error(`nothing is called ${wordOf(node)}`);
  return index;
}

/** `labels`: of the blocks around it, the innermost last. */
function code(node: Node, names: readonly string[], labels: readonly string[]): number[] {
  if (typeof node === "string") throw new Error(`${node} stands alone`);
  const [head, ...rest] = node;
  const op = wordOf(head);
  const all = (nodes: readonly Node[], within = labels) =>
    nodes.flatMap((each) => code(each, names, within));
  if (op in plain) return [...all(rest), plain[op]!];
  if (op in locals)
    return [...all(rest.slice(1)), locals[op]!, ...unsigned(indexOf(names, rest[0]))];
  if (op in branches) {
    const depth = labels.length - 1 - indexOf(labels, rest[0]);
    return [...all(rest.slice(1)), branches[op]!, ...unsigned(depth)];
  }
  if (op in blocks) {
    return [blocks[op]!, NO_RESULT, ...all(rest.slice(1), [...labels, wordOf(rest[0])]), END];
  }
  if (op in memory) {
    const told = typeof rest[0] === "string" ? rest[0].replace("offset=", "") : "0";
    const operands = typeof rest[0] === "string" ? rest.slice(1) : rest;
    return [...all(operands), ...memory[op]!, 0, ...unsigned(Number(told))];
  }
  if (op === "i32.const") return [I32_CONST, ...signed(Number(rest[0]) | 0)];
  if (op !== "if") throw new Error(`${op} is not known here`);
  const [condition, then, otherwise] = rest;
  const inner = [...labels, ""];
  const branch = (from: Node | undefined) => all((from as readonly Node[]).slice(1), inner);
  const ending = otherwise === undefined ? [] : [ELSE, ...branch(otherwise)];
  return [...code(condition!, names, labels), IF, NO_RESULT, ...branch(then), ...ending, END];
}

type Function = { readonly type: number[]; readonly export: number[]; readonly body: number[] };

/** `(func (export "name") (param $x i32) ... (result i32) (local $y i32) ... expressions)` */
function compileFunction(node: readonly Node[], index: number): Function {
  const within = (head: string) => node.filter((each) => isList(each, head));
  const parameters = within("param").map((each) => wordOf(each[1]));
  const variables = within("local").map((each) => wordOf(each[1]));
  const declared = ["export", "param", "result", "local"];
  const expressions = node.slice(1).filter((each) => !declared.some((head) => isList(each, head)));
  const names = [...parameters, ...variables];
  const body = expressions.flatMap((each) => code(each, names, []));
  return {
    type: [0x60, ...counted(parameters.map(() => [I32])), 1, I32],
    export: [...nameOf(within("export")[0]![1]), 0, index],
    body: sized([1, ...unsigned(variables.length), I32, ...body, END]),
  };
}

/** A module with one exported memory and exported functions of i32s that give one. */
export function assemble(text: string): Uint8Array {
  const module = parse(text) as readonly Node[];
  const store = module.find((node) => isList(node, "memory"))!;
  const pages = unsigned(Number(store[2]));
  const functions = module.filter((node) => isList(node, "func")).map(compileFunction);
  const exports = [[...nameOf((store[1] as readonly Node[])[1]), 2, 0]];
  const section = (id: number, items: readonly (readonly number[])[]) => [
    id,
    ...sized(counted(items)),
  ];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(
      1,
      functions.map(({ type }) => type),
    ),
    ...section(
      3,
      functions.map((_, index) => unsigned(index)),
    ),
    ...section(5, [[0, ...pages]]),
    ...section(7, [...exports, ...functions.map((each) => each.export)]),
    ...section(
      10,
      functions.map(({ body }) => body),
    ),
  ]);
}
