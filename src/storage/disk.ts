// The real Disk port, over node:fs. Reads and writes go to the page cache and are answered on the spot:
// measured cheaper than any way around it. Syncs wait for a device, so they run in the system's thread
// pool and are answered later; a host thread never stands still for one.
//
// Descriptors stay open, a bounded number of them. Those with writes that no sync has covered stay the
// longest: an error of writing back is told to descriptors that were open at the time.
//
// Lives on: host thread.

import * as fs from "node:fs";
import { assert } from "../base/assert.ts";
import { BufferPool } from "../base/buffer-pool.ts";
import type { Outcome } from "../base/outcome.ts";
import { success } from "../base/outcome.ts";
import { codeOf, faultOf } from "../base/errno.ts";
import type { DirectoryEntry, Disk, DiskArgs, DiskRequest } from "../runtime/ports.ts";

export type RealDisk = Disk & {
  /** Closes every descriptor. Nothing may be in flight. */
  close(): void;
};

/** Reads from this size on go to buffers that are used again, and so much of them is kept. */
const POOLED_BYTES_MIN = 64 * 1024;
const READ_BYTES_KEPT_MAX = 16 * 1024 * 1024;
/** A host of a node with a thousand partitions works with most of their files at a time. */
const OPEN_FILES_MAX = 1024;

type OpenFile = {
  readonly fd: number;
  readonly path: string;
  readonly writable: boolean;
  isDirty: boolean;
  syncsInFlight: number;
  /** Its name is gone: to be closed with the last sync. */
  isOrphan: boolean;
};

type Done = (outcome: Outcome<unknown>) => void;

export function realDisk(openFilesMax = OPEN_FILES_MAX): RealDisk {
  const files = new OpenFiles(openFilesMax);
  const directories = new DirectorySyncs();
  const buffers = new ReadBuffers();
  return {
    submit: (request, done) => submit({ files, directories, buffers }, request, done),
    recycle: (buffer) => buffers.recycle(buffer),
    close: () => files.closeAll(),
  };
}

type Parts = {
  readonly files: OpenFiles;
  readonly directories: DirectorySyncs;
  readonly buffers: ReadBuffers;
};

function submit(parts: Parts, request: DiskRequest, done: Done): Outcome<unknown> | undefined {
  const { files, directories } = parts;
  try {
    switch (request.operation) {
      case "datasync":
        return datasync(files, request.args.path, done);
      case "syncDirectory":
        return directories.sync(request.args.path, done);
      default:
        return success(carryOut(parts, request));
    }
  } catch (error) {
    return faultOf(error);
  }
}

type Immediate = Exclude<DiskRequest, { operation: "datasync" | "syncDirectory" }>;

/** Throws what node:fs throws. */
function carryOut({ files, buffers }: Parts, request: Immediate): unknown {
  switch (request.operation) {
    case "create":
      return files.create(request.args.path);
    case "write":
      return write(files, request.args);
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

/** A short count is told when some bytes went and the next ones did not. */
function write(
  files: OpenFiles,
  { path, position, chunks }: DiskArgs<"write">,
): { bytesWritten: number } {
  const file = files.forWriting(path);
  file.isDirty = true;
  let wanted = 0;
  for (const chunk of chunks) wanted += chunk.length;
  let bytesWritten = 0;
  let rest = chunks;
  while (bytesWritten < wanted) {
    let count: number;
    try {
      count = writeOnce(file.fd, rest, position + bytesWritten);
    } catch (error) {
      if (bytesWritten === 0) throw error;
      return { bytesWritten };
    }
    bytesWritten += count;
    if (bytesWritten < wanted) rest = withoutFirst(rest, count);
  }
  return { bytesWritten };
}

function writeOnce(fd: number, chunks: readonly Uint8Array[], position: number): number {
  const [only, ...others] = chunks;
  if (only !== undefined && others.length === 0) {
    return fs.writeSync(fd, only, 0, only.length, position);
  }
  return fs.writevSync(fd, chunks, position);
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

/** Where reads go: large buffers are used again when their bytes have left for a client. */
class ReadBuffers {
  private readonly pool = new BufferPool(READ_BYTES_KEPT_MAX);
  private readonly lent = new WeakSet<ArrayBuffer>();

  take(length: number): Uint8Array<ArrayBuffer> {
    // Not zeroed, and not of the pool that small buffers share.
    if (length < POOLED_BYTES_MIN) return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
    const bytes = this.pool.take(length);
    this.lent.add(bytes.buffer);
    return bytes;
  }

  /** The file ended early: what there is, in a buffer that is no longer than that. */
  shortened(bytes: Uint8Array<ArrayBuffer>, length: number): Uint8Array<ArrayBuffer> {
    const short = bytes.slice(0, length);
    this.recycle(bytes.buffer);
    return short;
  }

  recycle(buffer: ArrayBuffer): void {
    if (this.lent.delete(buffer) && buffer.byteLength > 0) this.pool.giveBack(buffer);
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

function datasync(files: OpenFiles, path: string, done: Done): undefined {
  const file = files.forReading(path);
  file.syncsInFlight += 1;
  // Writes that come while the sync runs are not covered by it.
  file.isDirty = false;
  fs.fdatasync(file.fd, (error) => {
    file.syncsInFlight -= 1;
    if (file.isOrphan && file.syncsInFlight === 0) closeLater(file.fd);
    done(error === null ? success(null) : faultOf(error));
  });
  return undefined;
}

/** What an error here would tell, a sync has told before. */
function closeLater(fd: number): void {
  fs.close(fd, () => {});
}

/** Open descriptors by path. */
class OpenFiles {
  private readonly max: number;
  /** The least recently used first. */
  private readonly byPath = new Map<string, OpenFile>();

  constructor(max: number) {
    this.max = max;
  }

  create(path: string): null {
    this.add(path, fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_EXCL, true);
    return null;
  }

  forWriting(path: string): OpenFile {
    const file = this.known(path);
    if (file?.writable === true) return file;
    if (file !== undefined) this.release(file);
    return this.add(path, fs.constants.O_RDWR, true);
  }

  /** Files are opened for both, so that one descriptor serves; those not ours to write, for reading. */
  forReading(path: string): OpenFile {
    const file = this.known(path);
    if (file !== undefined) return file;
    try {
      return this.add(path, fs.constants.O_RDWR, true);
    } catch (error) {
      const code = codeOf(error);
      if (code !== "EACCES" && code !== "EROFS") throw error;
      return this.add(path, fs.constants.O_RDONLY, false);
    }
  }

  /** With the last descriptor the file goes, which takes long for a large one: not on this thread. */
  gone(path: string): void {
    const file = this.byPath.get(path);
    if (file !== undefined) this.release(file, closeLater);
  }

  /** Open descriptors follow a file to its new name; those below a directory are opened anew. */
  moved(from: string, to: string): void {
    this.gone(to);
    const file = this.byPath.get(from);
    if (file !== undefined) {
      this.byPath.delete(from);
      const { fd, writable, isDirty } = file;
      if (file.syncsInFlight > 0) file.isOrphan = true;
      else this.byPath.set(to, { ...file, fd, path: to, writable, isDirty });
      return;
    }
    for (const below of [...this.byPath.values()]) {
      if (below.path.startsWith(`${from}/`)) this.release(below);
    }
  }

  closeAll(): void {
    for (const file of [...this.byPath.values()]) this.release(file);
  }

  private known(path: string): OpenFile | undefined {
    const file = this.byPath.get(path);
    if (file === undefined) return undefined;
    this.byPath.delete(path);
    this.byPath.set(path, file);
    return file;
  }

  private add(path: string, flags: number, writable: boolean): OpenFile {
    while (this.byPath.size >= this.max && this.releaseOne());
    let fd: number;
    try {
      fd = fs.openSync(path, flags, 0o644);
    } catch (error) {
      if (codeOf(error) !== "EMFILE" || !this.releaseOne()) throw error;
      fd = fs.openSync(path, flags, 0o644);
    }
    const rest = { isDirty: false, syncsInFlight: 0, isOrphan: false };
    const file: OpenFile = { fd, path, writable, ...rest };
    if (fs.fstatSync(fd).isDirectory()) {
      fs.closeSync(fd);
      throw Object.assign(new Error(`${path} is a directory`), { code: "EISDIR" });
    }
    this.byPath.set(path, file);
    return file;
  }

  /** The least recently used one that is clean, or else the least recently used. */
  private releaseOne(): boolean {
    let chosen: OpenFile | undefined;
    for (const file of this.byPath.values()) {
      if (file.syncsInFlight > 0) continue;
      chosen ??= file;
      if (file.isDirty) continue;
      chosen = file;
      break;
    }
    if (chosen === undefined) return false;
    this.release(chosen);
    return true;
  }

  private release(file: OpenFile, close: (fd: number) => void = fs.closeSync): void {
    assert(this.byPath.get(file.path) === file, `${file.path} is not open`);
    this.byPath.delete(file.path);
    if (file.syncsInFlight > 0) file.isOrphan = true;
    else close(file.fd);
  }
}

/**
 * Syncs of directories. One that is asked for while another of the same directory runs waits for it
 * and then serves all who asked meanwhile: a thousand new partitions share a few syncs of their parent.
 */
class DirectorySyncs {
  private readonly waiting = new Map<string, Done[]>();

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
    syncDirectory(path, (outcome) => {
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

function syncDirectory(path: string, done: (outcome: Outcome<null>) => void): void {
  // Windows has no such call; its file systems keep names in order by themselves.
  if (process.platform === "win32") return setImmediate(done, success(null)) && undefined;
  const flags = fs.constants.O_RDONLY | fs.constants.O_DIRECTORY;
  fs.open(path, flags, (openError, fd) => {
    if (openError !== null) return done(faultOf(openError));
    fs.fsync(fd, (syncError) => {
      fs.close(fd, () => done(syncError === null ? success(null) : faultOf(syncError)));
    });
  });
}
