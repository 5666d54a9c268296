// The Python client's short run: every kind of client of clients/python produces and consumes against a
// node from the sources. Needs python3 of at least 3.9 and nothing else; says so and ends well where there
// is none. Its own tests are run by pytest (CONTRIBUTING.md).

import { join } from "node:path";
import { against, must, run } from "./harness.ts";

const script = join(import.meta.dirname, "../../clients/python/tests/smoke.py");
const isNewEnough = "import sys; sys.exit(sys.version_info < (3, 9))";

if ((await run("python3", ["-c", isNewEnough])).code !== 0) {
  console.log("skip  the Python client: there is no python3 of at least 3.9 here");
} else {
  await against(
    async (checks, bootstrap) => {
      await checks.check("the Python client produces and consumes, blocking and asyncio", () =>
        must("python3", ["-B", script, bootstrap], { timeoutMs: 240_000 }).then((said) =>
          said.trim(),
        ),
      );
    },
    { settings: { "group.initial.rebalance.delay.ms": "0" } },
  );
}
