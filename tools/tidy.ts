// Prints what the tidiness rules find (exit code 1 if anything), or with `--graph` the folders' import graph as Mermaid.
//
// Lives on: the developer's machine.

import { mermaid } from "../test/tidy/graph.ts";
import { rules } from "../test/tidy/rules.ts";
import { readTree } from "../test/tidy/tree.ts";

const tree = readTree(".");
if (process.argv.includes("--graph")) {
  console.log(mermaid(tree));
} else {
  for (const [name, rule] of Object.entries(rules)) {
    for (const { path, line, what } of rule(tree)) {
      console.log(`${path}:${line}  ${what}  (${name})`);
      process.exitCode = 1;
    }
  }
}
