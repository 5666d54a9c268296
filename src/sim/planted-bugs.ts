// Known bugs, planted to see whether the simulator finds them. Each spoils a node from outside: a port
// that misbehaves, or one method of a production class that does something else for the length of a
// run. Production code has no hook for any of it.
//
// Lives on: the simulator's thread.

import { Watches } from "../actors/partition/watches.ts";
import { success } from "../base/outcome.ts";
import type { Prng } from "../base/prng.ts";
import type { Connection, HostPorts } from "../runtime/ports.ts";
import { CLEAN_SHUTDOWN_FILE } from "../storage/clean-shutdown.ts";
import { Recovery } from "../storage/log-recovery.ts";
import { LOG_START_FILE, RECOVERY_POINT_FILE } from "../storage/offset-checkpoint.ts";
import { OffsetIndex } from "../storage/offset-index.ts";
import { INVALID_PRODUCER_EPOCH, ProducerStates } from "../storage/producer-states.ts";
import { OUT_OF_ORDER_SEQUENCE_NUMBER } from "../storage/producer-states.ts";
import type { Life } from "./life.ts";
import { compactionBugs } from "./planted-compaction-bugs.ts";
import { groupBugs } from "./planted-group-bugs.ts";
import { replaceMethod } from "./replace-method.ts";
import type { FaultName } from "./swarm.ts";
import { neverDone, pathOf, spoiltDisk } from "./spoil-disk.ts";

export type Provocation = {
  readonly faults: Partial<Record<FaultName, number>>;
  readonly hosts?: number;
  /** Nothing is synced but what the system syncs by itself. */
  readonly unsynced?: boolean;
  /** Every topic is compacted. */
  readonly compacted?: boolean;
  /** One group of three restless members; without, there is none. */
  readonly grouped?: "classic" | "consumer";
  readonly retellers?: number;
  readonly administrators?: number;
  readonly broker?: Readonly<Record<string, string>>;
};

export type BugContext = { readonly life: Life; readonly prng: Prng };

export type PlantedBug = {
  readonly name: string;
  readonly what: string;
  /** A world in which it shows soon: for a quick look. The zoo itself takes worlds as they come. */
  readonly provoke: Provocation;
  /** Ports of one incarnation of a host, instead of those it would have had. */
  readonly spoil?: (ports: HostPorts, context: BugContext) => Partial<HostPorts>;
  /** Spoils production classes; answers how to mend them. */
  readonly plant?: () => () => void;
};

const isLog = (path: string): boolean => path.endsWith(".log") && !path.includes("gofka-metadata");

export const plantedBugs: readonly PlantedBug[] = [
  {
    name: "ack-before-sync",
    what: "what has been written is acknowledged while its sync is still under way",
    provoke: { faults: { powerCut: 100 } },
    spoil: ({ disk }, { life }) => ({
      disk: spoiltDisk(disk, (request, done, pass) => {
        if (request.operation !== "datasync" || !isLog(pathOf(request))) return false;
        pass(request, () => {});
        return neverDone(life, done);
      }),
    }),
  },
  {
    name: "sync-that-does-nothing",
    what: "syncs of log files are answered and not carried out",
    provoke: { faults: { powerCut: 300 } },
    spoil: ({ disk }, { life }) => ({
      disk: spoiltDisk(disk, (request, done) => {
        return request.operation === "datasync" && isLog(pathOf(request)) && neverDone(life, done);
      }),
    }),
  },
  {
    name: "names-not-synced",
    what: "a new file's name is never made durable",
    provoke: { faults: { powerCut: 300 } },
    spoil: ({ disk }, { life }) => ({
      disk: spoiltDisk(disk, ({ operation }, done) => {
        return operation === "syncDirectory" && neverDone(life, done);
      }),
    }),
  },
  {
    name: "eio-retried",
    what: "a sync that failed is tried again, and the second answer believed",
    provoke: { faults: { diskError: 150, powerCut: 700 } },
    spoil: ({ disk }) => ({
      disk: spoiltDisk(disk, (request, done, pass) => {
        if (request.operation !== "datasync") return false;
        pass(request, (outcome) => {
          if (outcome.ok) done(outcome);
          else pass(request, done);
        });
        return true;
      }),
    }),
  },
  {
    name: "short-write-believed",
    what: "a write that was cut short by a full disk counts as whole",
    provoke: { faults: { diskFull: 200 } },
    spoil: ({ disk }) => ({
      disk: spoiltDisk(disk, (request, done, pass) => {
        if (request.operation !== "write") return false;
        const bytesWritten = request.args.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
        pass(request, (outcome) => done(outcome.ok ? success({ bytesWritten }) : outcome));
        return true;
      }),
    }),
  },
  {
    name: "torn-tail-kept",
    what: "recovery takes a torn tail for damage and goes on behind it",
    provoke: { faults: { powerCut: 250 } },
    plant: () =>
      // oxlint-disable-next-line require-yield
      replaceMethod(
        Recovery.prototype,
        "isTorn",
        () =>
          function* isTorn() {
            return false;
          },
      ),
  },
  {
    name: "recovery-cuts-too-much",
    what: "recovery takes the last bytes of a good log for torn",
    provoke: { faults: { kill: 300 } },
    plant: () =>
      replaceMethod(
        Recovery.prototype,
        "run",
        (kept: Recovery["run"]) =>
          function* run(this: Recovery, start: Parameters<Recovery["run"]>[0]) {
            const { state } = this as never as {
              state: { segments: { sizeBytes: number }[] };
            };
            const last = state.segments.at(-1);
            if (last !== undefined && last.sizeBytes > start.position + 100) last.sizeBytes -= 1;
            yield* kept.call(this, start);
          },
      ),
  },
  {
    name: "clean-mark-kept",
    what: "the mark of a clean stop is not removed at the start",
    provoke: { faults: { restart: 400, powerCut: 600 }, unsynced: true, hosts: 1 },
    spoil: ({ disk }, { life }) => ({
      disk: spoiltDisk(disk, (request, done) => {
        const mark =
          request.operation === "unlink" && pathOf(request).endsWith(CLEAN_SHUTDOWN_FILE);
        return mark && neverDone(life, done);
      }),
    }),
  },
  {
    name: "recovery-point-too-far",
    what: "the recovery point is noted further than what was synced",
    provoke: { faults: { powerCut: 300 } },
    spoil: ({ disk }) => ({
      disk: spoiltDisk(disk, (request, done, pass) => {
        if (request.operation !== "write" || !pathOf(request).includes(RECOVERY_POINT_FILE)) {
          return false;
        }
        const { args } = request;
        const text = args.chunks.map((chunk) => new TextDecoder().decode(chunk)).join("");
        const further = text.replaceAll(
          /(?<=^\S+ \d+ )\d+$/gm,
          (offset) => `${Number(offset) + 5}`,
        );
        const chunks = [new TextEncoder().encode(further)];
        const written = args.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
        pass({ operation: "write", args: { ...args, chunks } }, (outcome) =>
          done(outcome.ok ? success({ bytesWritten: written }) : outcome),
        );
        return true;
      }),
    }),
  },
  {
    name: "log-start-not-kept",
    what: "the checkpoint of log starts is never replaced",
    provoke: { faults: { kill: 300 }, administrators: 1 },
    spoil: ({ disk }, { life }) => ({
      disk: spoiltDisk(disk, (request, done) => {
        const kept = request.operation === "rename" && pathOf(request).endsWith(LOG_START_FILE);
        return kept && neverDone(life, done);
      }),
    }),
  },
  {
    name: "index-off-by-one",
    what: "a lookup in the offset index answers with the entry after the right one",
    provoke: { faults: {} },
    plant: () =>
      replaceMethod(
        OffsetIndex.prototype,
        "positionBefore",
        () =>
          function positionBefore(this: OffsetIndex, offset: number): number {
            const slot = Math.min(this.floor(offset) + 1, this.size - 1);
            return slot < 0 ? 0 : this.positionAt(slot);
          },
      ),
  },
  {
    name: "duplicate-window-of-four",
    what: "four batches of a producer are remembered instead of five",
    provoke: { faults: {}, retellers: 2 },
    plant: () =>
      replaceMethod(
        ProducerStates.prototype,
        "update",
        (kept: ProducerStates["update"]) =>
          function update(this: ProducerStates, info: { producerId: number }, nowMs: number): void {
            kept.call(this, info as never, nowMs);
            const { byId } = this as never as { byId: Map<number, { batches: unknown[] }> };
            const batches = byId.get(info.producerId)?.batches;
            if (batches !== undefined && batches.length > 4) batches.shift();
          },
      ),
  },
  {
    name: "stale-producer-epoch-taken",
    what: "a batch of an older producer epoch is appended",
    provoke: { faults: {}, retellers: 2 },
    plant: () => tolerate(INVALID_PRODUCER_EPOCH),
  },
  {
    name: "sequence-gap-taken",
    what: "a batch out of its producer's order is appended",
    provoke: { faults: { resetConnection: 100 } },
    plant: () => tolerate(OUT_OF_ORDER_SEQUENCE_NUMBER),
  },
  {
    name: "lost-wake-up",
    what: "a parked fetch is now and then not told that there is more to read",
    provoke: { faults: {} },
    plant: () => {
      let count = 0;
      return replaceMethod(
        Watches.prototype,
        "tell",
        (kept: (watch: object, visible: { offset: number; bytes: number }) => void) =>
          function tell(this: Watches, watch: object, visible: { offset: number; bytes: number }) {
            count += 1;
            if (count % 3 !== 0) return kept.call(this, watch, visible);
            Object.assign(watch, { toldEnd: visible.offset, toldBytes: visible.bytes });
          },
      );
    },
  },
  {
    name: "answers-out-of-order",
    what: "now and then two answers on one connection change places",
    provoke: { faults: {} },
    spoil: ({ sockets }, { life, prng }) => ({
      sockets: {
        connect: (to, events) => sockets.connect(to, events),
        listen: (options, events) =>
          sockets.listen(options, {
            listening: (address) => events.listening(address),
            failed: (fault) => events.failed(fault),
            connection: (connection) => events.connection(swapping(connection, life, prng)),
          }),
      },
    }),
  },
  {
    name: "timer-that-never-fires",
    what: "one timer in ten is forgotten",
    provoke: { faults: {} },
    spoil: ({ clock }, { prng }) => ({
      clock: {
        wallMs: () => clock.wallMs(),
        monotonicMs: () => clock.monotonicMs(),
        stopTimer: (handle) => clock.stopTimer(handle),
        soon: (run) => clock.soon(run),
        startTimer: (delayMs, fire) => {
          const forgotten = prng.below(10) === 0;
          return clock.startTimer(delayMs, forgotten ? () => {} : fire);
        },
      },
    }),
  },
  {
    name: "envelope-lost",
    what: "one envelope in a hundred between two hosts is lost",
    provoke: { faults: {}, hosts: 3 },
    spoil: ({ links }, { prng }) => ({
      links: {
        hostIndex: links.hostIndex,
        hostCount: links.hostCount,
        asideIndex: links.asideIndex,
        isUp: (hostIndex) => links.isUp(hostIndex),
        subscribe: (events) => links.subscribe(events),
        post: (hostIndex, envelope) => {
          if (prng.below(100) > 0) links.post(hostIndex, envelope);
        },
      },
    }),
  },
  ...compactionBugs,
  ...groupBugs,
];

/** An error of the producer check that is taken for none. */
function tolerate(code: number): () => void {
  return replaceMethod(
    ProducerStates.prototype,
    "check",
    (kept: ProducerStates["check"]) =>
      function check(this: ProducerStates, info: never, nowMs: number) {
        const checked = kept.call(this, info, nowMs);
        return checked.kind === "error" && checked.code === code ? { kind: "append" } : checked;
      },
  );
}

/** Keeps a write back until the next one, or a moment. */
function swapping(connection: Connection, life: Life, prng: Prng): Connection {
  let held: readonly Uint8Array[] | undefined;
  const release = (): void => {
    if (held !== undefined) connection.write(held);
    held = undefined;
  };
  return {
    remote: connection.remote,
    local: connection.local,
    bufferedBytes: () => connection.bufferedBytes(),
    pause: () => connection.pause(),
    resume: () => connection.resume(),
    end: () => {
      release();
      connection.end();
    },
    destroy: () => connection.destroy(),
    write: (chunks) => {
      if (held === undefined && prng.below(20) === 0) {
        held = chunks;
        life.after(5, "held answer", release);
        return;
      }
      connection.write(chunks);
      release();
    },
  };
}
