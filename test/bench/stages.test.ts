import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { flamePicture } from "../../bench/pictures/flames.ts";
import { batchesOfTopic } from "../../bench/stages/batches.ts";
import type { CpuProfile } from "../../bench/stages/profiles.ts";
import {
  byPlace,
  copiesByPlace,
  frameOf,
  spentCpu,
  spentHeap,
} from "../../bench/stages/profiles.ts";
import { placeOf } from "../../bench/stages/rules.ts";
import type { StageCosts } from "../../bench/stages/stage-table.ts";
import { stageTable, stageTimes } from "../../bench/stages/stage-table.ts";
import { systemCallsByPlace } from "../../bench/stages/system-calls.ts";

const frame = (functionName: string, url = "") => ({ functionName, url });
const root = "file:///gofka/src";

/** The root calls the disk, which calls Node, which calls the kernel; and there is an idle sample. */
const profile: CpuProfile = {
  nodes: [
    { id: 1, callFrame: frame("(root)"), children: [2, 5, 6] },
    { id: 2, callFrame: frame("carryOut", `${root}/storage/real-disk/disk.ts`), children: [3] },
    { id: 3, callFrame: frame("writeSync", "node:fs"), children: [4] },
    { id: 4, callFrame: frame("writeBuffer") },
    { id: 5, callFrame: frame("(idle)") },
    { id: 6, callFrame: frame("post", "node:inspector") },
  ],
  samples: [2, 3, 4, 4, 5, 6],
  timeDeltas: [1, 20, 300, 300, 5_000, 70_000],
};

describe("stages of a node", () => {
  test("code belongs to its stage, and what has none to its caller's", () => {
    assert.deepEqual(
      byPlace(spentCpu(profile)),
      new Map([
        ["log keeping", 1],
        ["write", 620],
        ["idle", 5_000],
        ["probe", 70_000],
      ]),
    );
  });

  test("writing to a file and to a socket are told apart", () => {
    const caller = (functionName: string, url: string) => ({
      frame: frame(functionName, url),
      self: 0,
      children: [{ frame: frame("writeBuffer"), self: 7, children: [] }],
    });
    assert.deepEqual([...byPlace(caller("writeSync", "node:fs"))], [["write", 7]]);
    const stream = "node:internal/stream_base_commons";
    assert.deepEqual([...byPlace(caller("handleWriteReq", stream))], [["socket write", 7]]);
  });

  test("compiled codecs are decoding or encoding by their message", () => {
    assert.equal(placeOf(frame("readTopics", "gofka/ProduceRequest.v9.number")), "decode");
    assert.equal(placeOf(frame("writeTopics", "gofka/FetchResponse.v17.number")), "encode");
  });

  test("allocations are a tree of their own shape", () => {
    const leaf = {
      callFrame: frame("take", `${root}/base/buffer-pool.ts`),
      selfSize: 64,
      children: [],
    };
    const head = { callFrame: frame("(root)"), selfSize: 0, children: [leaf] };
    assert.deepEqual([...byPlace(spentHeap(head))], [["frame", 64]]);
  });

  test("a copy belongs to the nearest frame that has a stage", () => {
    assert.deepEqual(frameOf(`Host.take (${root}/runtime/host.ts:173:17)`), {
      functionName: "take",
      url: `${root}/runtime/host.ts`,
    });
    assert.deepEqual(frameOf("node:fs:12:3"), frame("", "node:fs"));
    const stack = [
      "Array.map (<anonymous>)",
      `#readBody (${root}/actors/front-door/frame-splitter.ts:151:22)`,
      `Host.take (${root}/runtime/host.ts:173:17)`,
    ].join("\n");
    assert.deepEqual([...copiesByPlace({ [stack]: { calls: 2, bytes: 500 } })], [["frame", 500]]);
  });

  test("system calls are told apart by what is behind the descriptor", () => {
    const trace = [
      '17 read(23<socket:[99]>, ""..., 65536) = 65536',
      '17 read(9<anon_inode:[eventfd]>, ""..., 8) = 8',
      '17 pwrite64(30</data/t-0/00000000000000000000.log>, ""..., 100, 0) = 100',
      "18 fdatasync(30</data/t-0/00000000000000000000.log> <unfinished ...>",
      "18 <... fdatasync resumed>) = 0",
      '17 writev(23<socket:[99]>, [{iov_base=""...}], 2) = 99',
      "17 +++ exited with 0 +++",
    ].join("\n");
    assert.deepEqual(
      systemCallsByPlace(trace),
      new Map([
        ["socket read", 1],
        ["hop", 1],
        ["write", 1],
        ["sync", 1],
        ["socket write", 1],
      ]),
    );
  });

  test("batches are counted from their headers, a torn one not past its own", (t) => {
    const directory = mkdtempSync(join(tmpdir(), "batches-"));
    t.after(() => rmSync(directory, { recursive: true }));
    const batch = (bytes: number): Buffer => {
      const whole = Buffer.alloc(12 + bytes);
      whole.writeInt32BE(bytes, 8);
      return whole;
    };
    for (const [partition, lengths] of [[61, 70], [100]].entries()) {
      mkdirSync(join(directory, `t-${partition}`));
      const log = Buffer.concat([...lengths.map(batch), Buffer.alloc(5)]);
      writeFileSync(join(directory, `t-${partition}`, "00000000000000000000.log"), log);
    }
    mkdirSync(join(directory, "t-x-0"));
    assert.deepEqual(batchesOfTopic(directory, "t"), { count: 3, bytes: 61 + 70 + 100 + 3 * 12 });
  });

  test("the table is per batch and per byte, and leaves out stages that cost nothing", () => {
    const of = { count: 10, bytes: 10_240 };
    const costs: StageCosts = {
      cpu: {
        sums: new Map([
          ["write", 300],
          ["sync", 100],
          ["idle", 9_999],
        ] as const),
        of,
      },
      copies: { sums: new Map([["frame", 10_240]] as const), of },
      allocations: { sums: new Map([["write", 1_000]] as const), of },
      systemCalls: { sums: new Map([["write", 5]] as const), of },
    };
    const table = stageTable(costs);
    const lines = table.split("\n");
    assert.equal(lines[3], "| write | 75.0 % | 30.00 | 30000 |  | 100 | 0.50 |");
    assert.equal(lines.at(-1), "| all | 100.0 % | 40.00 | 40000 | 1.000 | 100 | 0.50 |");
    assert.ok(lines.some((line) => line.startsWith("| frame | 0.0 % | 0.00 | 0 | 1.000 |")));
    assert.doesNotMatch(table, /decode|idle/);

    const before = { ...stageTimes(costs), sync: 12_345 };
    const beside = stageTable(costs, before).split("\n");
    assert.equal(
      beside[0],
      "| stage | share | us per batch | ns per KiB | before | copies per byte | heap bytes per batch | system calls per batch |",
    );
    assert.ok(beside.includes("| sync | 25.0 % | 10.00 | 10000 | 12345 |  |  |  |"));
    assert.equal(beside.at(-1), "| all | 100.0 % | 40.00 | 40000 | 40000 | 1.000 | 100 | 0.50 |");
  });
});

describe("a flame graph", () => {
  test("shows shares without what was idle, and names stages", () => {
    const svg = flamePicture(spentCpu(profile), "a <title>");
    assert.match(svg, /a &lt;title&gt;/);
    assert.match(svg, /writeSync node:fs: 99\.8 % \(write\)/);
    assert.match(svg, /writeBuffer: 96\.6 % \(write\)/);
    assert.doesNotMatch(svg, /idle\)|inspector|NaN/);
  });

  test("of nothing is a sheet without flames", () => {
    assert.doesNotMatch(flamePicture({ frame: frame("(root)"), self: 0, children: [] }, ""), /NaN/);
  });
});
