// Writes of the real disk. A small one goes to the page cache on the spot, which costs less than any way
// around it. A large one is left to the thread pool: it is copied on another core, and the host does not
// stand still when the kernel makes writers wait because too much is dirty.
//
// A disk that has kept an operation waiting may do so again. While it is slow small writes go to the pool
// too, so that only what touches the disk waits for it: metadata, heartbeats and reads from memory go on.
//
// Lives on: host thread (part of the Disk adapter).

import * as fs from "node:fs";
import { faultOf } from "../../base/errno.ts";
import type { Outcome } from "../../base/outcome.ts";
import { success } from "../../base/outcome.ts";
import type { DiskArgs, DiskRequest } from "../../runtime/ports.ts";
import type { DiskLane, DiskLanes } from "./lanes.ts";
import type { OpenFile, OpenFiles } from "./open-files.ts";

/** Copying more than this takes longer than waking a thread of the pool does. */
export const ON_THE_SPOT_BYTES_MAX = 128 * 1024;
type Written = { readonly bytesWritten: number };
type Done = (outcome: Outcome<unknown>) => void;
type Waiting = {
  readonly operation: DiskRequest["operation"];
  readonly paths: readonly string[];
  readonly run: () => void;
};

export class Writes {
  readonly #files: OpenFiles;
  readonly #lanes: Pick<DiskLanes, "of">;
  readonly #onTheSpotBytesMax: number;
  /** Paths of which a write is under way. */
  readonly #underWay = new Set<string>();
  /** What was asked of them meanwhile, in order. */
  readonly #waiting: Waiting[] = [];

  constructor(
    { files, lanes }: { files: OpenFiles; lanes: Pick<DiskLanes, "of"> },
    onTheSpotBytesMax: number,
  ) {
    this.#files = files;
    this.#lanes = lanes;
    this.#onTheSpotBytesMax = onTheSpotBytesMax;
  }

  /** Nothing is under way, so that no request has to wait. */
  get isIdle(): boolean {
    return this.#underWay.size === 0 && this.#waiting.length === 0;
  }

  /** Whether a request has to wait for what came before it: `run` is called when it is its turn. */
  delay({ operation, args }: DiskRequest, run: () => void): boolean {
    const request = { operation, paths: "path" in args ? [args.path] : [args.from, args.to], run };
    if (!this.#isHeldUp(request, this.#waiting)) return false;
    this.#waiting.push(request);
    return true;
  }

  /** By writes under way, which reads pass, or by others that wait. */
  #isHeldUp({ operation, paths }: Waiting, earlier: readonly Waiting[]): boolean {
    const isRead = operation === "read";
    if (!isRead && paths.some((path) => this.#underWay.has(path))) return true;
    return earlier.some(
      (other) =>
        !(isRead && other.operation === "write") &&
        other.paths.some((path) => paths.includes(path)),
    );
  }

  /** Who is run may ask for more, which then waits behind all that do. */
  #runWaiting(): void {
    const waiting = this.#waiting;
    for (let at = 0; at < waiting.length;) {
      if (this.#isHeldUp(waiting[at]!, waiting.slice(0, at))) at += 1;
      else waiting.splice(at, 1)[0]!.run();
    }
  }

  /** Answers on the spot, or undefined: `done` is told later. Throws what node:fs throws. */
  write(args: DiskArgs<"write">, done: Done): Outcome<Written> | undefined {
    const { path, position, chunks } = args;
    const file = this.#files.forWriting(path);
    file.isDirty = true;
    let wanted = 0;
    for (const chunk of chunks) wanted += chunk.length;
    const { pace, share } = this.#lanes.of(path);
    if (!this.#isForThePool(wanted, pace)) {
      const onTheSpot = (): number => writeOnTheSpot(file, position, chunks, wanted);
      return success({ bytesWritten: pace.timed(onTheSpot) });
    }
    const settle = this.#begin(path, file, pace, done);
    share.run((left) => {
      const settled = (outcome: Outcome<Written>): void => {
        left();
        settle(outcome);
      };
      writeLater({ fd: file.fd, position, wanted, settle: settled }, chunks, 0);
    });
    return undefined;
  }

  #isForThePool(bytes: number, pace: DiskLane["pace"]): boolean {
    if (this.#onTheSpotBytesMax === Infinity) return false;
    return bytes > this.#onTheSpotBytesMax || pace.isSlow;
  }

  #begin(path: string, file: OpenFile, pace: DiskLane["pace"], done: Done): Later["settle"] {
    const ended = pace.begin();
    this.#underWay.add(path);
    file.inFlight += 1;
    return (outcome) => {
      // A sync that ran meanwhile did not cover it.
      file.isDirty = true;
      this.#files.settled(file);
      ended();
      this.#underWay.delete(path);
      done(outcome);
      this.#runWaiting();
    };
  }
}

/** A short count is told when some bytes went and the next ones did not. */
function writeOnTheSpot(
  { fd }: OpenFile,
  position: number,
  chunks: readonly Uint8Array[],
  wanted: number,
): number {
  let bytesWritten = 0;
  let rest = chunks;
  while (bytesWritten < wanted) {
    let count: number;
    try {
      count = writeOnce(fd, rest, position + bytesWritten);
    } catch (error) {
      if (bytesWritten === 0) throw error;
      return bytesWritten;
    }
    bytesWritten += count;
    if (bytesWritten < wanted) rest = withoutFirst(rest, count);
  }
  return bytesWritten;
}

function writeOnce(fd: number, chunks: readonly Uint8Array[], position: number): number {
  const [only, ...others] = chunks;
  if (only !== undefined && others.length === 0) {
    return fs.writeSync(fd, only, 0, only.length, position);
  }
  return fs.writevSync(fd, chunks, position);
}

type Later = {
  readonly fd: number;
  readonly position: number;
  readonly wanted: number;
  readonly settle: (outcome: Outcome<Written>) => void;
};

/** What is still wanted is written behind what has been. */
function writeLater(later: Later, chunks: readonly Uint8Array[], before: number): void {
  const { fd, position, wanted, settle } = later;
  fs.writev(fd, chunks, position + before, (error, count) => {
    if (error !== null) {
      return settle(before === 0 ? faultOf(error) : success({ bytesWritten: before }));
    }
    const bytesWritten = before + count;
    if (bytesWritten < wanted) return writeLater(later, withoutFirst(chunks, count), bytesWritten);
    settle(success({ bytesWritten }));
  });
}

function withoutFirst(chunks: readonly Uint8Array[], count: number): Uint8Array[] {
  const rest: Uint8Array[] = [];
  let skip = count;
  for (const chunk of chunks) {
    const part = chunk.subarray(Math.min(skip, chunk.length));
    skip -= chunk.length - part.length;
    if (part.length > 0) rest.push(part);
  }
  return rest;
}
