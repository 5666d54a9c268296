// A Disk that keeps everything in memory, for a node embedded without a data directory. Nothing
// outlives the process; every operation is answered on the spot.
//
// Lives on: anywhere (pure).

import type { Outcome } from "../base/outcome.ts";
import { failure, success } from "../base/outcome.ts";
import type { Disk, DiskArgs, DiskRequest } from "../runtime/ports.ts";
import { MemoryFile } from "./memory-file.ts";
import type { MemoryNode } from "./memory-tree.ts";
import { MemoryDirectory, MemoryTree } from "./memory-tree.ts";

/** What a disk without a limit says of its size. */
const NO_LIMIT_BYTES = 2 ** 44;

export function memoryDisk(bytesMax: number = NO_LIMIT_BYTES): Disk {
  const tree = new MemoryTree(() => new MemoryFile());
  const usedBytes = () => bytesBelow(tree.root);
  return {
    submit: (request) =>
      request.operation === "write"
        ? writeWithin(
            tree,
            request.args,
            bytesMax === NO_LIMIT_BYTES ? null : bytesMax - usedBytes(),
          )
        : carryOut(tree, request, bytesMax, usedBytes),
  };
}

/** Every operation but `write`. Syncs succeed at once: nothing here can be lost by itself. */
export function carryOut<F extends MemoryFile>(
  tree: MemoryTree<F>,
  request: Exclude<DiskRequest, { operation: "write" }>,
  totalBytes: number,
  usedBytes: () => number,
): Outcome<unknown> {
  switch (request.operation) {
    case "create":
      return tree.create(request.args.path);
    case "read": {
      const { path, position, length } = request.args;
      const file = tree.file(path);
      return file.ok ? success(file.value.read(position, length)) : file;
    }
    case "size": {
      const file = tree.file(request.args.path);
      return file.ok ? success(file.value.sizeBytes) : file;
    }
    case "truncate": {
      const file = tree.file(request.args.path);
      if (file.ok) file.value.truncate(request.args.size);
      return file.ok ? success(null) : file;
    }
    case "datasync": {
      const file = tree.file(request.args.path);
      return file.ok ? success(null) : file;
    }
    case "rename":
      return tree.rename(request.args.from, request.args.to);
    case "unlink":
      return tree.unlink(request.args.path);
    case "list":
      return tree.list(request.args.path);
    case "makeDirectory":
      return tree.makeDirectory(request.args.path);
    case "removeDirectory":
      return tree.removeDirectory(request.args.path);
    case "syncDirectory": {
      const directory = tree.directory(request.args.path);
      return directory.ok ? success(null) : directory;
    }
    case "space":
      return success({ totalBytes, freeBytes: Math.max(0, totalBytes - usedBytes()) });
  }
}

/** `freeBytes` null: there is no limit. What is overwritten counts as room too. */
export function writeWithin<F extends MemoryFile>(
  tree: MemoryTree<F>,
  { path, position, chunks }: DiskArgs<"write">,
  freeBytes: number | null,
): Outcome<{ bytesWritten: number }> {
  const file = tree.file(path);
  if (!file.ok) return file;
  let wanted = 0;
  for (const chunk of chunks) wanted += chunk.length;
  const end = freeBytes === null ? Infinity : file.value.sizeBytes + Math.max(0, freeBytes);
  const bytesMax = Math.max(0, Math.min(wanted, end - position));
  if (bytesMax === 0 && wanted > 0) return failure("ENOSPC", path);
  let written = 0;
  for (const chunk of chunks) {
    if (written === bytesMax) break;
    const part = chunk.subarray(0, bytesMax - written);
    file.value.write(position + written, part);
    written += part.length;
  }
  return success({ bytesWritten: written });
}

export function bytesBelow<F extends MemoryFile>(node: MemoryNode<F>): number {
  if (!(node instanceof MemoryDirectory)) return node.sizeBytes;
  let bytes = 0;
  for (const child of node.entries.values()) bytes += bytesBelow(child);
  return bytes;
}
