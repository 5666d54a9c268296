// What a simulated disk holds: for every file what a power cut cannot touch and, in order, what it
// can; for every directory the same of its names. Contents and names are lost apart from each other
// (ALICE, OSDI'14): a file may keep its bytes and lose its name, or the other way round.
//
// Lives on: the simulator's thread.

import type { Prng } from "../base/prng.ts";
import { MemoryFile } from "../storage/memory-file.ts";
import type { MemoryNode, NameChange } from "../storage/memory-tree.ts";
import { applyNames, MemoryDirectory, MemoryTree } from "../storage/memory-tree.ts";

const nothing: ReadonlyMap<string, MemoryNode<SimFile>> = new Map();
const SECTOR_BYTES = 512;

type ContentChange =
  | { readonly kind: "write"; readonly position: number; readonly bytes: Uint8Array }
  | { readonly kind: "truncate"; readonly size: number };

type Names = Map<string, MemoryNode<SimFile>>;
type NameState = { readonly durable: Names; pending: (readonly NameChange<SimFile>[])[] };

/** How much of what was not synced outlives a power cut, drawn for each file and each directory. */
type Survival = "all" | "none" | "prefix" | "any";
const SURVIVALS: readonly Survival[] = ["all", "none", "prefix", "any"];

/** A file as the running system sees it, with what is under it. */
export class SimFile extends MemoryFile {
  private durable = new MemoryFile();
  private pending: ContentChange[] = [];
  private rewrites = 0;

  override write(position: number, bytes: Uint8Array): void {
    super.write(position, bytes);
    this.pending.push({ kind: "write", position, bytes: bytes.slice() });
  }

  override truncate(size: number): void {
    super.truncate(size);
    this.pending.push({ kind: "truncate", size });
  }

  /** What a power cut cannot touch. The count grows whenever it may be other than longer. */
  get surely(): { readonly content: MemoryFile; readonly rewrites: number } {
    return { content: this.durable, rewrites: this.rewrites };
  }

  sync(): void {
    const { sizeBytes } = this.durable;
    const rewrites = this.pending.some(
      (change) => change.kind === "truncate" || change.position < sizeBytes,
    );
    if (rewrites) this.rewrites += 1;
    for (const change of this.pending) apply(this.durable, change);
    this.pending = [];
  }

  /**
   * The device refused the pages. The kernel has marked them clean all the same, so that the next sync
   * has nothing to do and succeeds; until they are dropped they still read as if nothing had happened.
   */
  failSync(prng: Prng): void {
    this.pending = [];
    if (prng.chance(0.5)) this.become(this.durable.copy());
  }

  powerCut(prng: Prng): void {
    const content = this.durable;
    const survival = prng.pick(SURVIVALS);
    const count = survival === "prefix" ? prng.below(this.pending.length + 1) : 0;
    for (const [at, change] of this.pending.entries()) {
      if (survival === "all" || (survival === "prefix" && at < count)) apply(content, change);
      else if (survival === "any" || (survival === "prefix" && at === count)) {
        applyByChance(content, change, prng);
      }
    }
    this.become(content.copy());
  }

  /** One bit of what is surely on disk goes bad. False when nothing is. */
  flipBit(prng: Prng): boolean {
    if (this.durable.sizeBytes === 0) return false;
    const position = prng.below(this.durable.sizeBytes);
    const mask = 1 << prng.below(8);
    for (const content of [this.durable, this]) {
      const byte = content.read(position, 1);
      if (byte.length === 0) continue;
      byte[0] = byte[0]! ^ mask;
      // Not a write of the system's: nothing that a sync or a power cut would know of.
      MemoryFile.prototype.write.call(content, position, byte);
    }
    return true;
  }

  private become(content: MemoryFile): void {
    this.rewrites += 1;
    super.truncate(0);
    super.write(0, content.read(0, content.sizeBytes));
    this.durable = content;
    this.pending = [];
  }
}

function apply(content: MemoryFile, change: ContentChange): void {
  if (change.kind === "write") content.write(change.position, change.bytes);
  else content.truncate(change.size);
}

/** Kept, lost, torn between sectors, or nothing but the new length. */
function applyByChance(content: MemoryFile, change: ContentChange, prng: Prng): void {
  const fate = prng.below(4);
  if (fate === 0) return;
  if (fate === 1 || change.kind === "truncate") return apply(content, change);
  const { position, bytes } = change;
  const end = position + bytes.length;
  if (fate === 2) {
    if (end > content.sizeBytes) content.truncate(end);
    return;
  }
  for (let from = position; from < end;) {
    const to = Math.min(end, (Math.floor(from / SECTOR_BYTES) + 1) * SECTOR_BYTES);
    if (prng.chance(0.5)) content.write(from, bytes.subarray(from - position, to - position));
    from = to;
  }
}

export class DiskImage {
  readonly tree: MemoryTree<SimFile>;
  private readonly names = new Map<MemoryDirectory<SimFile>, NameState>();

  constructor() {
    this.tree = new MemoryTree(
      () => new SimFile(),
      (directory, changes) => this.namesOf(directory).pending.push(changes),
    );
  }

  syncDirectory(directory: MemoryDirectory<SimFile>): void {
    const state = this.namesOf(directory);
    for (const changes of state.pending) applyNames(state.durable, changes);
    state.pending = [];
  }

  /** The names in a directory that a power cut cannot touch; none where there is no such directory. */
  surelyIn(path: string): ReadonlyMap<string, MemoryNode<SimFile>> {
    let directory: MemoryNode<SimFile> | undefined = this.tree.root;
    for (const name of path.split("/").filter((each) => each !== "")) {
      if (!(directory instanceof MemoryDirectory)) return nothing;
      directory = this.namesOf(directory).durable.get(name);
    }
    return directory instanceof MemoryDirectory ? this.namesOf(directory).durable : nothing;
  }

  /** What is left is what the next start finds, and all of it is on disk. */
  powerCut(prng: Prng): void {
    const files = new Set<SimFile>();
    this.cutNames(this.tree.root, prng, files);
    for (const file of files) file.powerCut(prng);
  }

  private cutNames(directory: MemoryDirectory<SimFile>, prng: Prng, files: Set<SimFile>): void {
    const state = this.namesOf(directory);
    const survival = prng.pick(SURVIVALS);
    const count = survival === "prefix" ? prng.below(state.pending.length + 1) : 0;
    for (const [at, changes] of state.pending.entries()) {
      const isKept =
        survival === "all" ||
        (survival === "prefix" && at < count) ||
        (survival === "any" && prng.chance(0.5));
      // A rename of a name that was never made does nothing.
      if (isKept) applyNames(state.durable, changes);
    }
    state.pending = [];
    directory.entries.clear();
    // Sorted, so that what is drawn for each does not depend on the order of making.
    for (const [name, node] of [...state.durable].sort(([a], [b]) => (a < b ? -1 : 1))) {
      directory.entries.set(name, node);
      if (node instanceof MemoryDirectory) this.cutNames(node, prng, files);
      else files.add(node);
    }
  }

  private namesOf(directory: MemoryDirectory<SimFile>): NameState {
    let state = this.names.get(directory);
    if (state === undefined) {
      state = { durable: new Map(), pending: [] };
      this.names.set(directory, state);
    }
    return state;
  }
}
