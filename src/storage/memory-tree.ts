// Names and directories of a file system kept in memory, with the answers a POSIX system gives. A name
// points at a node: whoever holds the node is not disturbed by what becomes of the name.
//
// Lives on: anywhere (pure).

import type { Fault, Outcome } from "../base/outcome.ts";
import { failure, success } from "../base/outcome.ts";
import type { DirectoryEntry } from "../runtime/ports.ts";
import type { MemoryFile } from "./memory-file.ts";

export class MemoryDirectory<F extends MemoryFile> {
  readonly entries = new Map<string, MemoryNode<F>>();
}

export type MemoryNode<F extends MemoryFile> = F | MemoryDirectory<F>;

/** Names of one directory that changed together. Null: the name is gone. */
export type NameChange<F extends MemoryFile> = {
  readonly name: string;
  readonly node: MemoryNode<F> | null;
};

export type NamesChanged<F extends MemoryFile> = (
  directory: MemoryDirectory<F>,
  changes: readonly NameChange<F>[],
) => void;

type Place<F extends MemoryFile> = {
  readonly directory: MemoryDirectory<F>;
  readonly name: string;
  readonly node: MemoryNode<F> | undefined;
};

const NAME_BYTES_MAX = 255;

export class MemoryTree<F extends MemoryFile> {
  root = new MemoryDirectory<F>();
  private readonly newFile: () => F;
  private readonly changed: NamesChanged<F>;

  constructor(newFile: () => F, changed: NamesChanged<F> = () => {}) {
    this.newFile = newFile;
    this.changed = changed;
  }

  create(path: string): Outcome<null> {
    const place = this.place(path);
    if (!place.ok) return place;
    const { directory, name, node } = place.value;
    if (node !== undefined) return failure("EEXIST", path);
    return this.change(directory, [{ name, node: this.newFile() }]);
  }

  file(path: string): Outcome<F> {
    const node = this.node(path);
    if (!node.ok) return node;
    if (node.value instanceof MemoryDirectory) return isDirectory(path);
    return success(node.value);
  }

  directory(path: string): Outcome<MemoryDirectory<F>> {
    const node = this.node(path);
    if (!node.ok) return node;
    if (node.value instanceof MemoryDirectory) return success(node.value);
    return failure("EINVAL", `${path} is no directory`);
  }

  list(path: string): Outcome<DirectoryEntry[]> {
    const directory = this.directory(path);
    if (!directory.ok) return directory;
    const entries = [...directory.value.entries].map(([name, node]) =>
      node instanceof MemoryDirectory
        ? { name, isDirectory: true, sizeBytes: 0 }
        : { name, isDirectory: false, sizeBytes: node.sizeBytes },
    );
    return success(entries.sort((a, b) => (a.name < b.name ? -1 : 1)));
  }

  rename(from: string, to: string): Outcome<null> {
    const source = this.place(from);
    const target = this.place(to);
    if (!source.ok) return source;
    if (!target.ok) return target;
    const { node } = source.value;
    if (node === undefined) return failure("ENOENT", from);
    const refused = refuseReplacing(node, target.value.node, to);
    if (refused !== null) return refused;
    const gone = { name: source.value.name, node: null };
    const come = { name: target.value.name, node };
    if (source.value.directory === target.value.directory) {
      const isSame = gone.name === come.name;
      return isSame ? success(null) : this.change(source.value.directory, [gone, come]);
    }
    this.change(target.value.directory, [come]);
    return this.change(source.value.directory, [gone]);
  }

  unlink(path: string): Outcome<null> {
    const place = this.place(path);
    if (!place.ok) return place;
    const { directory, name, node } = place.value;
    if (node === undefined) return failure("ENOENT", path);
    if (node instanceof MemoryDirectory) return isDirectory(path);
    return this.change(directory, [{ name, node: null }]);
  }

  makeDirectory(path: string): Outcome<null> {
    let directory = this.root;
    for (const name of namesOf(path)) {
      let node = directory.entries.get(name);
      if (node === undefined) {
        if (name.length > NAME_BYTES_MAX) return failure("EINVAL", `${path}: a name is too long`);
        node = new MemoryDirectory<F>();
        this.change(directory, [{ name, node }]);
      }
      if (!(node instanceof MemoryDirectory)) return failure("EEXIST", path);
      directory = node;
    }
    return success(null);
  }

  removeDirectory(path: string): Outcome<null> {
    const place = this.place(path);
    if (!place.ok) return place;
    const { directory, name, node } = place.value;
    if (node === undefined) return failure("ENOENT", path);
    if (!(node instanceof MemoryDirectory)) return failure("EINVAL", `${path} is no directory`);
    if (node.entries.size > 0) return failure("ENOTEMPTY", path);
    return this.change(directory, [{ name, node: null }]);
  }

  private change(directory: MemoryDirectory<F>, changes: readonly NameChange<F>[]): Outcome<null> {
    applyNames(directory.entries, changes);
    this.changed(directory, changes);
    return success(null);
  }

  private node(path: string): Outcome<MemoryNode<F>> {
    if (namesOf(path).length === 0) return success(this.root);
    const place = this.place(path);
    if (!place.ok) return place;
    return place.value.node === undefined ? failure("ENOENT", path) : success(place.value.node);
  }

  /** The directory a path's last name is or would be in. */
  private place(path: string): Outcome<Place<F>> {
    const names = namesOf(path);
    const name = names.pop();
    if (name === undefined) return failure("EINVAL", `${path} has no name`);
    if (name.length > NAME_BYTES_MAX) return failure("EINVAL", `${path}: the name is too long`);
    let directory = this.root;
    for (const parent of names) {
      const node = directory.entries.get(parent);
      if (node === undefined) return failure("ENOENT", path);
      if (!(node instanceof MemoryDirectory)) return failure("EINVAL", `${parent} is no directory`);
      directory = node;
    }
    return success({ directory, name, node: directory.entries.get(name) });
  }
}

export function applyNames<F extends MemoryFile>(
  entries: Map<string, MemoryNode<F>>,
  changes: readonly NameChange<F>[],
): void {
  for (const { name, node } of changes) {
    if (node === null) entries.delete(name);
    else entries.set(name, node);
  }
}

function namesOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}

function refuseReplacing<F extends MemoryFile>(
  node: MemoryNode<F>,
  replaced: MemoryNode<F> | undefined,
  to: string,
): Fault | null {
  if (replaced === undefined || replaced === node) return null;
  const isTree = node instanceof MemoryDirectory;
  if (isTree !== replaced instanceof MemoryDirectory) return failure("EINVAL", to);
  const isFull = replaced instanceof MemoryDirectory && replaced.entries.size > 0;
  return isFull ? failure("ENOTEMPTY", to) : null;
}

function isDirectory(path: string): Fault {
  return failure("EINVAL", `${path} is a directory`);
}
