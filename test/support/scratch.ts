// Directories and processes that a test makes and that are gone when it ends.
//
// Lives on: tests.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** An empty directory of the test's own. */
export function scratchDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "gofka-test-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
