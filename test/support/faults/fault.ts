// How a test arms a fault in a node that runs in another process: by a file that the node's threads
// look for (host-module.ts) and that is gone once the fault has struck.
//
// Lives on: tests.

import { existsSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The environment variable that names the file. */
export const FAULT_VARIABLE = "GOFKA_TEST_FAULT_FILE";

export type Fault = {
  /** Strikes at the next write to a file whose path holds this. */
  readonly pathHas: string;
  readonly kind: "exception" | "assertion" | "silent end" | "stands still" | "syncs stand still";
  /** How long a host stands still. */
  readonly forMs?: number;
  /** Where syncs stand still: the pipe (mkfifo) that they wait for. They do until the fault is lifted. */
  readonly pipe?: string;
};

export class Faults {
  private readonly file: string;
  /** For the node's process. */
  readonly env: Readonly<Record<string, string>>;
  readonly nodeOptions: readonly string[] = [
    "--import",
    new URL("./preload.ts", import.meta.url).href,
  ];

  constructor(directory: string) {
    this.file = join(directory, "fault.json");
    this.env = { [FAULT_VARIABLE]: this.file };
  }

  arm(fault: Fault): void {
    writeFileSync(`${this.file}.new`, JSON.stringify(fault));
    renameSync(`${this.file}.new`, this.file);
  }

  lift(): void {
    rmSync(this.file, { force: true });
  }

  get hasStruck(): boolean {
    return !existsSync(this.file);
  }
}
