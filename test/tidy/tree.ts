// Reads the repository's TypeScript files for the tidiness rules.
//
// Lives on: tests and tools.

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Source } from "./source.ts";
import { readSource } from "./source.ts";

const skipped = new Set(["node_modules", "dist", "lib"]);

export function readTree(root: string): readonly Source[] {
  const found: Source[] = [];
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory() && !skipped.has(entry.name)) walk(path);
      else if (entry.name.endsWith(".ts")) {
        found.push(readSource(path, readFileSync(join(root, path), "utf8")));
      }
    }
  };
  for (const folder of ["src", "test", "tools", "bench"]) {
    if (existsSync(join(root, folder))) walk(folder);
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}
