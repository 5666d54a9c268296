// What a simulated run leaves behind: a rolling 64-bit hash over everything that happened, which two
// runs of one seed must share, and the last few lines for whoever has to find out why one failed.
//
// Lives on: the simulator's thread.

import { fnv1a32 } from "../base/hash.ts";

const LINES_KEPT = 400;

/** Text that costs nothing unless somebody reads it. */
type Line = { readonly atMs: number; readonly text: string | (() => string) };

export class Trace {
  /** Called with every line as it is made: `--verbose`. */
  onLine: ((line: string) => void) | undefined;
  private low = 0x811c9dc5 | 0;
  private high = 0x9e3779b9 | 0;
  private readonly lines: Line[] = [];
  private next = 0;
  private readonly hashes = new Map<string, number>();

  /** Feeds any 32 bits into the hash. */
  note(word: number): void {
    this.low = Math.imul((this.low ^ word) | 0, 0x01000193);
    this.low ^= this.low >>> 15;
    this.high = Math.imul((this.high + word + this.low) | 0, 0x85ebca6b);
    this.high = (this.high << 13) | (this.high >>> 19);
  }

  noteText(text: string): void {
    let hash = this.hashes.get(text);
    if (hash === undefined) {
      hash = fnv1a32(text);
      // Labels repeat; free text does not and must not fill the memory.
      if (this.hashes.size < 10_000) this.hashes.set(text, hash);
    }
    this.note(hash);
  }

  noteBytes(bytes: Uint8Array): void {
    let hash = bytes.byteLength;
    for (let at = 0; at < bytes.byteLength; at++) {
      hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
    }
    this.note(hash);
  }

  /** Keeps a line for the failure report. Does not feed the hash. */
  line(atMs: number, text: string | (() => string)): void {
    this.lines[this.next] = { atMs, text };
    this.next = (this.next + 1) % LINES_KEPT;
    this.onLine?.(formatLine({ atMs, text }));
  }

  /** The last lines, oldest first. */
  last(count = LINES_KEPT): string[] {
    const ordered = [...this.lines.slice(this.next), ...this.lines.slice(0, this.next)];
    return ordered.slice(-count).map(formatLine);
  }

  /** 16 hexadecimal digits. */
  hash(): string {
    const hex = (word: number): string => (word >>> 0).toString(16).padStart(8, "0");
    return hex(this.high) + hex(this.low);
  }
}

function formatLine({ atMs, text }: Line): string {
  return `${atMs.toFixed(3).padStart(12)}  ${typeof text === "string" ? text : text()}`;
}
