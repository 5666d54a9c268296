// One log over a disk that counts what is asked of it, driven step by step: what tests of the log share.

import type { FaultCode } from "../../src/base/outcome.ts";
import type { Disk } from "../../src/runtime/ports.ts";
import type { Routine } from "../../src/runtime/routine.ts";
import { Log } from "../../src/storage/log.ts";
import type { LogSettings, OpenOptions } from "../../src/storage/log.ts";
import { memoryDisk } from "../../src/storage/memory-disk.ts";
import { DiskByHand } from "./disk-by-hand.ts";
import { GatedDisk } from "./gated-disk.ts";
import type { BatchDraft } from "./log-fixtures.ts";
import { batchOf, directory, optionsOf, START_MS } from "./log-fixtures.ts";
import type { Driver } from "./run-routine.ts";
import { driverOver } from "./run-routine.ts";

export class LogDesk {
  readonly disk: GatedDisk;
  readonly files: DiskByHand;
  readonly driver: Driver;
  readonly changes: Partial<LogSettings>;
  log: Log;
  nowMs = START_MS;

  constructor(changes: Partial<LogSettings> = {}, below: Disk = memoryDisk()) {
    this.disk = new GatedDisk(below);
    this.files = new DiskByHand(below);
    this.driver = driverOver(this.disk);
    this.changes = changes;
    this.log = this.driver.run(Log.create(optionsOf(changes)));
  }

  append(draft: BatchDraft = {}): void {
    const batch = batchOf(this.log.logEndOffset, draft);
    this.driver.run(this.log.append(batch.bytes, batch.info, this.nowMs));
  }

  read(offset: number, maxBytes = 1e6): Uint8Array {
    return this.driver.run(this.log.read(offset, maxBytes, this.log.logEndOffset, true));
  }

  open(options: Partial<OpenOptions> = {}): ReturnType<typeof Log.open> {
    const { recoveryPoint, logStartOffset } = this.log;
    const hints = { cleanStart: false, recoveryPoint, logStartOffset };
    return Log.open({ ...optionsOf(this.changes), nowMs: this.nowMs, ...hints, ...options });
  }

  reopen(options: Partial<OpenOptions> = {}) {
    const opened = this.driver.run(this.open(options));
    this.log = opened.log;
    return opened.report;
  }

  names(): string[] {
    return this.files.list(directory);
  }

  fault<T>(routine: Routine<T>): FaultCode | "none" {
    const outcome = this.driver.try(routine);
    return outcome?.ok === false ? outcome.fault : "none";
  }

  /** Operations asked of the disk by `work`. */
  count(work: () => void): string[] {
    const before = this.disk.requests.length;
    work();
    return this.disk.requests.slice(before).map((each) => each.split(" ")[0]!);
  }
}

export const logNames = (names: readonly string[]): number[] =>
  names.filter((name) => name.endsWith(".log")).map((name) => Number(name.slice(0, 20)));
