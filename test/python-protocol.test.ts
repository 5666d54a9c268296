// The Python client's protocol module follows the declarations.

import assert from "node:assert/strict";
import { test } from "node:test";
import { presentModules, renderedModules } from "../tools/python-protocol.ts";

test("the generated Python modules are up to date (else: node tools/python-protocol.ts)", () => {
  const rendered = renderedModules();
  const present = presentModules();
  assert.deepEqual([...present.keys()].sort(), [...rendered.keys()].sort());
  const stale = [...rendered].filter(([name, text]) => present.get(name) !== text);
  assert.deepEqual(
    stale.map(([name]) => name),
    [],
  );
});
