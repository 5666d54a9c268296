// The same faults in every API: bodies too short and too long, and headers for another version.

import type { ApiScenarios, Body } from "../scenario.ts";
import { handlers } from "../../../../src/actors/front-door/handlers/index.ts";

/** Empty of all content, but one that is answered. */
const bodyOf = (api: string): Body => {
  if (api === "Produce") return { acks: 1 };
  return api === "DescribeTopicPartitions" ? { topics: [{ name: "~none" }] } : {};
};

export const malformed: readonly ApiScenarios[] = handlers
  .filter(({ name }) => name !== "ApiVersions")
  .map(({ name }) => ({
    api: name,
    scenarios: [
      {
        name: "bodies of another length",
        steps: [
          { body: bodyOf(name) },
          { body: bodyOf(name), tail: "00", connection: "a" },
          { body: bodyOf(name), tail: "00000000000000000000", connection: "b" },
          { body: bodyOf(name), cut: 1, connection: "c" },
          { body: bodyOf(name), cut: 2, connection: "d" },
          { body: bodyOf(name) },
        ],
      },
    ],
  }));
