// Writes the Python client's protocol module, clients/python/src/gofka/_protocol, from the declarations
// of src/protocol: one Python module per API that a client asks, and one class per error of Kafka.
// test/python-protocol.test.ts fails when it is stale; `node tools/python-protocol.ts` brings it up to
// date.
//
// Lives on: the developer's machine and tests.

import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderErrors } from "./python-protocol/errors.ts";
import { pythonModules } from "./python-protocol/modules.ts";

const folder = join(import.meta.dirname, "../clients/python/src/gofka/_protocol");
/** Written by hand, beside the generated files. */
const ours = new Set(["__init__.py", "_wire.py"]);

/** By file name, the text as it should be. */
export function renderedModules(): ReadonlyMap<string, string> {
  return new Map([...pythonModules(), ["broker_errors.py", renderErrors()]]);
}

/** By file name, the text as it is. */
export function presentModules(): ReadonlyMap<string, string> {
  const names = readdirSync(folder).filter((name) => name.endsWith(".py") && !ours.has(name));
  return new Map(names.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

if (import.meta.main) {
  mkdirSync(folder, { recursive: true });
  const rendered = renderedModules();
  const present = presentModules();
  for (const name of present.keys()) if (!rendered.has(name)) rmSync(join(folder, name));
  for (const [name, text] of rendered) {
    if (present.get(name) === text) continue;
    writeFileSync(join(folder, name), text);
    console.log(`${name} written`);
  }
}
