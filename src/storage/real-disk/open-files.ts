// Open descriptors of the real disk, a bounded number of them. Those with writes that no sync has covered
// stay the longest: an error of writing back is told to descriptors that were open at the time.
//
// Lives on: host thread (part of the Disk adapter).

import * as fs from "node:fs";
import { codeOf } from "../../base/errno.ts";
import { assert } from "../../base/assert.ts";
import type { DiskLanes } from "./lanes.ts";

export type OpenFile = {
  readonly fd: number;
  readonly path: string;
  readonly writable: boolean;
  isDirty: boolean;
  /** Syncs and writes that the thread pool works at. */
  inFlight: number;
  /** Its name is gone: to be closed with the last of them. */
  isOrphan: boolean;
};

/** Open descriptors by path. */
export class OpenFiles {
  private readonly max: number;
  private readonly lanes: Pick<DiskLanes, "of">;
  /** The least recently used first. */
  private readonly byPath = new Map<string, OpenFile>();

  constructor(max: number, lanes: Pick<DiskLanes, "of">) {
    this.max = max;
    this.lanes = lanes;
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
    if (file !== undefined) this.release(file, () => this.closeLater(file));
  }

  /** Open descriptors follow a file to its new name; those below a directory are opened anew. */
  moved(from: string, to: string): void {
    this.gone(to);
    const file = this.byPath.get(from);
    if (file !== undefined) {
      this.byPath.delete(from);
      const { fd, writable, isDirty } = file;
      if (file.inFlight > 0) file.isOrphan = true;
      else this.byPath.set(to, { ...file, fd, path: to, writable, isDirty });
      return;
    }
    for (const below of [...this.byPath.values()]) {
      if (below.path.startsWith(`${from}/`)) this.release(below);
    }
  }

  /** The thread pool is done with it: what was waiting for that happens now. */
  settled(file: OpenFile): void {
    file.inFlight -= 1;
    if (file.isOrphan && file.inFlight === 0) this.closeLater(file);
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
    const rest = { isDirty: false, inFlight: 0, isOrphan: false };
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
      if (file.inFlight > 0) continue;
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
    if (file.inFlight > 0) file.isOrphan = true;
    else close(file.fd);
  }

  /** What an error here would tell, a sync has told before. */
  private closeLater({ fd, path }: OpenFile): void {
    this.lanes.of(path).share.run((left) => fs.close(fd, left));
  }
}
