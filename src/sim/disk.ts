// The simulated Disk port. Operations take their time and are answered later, those of one path in
// order. What has not been synced may be lost, kept or torn by a power cut; syncs fail once and then
// lie, the disk fills up, reads fail, bits flip, and now and then everything stands still.
//
// The disk outlives the processes that use it: each life of a node gets a port of its own.
//
// Lives on: the simulator's thread.

import type { Prng } from "../base/prng.ts";
import type { FaultCode, Outcome } from "../base/outcome.ts";
import { failure } from "../base/outcome.ts";
import type { Disk, DiskRequest } from "../runtime/ports.ts";
import { bytesBelow, carryOut, writeWithin } from "../storage/memory-disk.ts";
import { MemoryDirectory } from "../storage/memory-tree.ts";
import type { MemoryNode } from "../storage/memory-tree.ts";
import type { SimFile } from "./disk-image.ts";
import { DiskImage } from "./disk-image.ts";

export type SimDiskOptions = {
  readonly latencyMs: number;
  readonly syncLatencyMs: number;
  /** How many operations in a thousand take up to `stallMs`. */
  readonly stallsPerMille: number;
  readonly stallMs: number;
  /** How many of each kind in a thousand fail with EIO. */
  readonly readFaultsPerMille: number;
  readonly writeFaultsPerMille: number;
  readonly syncFaultsPerMille: number;
};

export const calmDisk: SimDiskOptions = {
  latencyMs: 0.05,
  syncLatencyMs: 1,
  stallsPerMille: 1,
  stallMs: 50,
  readFaultsPerMille: 0,
  writeFaultsPerMille: 0,
  syncFaultsPerMille: 0,
};

/** A disk that stands still is asked again so often. */
const STILL_MS = 5;

/** Runs something later, as long as the life lasts that the port belongs to. */
export type Schedule = (delayMs: number, run: () => void) => void;

type Done = (outcome: Outcome<unknown>) => void;

type Queued = {
  readonly request: DiskRequest;
  readonly done: Done;
  readonly port: Port;
  readonly keys: readonly string[];
  isStarted: boolean;
};

type Port = { isOpen: boolean; readonly schedule: Schedule };

type Injection = {
  readonly matches: (request: DiskRequest) => boolean;
  readonly fault: FaultCode;
};

export class SimDisk {
  /** May be changed while it runs: faults come and go. */
  options: SimDiskOptions;
  /** The disk holds no more than this; null: there is no limit. */
  quotaBytes: number | null = null;
  /**
   * What lies below is on a disk of its own, whose syncs, or all of it, stand still. Its reads may go on
   * all the same, and wait for nothing: what they ask for is in the system's cache.
   */
  standsStill: {
    readonly below: string;
    readonly syncsAlone: boolean;
    readonly readsGoOn?: boolean;
  } | null = null;
  /** What lies below is on a disk of its own, which has failed. */
  failsBelow: string | null = null;
  /** Operations that have taken effect, or failed. */
  operations = 0;
  /** Called before each takes effect, with how many did before: a test may cut the power here. */
  beforeOperation: ((operations: number, request: DiskRequest) => void) | undefined;

  private readonly prng: Prng;
  private readonly image = new DiskImage();
  private ports: Port[] = [];
  private queue: Queued[] = [];
  private readonly injections: Injection[] = [];

  constructor(prng: Prng, options: SimDiskOptions = calmDisk) {
    this.prng = prng;
    this.options = options;
  }

  /** The disk as one process sees it. It is dead after the next `kill` or `powerCut`. */
  port(schedule: Schedule): Disk {
    const port: Port = { isOpen: true, schedule };
    this.ports.push(port);
    return {
      submit: (request, done) => {
        if (port.isOpen) this.enqueue(request, done, port);
        return undefined;
      },
    };
  }

  /** The processes end; the machine goes on. Operations under way may or may not have happened. */
  kill(): void {
    for (const port of this.ports.splice(0)) port.isOpen = false;
    const blocked = new Set<string>();
    for (const { request, keys } of this.queue.splice(0)) {
      const happens = !keys.some((key) => blocked.has(key)) && this.prng.chance(0.5);
      if (happens) this.carryOut(request);
      else for (const key of keys) blocked.add(key);
    }
  }

  /** What was not synced is at the mercy of the seed. */
  powerCut(): void {
    this.kill();
    this.image.powerCut(this.prng);
  }

  /** The next operation that matches fails. A sync that fails loses what it was to sync. */
  failNext(matches: (request: DiskRequest) => boolean, fault: FaultCode): void {
    this.injections.push({ matches, fault });
  }

  /** Injected faults that have not happened will not. */
  forgetInjections(): void {
    this.injections.length = 0;
  }

  /** One bit of the durable part of a file goes bad. False when there is no such part. */
  flipBit(path: string): boolean {
    const file = this.image.tree.file(path);
    return file.ok && file.value.flipBit(this.prng);
  }

  /** Every file there is, sorted. */
  paths(): string[] {
    const paths: string[] = [];
    collectPaths(this.image.tree.root, "", paths);
    return paths.sort((a, b) => (a < b ? -1 : 1));
  }

  /** The files of a directory as no power cut can undo them. */
  surelyIn(path: string): ReadonlyMap<string, MemoryNode<SimFile>> {
    return this.image.surelyIn(path);
  }

  get usedBytes(): number {
    return bytesBelow(this.image.tree.root);
  }

  private enqueue(request: DiskRequest, done: Done, port: Port): void {
    const { args } = request;
    const keys = "path" in args ? [args.path] : [args.from, args.to];
    this.queue.push({ request, done, port, keys, isStarted: false });
    this.startReady();
  }

  /** Those that no earlier operation on the same path is before. Reads pass writes. */
  private startReady(): void {
    const busy = new Set<string>();
    const busyForReads = new Set<string>();
    for (const queued of this.queue) {
      const { operation } = queued.request;
      const before = operation === "read" ? busyForReads : busy;
      const isReady = !queued.keys.some((key) => before.has(key));
      for (const key of queued.keys) busy.add(key);
      const isPassed = this.standsStill?.readsGoOn === true && this.isStill(queued);
      if (operation !== "write" && !isPassed) for (const key of queued.keys) busyForReads.add(key);
      if (!isReady || queued.isStarted) continue;
      queued.isStarted = true;
      queued.port.schedule(this.delayMs(queued.request), () => this.complete(queued));
    }
  }

  private complete(queued: Queued): void {
    if (!queued.port.isOpen) return;
    if (this.isStill(queued)) {
      queued.port.schedule(STILL_MS, () => this.complete(queued));
      return;
    }
    this.beforeOperation?.(this.operations, queued.request);
    if (!queued.port.isOpen) return;
    this.queue.splice(this.queue.indexOf(queued), 1);
    const outcome = this.carryOut(queued.request);
    this.startReady();
    queued.done(outcome);
  }

  private isStill({ keys, request: { operation } }: Queued): boolean {
    if (this.standsStill === null) return false;
    const { below, syncsAlone, readsGoOn } = this.standsStill;
    if (operation === "read" && readsGoOn === true) return false;
    return isBelow(keys, below) && (!syncsAlone || operation === "datasync");
  }

  private delayMs({ operation }: DiskRequest): number {
    const { options, prng } = this;
    if (prng.chance(options.stallsPerMille / 1000)) return options.stallMs * prng.float();
    const isSync = operation === "datasync" || operation === "syncDirectory";
    // Mostly short, at times several times the mean.
    return (isSync ? options.syncLatencyMs : options.latencyMs) * -Math.log(1 - prng.float());
  }

  private carryOut(request: DiskRequest): Outcome<unknown> {
    this.operations += 1;
    const injected = this.injectionFor(request) ?? this.faultFor(request);
    if (injected !== null) return this.fail(request, injected);
    if (request.operation === "write") return this.write(request.args);
    const used = () => this.usedBytes;
    const outcome = carryOut(this.image.tree, request, this.quotaBytes ?? 2 ** 40, used);
    if (outcome.ok) this.makeDurable(request);
    return outcome;
  }

  private write(args: Extract<DiskRequest, { operation: "write" }>["args"]): Outcome<unknown> {
    const free = this.quotaBytes === null ? null : this.quotaBytes - this.usedBytes;
    return writeWithin(this.image.tree, args, free);
  }

  private makeDurable({ operation, args }: DiskRequest): void {
    if (!("path" in args)) return;
    if (operation === "datasync") {
      const file = this.image.tree.file(args.path);
      if (file.ok) file.value.sync();
    } else if (operation === "syncDirectory") {
      const directory = this.image.tree.directory(args.path);
      if (directory.ok) this.image.syncDirectory(directory.value);
    }
  }

  private injectionFor(request: DiskRequest): FaultCode | null {
    const at = this.injections.findIndex(({ matches }) => matches(request));
    return at < 0 ? null : this.injections.splice(at, 1)[0]!.fault;
  }

  private faultFor({ operation, args }: DiskRequest): FaultCode | null {
    const keys = "path" in args ? [args.path] : [args.from, args.to];
    if (isBelow(keys, this.failsBelow)) return "EIO";
    const { readFaultsPerMille, writeFaultsPerMille, syncFaultsPerMille } = this.options;
    const perMille =
      operation === "read"
        ? readFaultsPerMille
        : operation === "write"
          ? writeFaultsPerMille
          : operation === "datasync"
            ? syncFaultsPerMille
            : 0;
    return perMille > 0 && this.prng.chance(perMille / 1000) ? "EIO" : null;
  }

  private fail(request: DiskRequest, fault: FaultCode): Outcome<unknown> {
    if (request.operation === "datasync") {
      const file = this.image.tree.file(request.args.path);
      if (file.ok) file.value.failSync(this.prng);
    }
    if (request.operation === "write") {
      const { path, position, chunks } = request.args;
      const wanted = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
      // Nobody knows how much of a write that failed has happened.
      const limit = Math.max(0, position + this.prng.below(wanted + 1));
      const file = this.image.tree.file(path);
      const free = file.ok ? limit - file.value.sizeBytes : 0;
      if (free > 0) writeWithin(this.image.tree, request.args, free);
    }
    return failure(fault, `simulated, ${request.operation}`);
  }
}

function isBelow(paths: readonly string[], directory: string | null): boolean {
  return directory !== null && paths.some((path) => `${path}/`.startsWith(`${directory}/`));
}

function collectPaths(node: MemoryNode<SimFile>, path: string, paths: string[]): void {
  if (!(node instanceof MemoryDirectory)) {
    paths.push(path);
    return;
  }
  for (const [name, child] of node.entries) collectPaths(child, `${path}/${name}`, paths);
}
