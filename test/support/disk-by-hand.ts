// Lets a test do things to a disk at once: for disks that answer on the spot or when their clock is
// not needed.
//
// Lives on: tests.

import { strict as assert } from "node:assert";
import type { Outcome } from "../../src/base/outcome.ts";
import type {
  Disk,
  DiskArgs,
  DiskOperation,
  DiskRequest,
  DiskResult,
} from "../../src/runtime/ports.ts";

export class DiskByHand {
  private readonly disk: Disk;

  constructor(disk: Disk) {
    this.disk = disk;
  }

  try<K extends DiskOperation>(operation: K, args: DiskArgs<K>): Outcome<DiskResult<K>> {
    let outcome: Outcome<unknown> | undefined;
    const atOnce = this.disk.submit({ operation, args } as DiskRequest, (late) => {
      outcome = late;
    });
    outcome = atOnce ?? outcome;
    assert.ok(outcome !== undefined, `${operation} was not answered at once`);
    return outcome as Outcome<DiskResult<K>>;
  }

  do<K extends DiskOperation>(operation: K, args: DiskArgs<K>): DiskResult<K> {
    const outcome = this.try(operation, args);
    assert.ok(outcome.ok, `${operation}: ${JSON.stringify(outcome)}`);
    return outcome.value;
  }

  makeDirectory(path: string): void {
    this.do("makeDirectory", { path });
  }

  /** Names in a directory. */
  list(path: string): string[] {
    return this.do("list", { path }).map(({ name }) => name);
  }

  read(path: string): Uint8Array<ArrayBuffer> {
    const length = this.do("size", { path });
    return this.do("read", { path, position: 0, length });
  }

  /** Undefined when there is no such file. */
  readText(path: string): string | undefined {
    return this.try("size", { path }).ok ? new TextDecoder().decode(this.read(path)) : undefined;
  }

  /** Replaces what was there. */
  write(path: string, bytes: Uint8Array): void {
    if (!this.try("create", { path }).ok) this.do("truncate", { path, size: 0 });
    this.do("write", { path, position: 0, chunks: [bytes] });
  }

  writeText(path: string, text: string): void {
    this.write(path, new TextEncoder().encode(text));
  }
}
