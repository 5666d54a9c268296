// What every Disk port must do: the real one, the one in memory and the simulated one.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Outcome } from "../../src/base/outcome.ts";
import type {
  Disk,
  DiskArgs,
  DiskOperation,
  DiskRequest,
  DiskResult,
} from "../../src/runtime/ports.ts";
import type { Progress } from "./support.ts";

export type DiskUnderTest = {
  readonly disk: Disk;
  readonly progress: Progress;
  /** A directory of its own that exists. */
  readonly root: string;
  readonly clean?: () => void;
};

type Hands = {
  readonly root: string;
  try<K extends DiskOperation>(operation: K, args: DiskArgs<K>): Promise<Outcome<DiskResult<K>>>;
  do<K extends DiskOperation>(operation: K, args: DiskArgs<K>): Promise<DiskResult<K>>;
  put(path: string, text: string): Promise<void>;
  text(path: string): Promise<string>;
};

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function handsOn({ disk, progress, root }: DiskUnderTest): Hands {
  const hands: Hands = {
    root,
    async try(operation, args) {
      let answers = 0;
      let late: Outcome<unknown> | undefined;
      const request = { operation, args } as DiskRequest;
      let hasReturned = false;
      const atOnce = disk.submit(request, (outcome) => {
        assert.ok(hasReturned, "answered before submit returned");
        answers += 1;
        late = outcome;
      });
      hasReturned = true;
      if (atOnce === undefined) await progress.until(() => late !== undefined);
      const outcome = atOnce ?? late;
      assert.ok(outcome !== undefined);
      assert.equal(answers, atOnce === undefined ? 1 : 0);
      return outcome as Outcome<never>;
    },
    async do(operation, args) {
      const outcome = await hands.try(operation, args);
      return outcome.ok ? outcome.value : assert.fail(`${operation}: ${outcome.detail}`);
    },
    async put(path, text) {
      await hands.do("create", { path });
      await hands.do("write", { path, position: 0, chunks: [bytesOf(text)] });
    },
    async text(path) {
      const length = await hands.do("size", { path });
      return textOf(await hands.do("read", { path, position: 0, length }));
    },
  };
  return hands;
}

function faultOf(outcome: Outcome<unknown>): string {
  return outcome.ok ? "none" : outcome.fault;
}

export function diskContract(name: string, make: () => DiskUnderTest): void {
  const check = (
    what: string,
    run: (hands: Hands, under: DiskUnderTest) => Promise<void>,
  ): void => {
    it(what, async () => {
      const under = make();
      try {
        await run(handsOn(under), under);
      } finally {
        under.clean?.();
      }
    });
  };

  describe(`Disk: ${name}`, () => {
    check("writes, reads and tells sizes", async (hands) => {
      const path = `${hands.root}/file`;
      await hands.do("create", { path });
      assert.equal(await hands.do("size", { path }), 0);
      const chunks = ["one ", "", "two ", "three"].map(bytesOf);
      const { bytesWritten } = await hands.do("write", { path, position: 0, chunks });
      assert.equal(bytesWritten, 13);
      assert.equal(await hands.text(path), "one two three");
      await hands.do("write", { path, position: 4, chunks: [bytesOf("TWO")] });
      assert.equal(await hands.text(path), "one TWO three");
      const none = await hands.do("write", { path, position: 13, chunks: [] });
      assert.equal(none.bytesWritten, 0);
    });

    check("reads into a buffer of its own, shorter at the end of the file", async (hands) => {
      const path = `${hands.root}/file`;
      await hands.put(path, "0123456789");
      for (const [position, length, expected] of [
        [0, 4, "0123"],
        [7, 100, "789"],
        [10, 5, ""],
        [50, 5, ""],
        [3, 0, ""],
      ] as const) {
        const bytes = await hands.do("read", { path, position, length });
        assert.equal(textOf(bytes), expected);
        assert.equal(bytes.byteOffset, 0);
        assert.equal(bytes.buffer.byteLength, bytes.length, "a larger buffer than the bytes");
      }
      const first = await hands.do("read", { path, position: 0, length: 10 });
      first.fill(0);
      assert.equal(await hands.text(path), "0123456789");
    });

    check("does not write to what it was given, nor keep it", async (hands) => {
      const path = `${hands.root}/file`;
      await hands.do("create", { path });
      const chunk = bytesOf("given");
      await hands.do("write", { path, position: 0, chunks: [chunk] });
      chunk.fill(0);
      assert.equal(await hands.text(path), "given");
    });

    check("fills gaps with zeros", async (hands) => {
      const path = `${hands.root}/file`;
      await hands.put(path, "ab");
      await hands.do("write", { path, position: 5, chunks: [bytesOf("c")] });
      assert.equal(await hands.text(path), "ab\0\0\0c");
      await hands.do("truncate", { path, size: 1 });
      await hands.do("truncate", { path, size: 3 });
      assert.equal(await hands.text(path), "a\0\0");
    });

    check("takes many chunks and large ones", async (hands) => {
      const path = `${hands.root}/file`;
      await hands.do("create", { path });
      const many = Array.from({ length: 3_000 }, (_, index) => Uint8Array.of(index % 251));
      await hands.do("write", { path, position: 0, chunks: many });
      const large = new Uint8Array(3_000_000).fill(251);
      large.set([0, 1, 2]);
      large.set([7], 2_999_999);
      await hands.do("write", { path, position: 3_000, chunks: [large, large] });
      const read = await hands.do("read", { path, position: 0, length: 10_000_000 });
      assert.equal(read.length, 6_003_000);
      assert.deepEqual([...read.subarray(2_998, 3_003)], [237, 238, 0, 1, 2]);
      assert.ok(Buffer.from(read.subarray(3_003_000)).equals(large));
    });

    check("makes files once and never by writing", async (hands) => {
      const path = `${hands.root}/file`;
      const chunks = [bytesOf("x")];
      assert.equal(faultOf(await hands.try("write", { path, position: 0, chunks })), "ENOENT");
      await hands.do("create", { path });
      assert.equal(faultOf(await hands.try("create", { path })), "EEXIST");
      const stray = `${hands.root}/no/such/file`;
      assert.equal(faultOf(await hands.try("create", { path: stray })), "ENOENT");
    });

    check("says what is missing", async (hands) => {
      const path = `${hands.root}/missing`;
      const to = `${hands.root}/other`;
      const outcomes = [
        await hands.try("read", { path, position: 0, length: 1 }),
        await hands.try("size", { path }),
        await hands.try("truncate", { path, size: 0 }),
        await hands.try("datasync", { path }),
        await hands.try("unlink", { path }),
        await hands.try("rename", { from: path, to }),
        await hands.try("list", { path }),
        await hands.try("removeDirectory", { path }),
        await hands.try("syncDirectory", { path }),
      ];
      assert.deepEqual(new Set(outcomes.map(faultOf)), new Set(["ENOENT"]));
    });

    check("lists names in order, with sizes and kinds", async (hands) => {
      await hands.put(`${hands.root}/b`, "12345");
      await hands.put(`${hands.root}/a`, "");
      await hands.put(`${hands.root}/B`, "1");
      await hands.do("makeDirectory", { path: `${hands.root}/c` });
      assert.deepEqual(await hands.do("list", { path: hands.root }), [
        { name: "B", isDirectory: false, sizeBytes: 1 },
        { name: "a", isDirectory: false, sizeBytes: 0 },
        { name: "b", isDirectory: false, sizeBytes: 5 },
        { name: "c", isDirectory: true, sizeBytes: 0 },
      ]);
    });

    check("makes and removes directories", async (hands) => {
      const path = `${hands.root}/x/y/z`;
      await hands.do("makeDirectory", { path });
      await hands.do("makeDirectory", { path });
      await hands.put(`${path}/file`, "1");
      assert.equal(faultOf(await hands.try("removeDirectory", { path })), "ENOTEMPTY");
      await hands.do("unlink", { path: `${path}/file` });
      await hands.do("removeDirectory", { path });
      assert.deepEqual(await hands.do("list", { path: `${hands.root}/x/y` }), []);
    });

    check("renames over what is there, and open files follow", async (hands) => {
      const [from, to] = [`${hands.root}/from`, `${hands.root}/to`];
      await hands.put(to, "old");
      await hands.put(from, "new");
      await hands.do("rename", { from, to });
      assert.equal(await hands.text(to), "new");
      assert.equal(faultOf(await hands.try("size", { path: from })), "ENOENT");
      await hands.do("write", { path: to, position: 3, chunks: [bytesOf("er")] });
      await hands.put(from, "another");
      assert.equal(await hands.text(to), "newer");
      assert.equal(await hands.text(from), "another");
    });

    check("renames directories with all that is in them", async (hands) => {
      const [from, to] = [`${hands.root}/from`, `${hands.root}/to`];
      await hands.do("makeDirectory", { path: from });
      await hands.put(`${from}/file`, "inside");
      await hands.do("rename", { from, to });
      assert.equal(await hands.text(`${to}/file`), "inside");
      assert.equal(faultOf(await hands.try("size", { path: `${from}/file` })), "ENOENT");
      await hands.do("makeDirectory", { path: from });
      await hands.put(`${from}/file`, "fresh");
      assert.equal(await hands.text(`${to}/file`), "inside");
      assert.equal(faultOf(await hands.try("rename", { from, to })), "ENOTEMPTY");
    });

    check("starts anew after an unlink", async (hands) => {
      const path = `${hands.root}/file`;
      await hands.put(path, "first");
      await hands.do("unlink", { path });
      await hands.put(path, "2");
      assert.equal(await hands.text(path), "2");
    });

    check("does not take files for directories or the other way round", async (hands) => {
      const file = `${hands.root}/file`;
      await hands.put(file, "");
      const outcomes = [
        await hands.try("list", { path: file }),
        await hands.try("read", { path: hands.root, position: 0, length: 1 }),
        await hands.try("size", { path: hands.root }),
        await hands.try("create", { path: `${file}/below` }),
      ];
      assert.deepEqual(outcomes.map(faultOf), ["EINVAL", "EINVAL", "EINVAL", "EINVAL"]);
      assert.ok(!(await hands.try("unlink", { path: hands.root })).ok);
      assert.ok(!(await hands.try("makeDirectory", { path: file })).ok);
    });

    check("syncs files and directories, several at once", async (hands, { disk, progress }) => {
      const paths = Array.from({ length: 20 }, (_, index) => `${hands.root}/${index}`);
      for (const path of paths) await hands.put(path, path);
      let answered = 0;
      const expect = (outcome: Outcome<unknown>): void => {
        assert.ok(outcome.ok);
        answered += 1;
      };
      for (const path of paths) {
        for (const request of [
          { operation: "datasync", args: { path } },
          { operation: "syncDirectory", args: { path: hands.root } },
        ] as const) {
          const atOnce = disk.submit(request, expect);
          if (atOnce !== undefined) expect(atOnce);
        }
      }
      await progress.until(() => answered === paths.length * 2);
    });

    check(
      "keeps the order of one path while a sync is under way",
      async (hands, { disk, progress }) => {
        const path = `${hands.root}/file`;
        const moved = `${hands.root}/moved`;
        await hands.put(path, "before");
        const outcomes: Outcome<unknown>[] = [];
        const submit = (request: DiskRequest): void => {
          const atOnce = disk.submit(request, (outcome) => outcomes.push(outcome));
          if (atOnce !== undefined) outcomes.push(atOnce);
        };
        submit({ operation: "datasync", args: { path } });
        submit({ operation: "write", args: { path, position: 6, chunks: [bytesOf(" after")] } });
        submit({ operation: "datasync", args: { path } });
        submit({ operation: "truncate", args: { path, size: 8 } });
        submit({ operation: "rename", args: { from: path, to: moved } });
        submit({ operation: "datasync", args: { path: moved } });
        submit({ operation: "unlink", args: { path: moved } });
        submit({ operation: "create", args: { path: moved } });
        submit({ operation: "datasync", args: { path: moved } });
        await progress.until(() => outcomes.length === 9);
        assert.deepEqual(outcomes.map(faultOf), Array<string>(9).fill("none"));
        assert.equal(await hands.do("size", { path: moved }), 0);
        assert.equal(faultOf(await hands.try("size", { path })), "ENOENT");
      },
    );

    check(
      "keeps the order of one path while writes are under way",
      async (hands, { disk, progress }) => {
        const path = `${hands.root}/file`;
        await hands.do("create", { path });
        const outcomes: Outcome<unknown>[] = [];
        const submit = (request: DiskRequest): void => {
          const atOnce = disk.submit(request, (outcome) => outcomes.push(outcome));
          if (atOnce !== undefined) outcomes.push(atOnce);
        };
        const write = (position: number, text: string): void =>
          submit({ operation: "write", args: { path, position, chunks: [bytesOf(text)] } });
        // Each of them would leave another file behind if it came sooner or later.
        write(0, "abcdef");
        write(2, "CDEF");
        submit({ operation: "truncate", args: { path, size: 4 } });
        write(4, "gh");
        submit({ operation: "size", args: { path } });
        submit({ operation: "datasync", args: { path } });
        submit({ operation: "rename", args: { from: path, to: `${path}.moved` } });
        submit({ operation: "create", args: { path } });
        write(0, "new");
        await progress.until(() => outcomes.length === 9);
        assert.deepEqual(outcomes.map(faultOf), Array<string>(9).fill("none"));
        assert.equal(await hands.text(`${path}.moved`), "abCDgh");
        assert.equal(await hands.text(path), "new");
      },
    );

    check("tells how much room there is", async (hands) => {
      const { totalBytes, freeBytes } = await hands.do("space", { path: hands.root });
      assert.ok(totalBytes > 0 && freeBytes >= 0 && freeBytes <= totalBytes);
    });
  });
}
