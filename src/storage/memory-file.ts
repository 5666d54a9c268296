// The bytes of a file kept in memory. The first block grows with the file, so that a thousand small
// files stay small; the blocks after it have one size, so that a large file is never copied whole.
//
// Lives on: anywhere (pure).

const BLOCK_BYTES = 1024 * 1024;
const FIRST_BYTES = 1024;

export class MemoryFile {
  private size = 0;
  private readonly blocks: Uint8Array<ArrayBuffer>[] = [];

  get sizeBytes(): number {
    return this.size;
  }

  write(position: number, bytes: Uint8Array): void {
    this.reserve(Math.max(this.size, position + bytes.length));
    let done = 0;
    while (done < bytes.length) {
      const at = position + done;
      const block = this.blocks[Math.floor(at / BLOCK_BYTES)]!;
      const start = at % BLOCK_BYTES;
      const length = Math.min(bytes.length - done, block.length - start);
      block.set(bytes.subarray(done, done + length), start);
      done += length;
    }
    this.size = Math.max(this.size, position + bytes.length);
  }

  /** Fewer bytes at the end of the file; in a buffer of their own. */
  read(position: number, length: number): Uint8Array<ArrayBuffer> {
    const result = new Uint8Array(Math.max(0, Math.min(length, this.size - position)));
    let done = 0;
    while (done < result.length) {
      const at = position + done;
      const block = this.blocks[Math.floor(at / BLOCK_BYTES)]!;
      const start = at % BLOCK_BYTES;
      const piece = block.subarray(start, start + Math.min(result.length - done, BLOCK_BYTES));
      const fits = piece.subarray(0, result.length - done);
      result.set(fits, done);
      done += fits.length;
    }
    return result;
  }

  /** What was cut off reads as zeros if the file grows again. */
  truncate(size: number): void {
    if (size > this.size) {
      this.reserve(size);
      this.size = size;
      return;
    }
    this.size = size;
    this.blocks.length = Math.ceil(size / BLOCK_BYTES);
    const last = this.blocks.at(-1);
    const used = size - Math.max(0, this.blocks.length - 1) * BLOCK_BYTES;
    if (last !== undefined) last.fill(0, used);
  }

  copy(): MemoryFile {
    const copied = new MemoryFile();
    for (const block of this.blocks) copied.blocks.push(block.slice());
    copied.size = this.size;
    return copied;
  }

  private reserve(size: number): void {
    if (this.blocks.length <= 1) this.growFirst(Math.min(size, BLOCK_BYTES));
    while (this.blocks.length * BLOCK_BYTES < size) this.blocks.push(new Uint8Array(BLOCK_BYTES));
  }

  /** A first block that is followed by others has its full size. */
  private growFirst(size: number): void {
    const first = this.blocks[0];
    const capacity = first?.length ?? 0;
    if (size <= capacity) return;
    const grown = new Uint8Array(Math.min(BLOCK_BYTES, Math.max(FIRST_BYTES, capacity * 2, size)));
    if (first !== undefined) grown.set(first);
    this.blocks[0] = grown;
  }
}
