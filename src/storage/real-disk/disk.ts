// The real Disk port, over node:fs. Reads and small writes go to the page cache and are answered on the
// spot: measured cheaper than any way around it. Large writes (writes.ts) and syncs, which wait for a device,
// run in the system's thread pool and are answered later; a host thread never stands still for one.
//
// Lives on: host thread.

import * as fs from "node:fs";
import { BufferPool } from "../../base/buffer-pool.ts";
import { LentBuffers } from "../../base/lent-buffers.ts";
import type { Outcome } from "../../base/outcome.ts";
import { success } from "../../base/outcome.ts";
import { faultOf } from "../../base/errno.ts";
import type { DirectoryEntry, Disk, DiskArgs, DiskRequest } from "../../runtime/ports.ts";
import { DiskLanes } from "./lanes.ts";
import { OpenFiles } from "./open-files.ts";
import { ON_THE_SPOT_BYTES_MAX, Writes } from "./writes.ts";

export type RealDisk = Disk & {
  /** Closes every descriptor. Nothing may be in flight. */
  close(): void;
};

/** Reads from this size on go to buffers that are used again, and so much of them is kept. */
const POOLED_BYTES_MIN = 64 * 1024;
const READ_BYTES_KEPT_MAX = 16 * 1024 * 1024;
/** A host of a node with a thousand partitions works with most of their files at a time. */
const OPEN_FILES_MAX = 1024;

type Done = (outcome: Outcome<unknown>) => void;

export type RealDiskOptions = {
  readonly openFilesMax?: number;
  /** Larger writes are left to the thread pool. Infinity: all are answered on the spot. */
  readonly onTheSpotBytesMax?: number;
  /** Directories that may be disks of their own. */
  readonly roots?: readonly string[];
  /** Threads of the process's pool that may be at work for each of these at a time. */
  readonly poolThreadsMax?: number;
};

export function realDisk({
  openFilesMax = OPEN_FILES_MAX,
  onTheSpotBytesMax = ON_THE_SPOT_BYTES_MAX,
  roots = [],
  poolThreadsMax = Infinity,
}: RealDiskOptions = {}): RealDisk {
  const lanes = new DiskLanes(roots, poolThreadsMax);
  const files = new OpenFiles(openFilesMax, lanes);
  const directories = new DirectorySyncs(lanes);
  const buffers = new ReadBuffers();
  const writes = new Writes({ files, lanes }, onTheSpotBytesMax);
  return {
    submit: (request, done) =>
      submit({ files, lanes, writes, directories, buffers }, request, done),
    recycle: (buffer) => buffers.recycle(buffer),
    retain: (buffer) => buffers.retain(buffer),
    close: () => files.closeAll(),
  };
}

type Parts = {
  readonly files: OpenFiles;
  readonly lanes: DiskLanes;
  readonly writes: Writes;
  readonly directories: DirectorySyncs;
  readonly buffers: ReadBuffers;
};

function submit(parts: Parts, request: DiskRequest, done: Done): Outcome<unknown> | undefined {
  if (parts.writes.isIdle) return start(parts, request, done);
  const whenItIsItsTurn = (): void => {
    const outcome = start(parts, request, done);
    if (outcome !== undefined) done(outcome);
  };
  if (parts.writes.delay(request, whenItIsItsTurn)) return undefined;
  return start(parts, request, done);
}

function start(parts: Parts, request: DiskRequest, done: Done): Outcome<unknown> | undefined {
  try {
    switch (request.operation) {
      case "datasync":
        return datasync(parts, request.args.path, done);
      case "write":
        return parts.writes.write(request.args, done);
      case "syncDirectory":
        return parts.directories.sync(request.args.path, done);
      default:
        return success(carryOut(parts, request));
    }
  } catch (error) {
    return faultOf(error);
  }
}

type Immediate = Exclude<DiskRequest, { operation: "datasync" | "write" | "syncDirectory" }>;

/** Throws what node:fs throws. */
function carryOut({ files, buffers }: Parts, request: Immediate): unknown {
  switch (request.operation) {
    case "create":
      return files.create(request.args.path);
    case "read":
      return read(files, buffers, request.args);
    case "size":
      return fs.fstatSync(files.forReading(request.args.path).fd).size;
    case "truncate": {
      const file = files.forWriting(request.args.path);
      fs.ftruncateSync(file.fd, request.args.size);
      file.isDirty = true;
      return null;
    }
    case "rename": {
      const { from, to } = request.args;
      fs.renameSync(from, to);
      files.moved(from, to);
      return null;
    }
    case "unlink":
      fs.unlinkSync(request.args.path);
      files.gone(request.args.path);
      return null;
    case "list":
      return list(request.args.path);
    case "makeDirectory":
      fs.mkdirSync(request.args.path, { recursive: true });
      return null;
    case "removeDirectory":
      fs.rmdirSync(request.args.path);
      return null;
    case "space": {
      const { bsize, blocks, bavail } = fs.statfsSync(request.args.path);
      return { totalBytes: bsize * blocks, freeBytes: bsize * bavail };
    }
  }
}

function read(
  files: OpenFiles,
  buffers: ReadBuffers,
  { path, position, length }: DiskArgs<"read">,
): Uint8Array<ArrayBuffer> {
  const { fd } = files.forReading(path);
  const bytes = buffers.take(length);
  let filled = 0;
  while (filled < length) {
    const count = fs.readSync(fd, bytes, filled, length - filled, position + filled);
    if (count === 0) return buffers.shortened(bytes, filled);
    filled += count;
  }
  return bytes;
}

/** Not zeroed, and not of the pool that small buffers share. */
function fresh(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
}

/** Where reads go: large buffers are used again when their bytes have left for all clients that get them. */
class ReadBuffers {
  private readonly pool = new BufferPool(READ_BYTES_KEPT_MAX);
  private readonly lent = new LentBuffers();

  take(length: number): Uint8Array<ArrayBuffer> {
    if (length < POOLED_BYTES_MIN) return fresh(length);
    const bytes = this.pool.take(length);
    this.lent.lend(bytes.buffer);
    return bytes;
  }

  /** The file ended early: what there is, in a buffer that is no longer than that. */
  shortened(bytes: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
    const short = bytes.slice(0, length);
    this.recycle(bytes.buffer);
    return short;
  }

  retain(buffer: ArrayBuffer): void {
    this.lent.retain(buffer);
  }

  recycle(buffer: ArrayBuffer): void {
    if (this.lent.release(buffer) && buffer.byteLength > 0) this.pool.giveBack(buffer);
  }
}

function list(path: string): DirectoryEntry[] {
  const entries: DirectoryEntry[] = [];
  for (const entry of fs.readdirSync(path, { withFileTypes: true })) {
    const { name } = entry;
    if (entry.isDirectory()) {
      entries.push({ name, isDirectory: true, sizeBytes: 0 });
      continue;
    }
    const stats = fs.statSync(`${path}/${name}`, { throwIfNoEntry: false });
    if (stats === undefined) continue;
    const isDirectory = stats.isDirectory();
    entries.push({ name, isDirectory, sizeBytes: isDirectory ? 0 : stats.size });
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function datasync({ files, lanes }: Parts, path: string, done: Done): undefined {
  const { pace, share } = lanes.of(path);
  const file = files.forReading(path);
  const ended = pace.begin();
  file.inFlight += 1;
  share.run((left) => {
    // Writes that come while the sync runs are not covered by it.
    file.isDirty = false;
    fs.fdatasync(file.fd, (error) => {
      left();
      files.settled(file);
      ended();
      done(error === null ? success(null) : faultOf(error));
    });
  });
}

/**
 * Syncs of directories. One that is asked for while another of the same directory runs waits for it
 * and then serves all who asked meanwhile: a thousand new partitions share a few syncs of their parent.
 */
class DirectorySyncs {
  private readonly lanes: DiskLanes;
  private readonly waiting = new Map<string, Done[]>();

  constructor(lanes: DiskLanes) {
    this.lanes = lanes;
  }

  sync(path: string, done: Done): undefined {
    const waiting = this.waiting.get(path);
    if (waiting !== undefined) {
      waiting.push(done);
      return;
    }
    this.waiting.set(path, []);
    this.start(path, [done]);
  }

  private start(path: string, served: readonly Done[]): void {
    syncDirectory(this.lanes, path, (outcome) => {
      const next = this.waiting.get(path)!;
      if (next.length === 0) {
        this.waiting.delete(path);
      } else {
        this.waiting.set(path, []);
        this.start(path, next);
      }
      for (const done of served) done(outcome);
    });
  }
}

function syncDirectory(
  lanes: DiskLanes,
  path: string,
  done: (outcome: Outcome<null>) => void,
): void {
  // Windows has no such call; its file systems keep names in order by themselves.
  if (process.platform === "win32") return setImmediate(done, success(null)) && undefined;
  const flags = fs.constants.O_RDONLY | fs.constants.O_DIRECTORY;
  lanes.of(path).share.run((left) => {
    const settle = (error: Error | null): void => {
      left();
      done(error === null ? success(null) : faultOf(error));
    };
    fs.open(path, flags, (openError, fd) => {
      if (openError !== null) return settle(openError);
      fs.fsync(fd, (syncError) => fs.close(fd, () => settle(syncError)));
    });
  });
}
