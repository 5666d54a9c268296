// Known bugs of compaction, planted like the others (planted-bugs.ts).
//
// Lives on: the simulator's thread.

import { success } from "../base/outcome.ts";
import { ChunkReader } from "../storage/compaction-chunks.ts";
import { KeyMap } from "../storage/key-map.ts";
import { Compaction } from "../storage/log-compaction.ts";
import type { CompactionReport } from "../storage/log-compaction.ts";
import { SupersededOffsets } from "../storage/superseded-offsets.ts";
import type { PlantedBug } from "./planted-bugs.ts";
import { replaceMethod } from "./replace-method.ts";
import { neverDone, pathOf, spoiltDisk } from "./spoil-disk.ts";

/** As a `.cleaned` file becomes what counts. */
const isSwap = (path: string): boolean => path.endsWith(".log.swap");

export const compactionBugs: readonly PlantedBug[] = [
  {
    name: "last-value-of-a-key-lost",
    what: "the record at every eighth offset goes as if a later one had its key",
    provoke: { faults: {}, compacted: true },
    plant: () =>
      replaceMethod(
        SupersededOffsets.prototype,
        "isSuperseded",
        (kept: SupersededOffsets["isSuperseded"]) =>
          function isSuperseded(this: SupersededOffsets, offset: number): boolean {
            return kept.call(this, offset) || (offset & 7) === 0;
          },
      ),
  },
  {
    name: "older-value-of-a-key-kept",
    what: "the map of keys keeps the first offset of a key it meets, not the last",
    provoke: { faults: {}, compacted: true },
    plant: () =>
      replaceMethod(
        KeyMap.prototype,
        "put",
        (kept: KeyMap["put"]) =>
          function put(this: KeyMap, words: Int32Array, at: number, offset: number): number {
            return this.get(words, at) < 0 ? kept.call(this, words, at, offset) : offset;
          },
      ),
  },
  {
    name: "swap-before-sync",
    what: "a compacted segment takes the place of the old ones before it is on disk",
    provoke: { faults: { powerCut: 250 }, compacted: true },
    spoil: ({ disk }, { life }) => ({
      disk: spoiltDisk(disk, (request, done) => {
        const isCleaned = pathOf(request).endsWith(".log.cleaned");
        return request.operation === "datasync" && isCleaned && neverDone(life, done);
      }),
    }),
  },
  {
    name: "swap-not-durable",
    what: "old segments go before the name of the one in their place is on disk",
    provoke: {
      faults: { powerCut: 600 },
      compacted: true,
      broker: { "log.cleaner.backoff.ms": "100" },
    },
    spoil: ({ disk }, { life }) => {
      // Of its directory, until the swap is done.
      let syncsLeftOut = 0;
      return {
        disk: spoiltDisk(disk, (request, done, pass) => {
          if (request.operation === "rename" && isSwap(pathOf(request))) syncsLeftOut = 3;
          else if (request.operation === "syncDirectory" && syncsLeftOut > 0) {
            syncsLeftOut -= 1;
            return neverDone(life, done);
          } else if (request.operation === "rename" && pathOf(request).endsWith(".deleted")) {
            // And they go at once, for good.
            pass({ operation: "unlink", args: { path: request.args.from } }, () => {
              done(success(null));
            });
            return true;
          }
          return false;
        }),
      };
    },
  },
  {
    name: "tombstones-go-too-soon",
    what: "the second pass of compaction takes tombstones away, whatever delete.retention.ms says",
    provoke: { faults: {}, compacted: true },
    plant: () =>
      replaceMethod(
        ChunkReader.prototype,
        "rebuild",
        (kept: ChunkReader["rebuild"]) =>
          function rebuild(this: ChunkReader, ...[batches, fates]: Parameters<typeof kept>) {
            return kept.call(this, batches, fates, 0);
          },
      ),
  },
  {
    name: "pass-never-ends",
    what: "a pass of compaction waits for a sync that nobody answers",
    provoke: { faults: {}, compacted: true },
    spoil: ({ disk }) => ({
      disk: spoiltDisk(disk, (request) => {
        return request.operation === "datasync" && pathOf(request).endsWith(".log.cleaned");
      }),
    }),
  },
  {
    name: "cleaned-again-and-again",
    what: "nobody notes how far a log has been compacted",
    provoke: { faults: {}, compacted: true },
    plant: () =>
      replaceMethod(
        Compaction.prototype,
        "finish",
        (kept: Compaction["finish"]) =>
          function finish(this: Compaction): CompactionReport {
            const state = this["state"];
            const { firstDirtyOffset } = state;
            const report = kept.call(this);
            state.firstDirtyOffset = firstDirtyOffset;
            return report;
          },
      ),
  },
];
