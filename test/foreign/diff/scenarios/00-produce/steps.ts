// What the scenarios of Produce are made of.

import type { Body, Scenario, Step } from "../../scenario.ts";

type More = { acks?: number; index?: number; topic?: string; transactionalId?: string | null };

export function of(records: Uint8Array | null, more: More = {}): Body {
  const { acks = -1, index = 0, topic = "a", transactionalId = null } = more;
  const partitionData = [{ index, records }];
  const topicData = [{ name: `~${topic}`, topicId: `#~${topic}`, partitionData }];
  return { acks, timeoutMs: 10_000, transactionalId, topicData };
}

/** What has come of it all. */
export const look: Step = {
  api: "Fetch",
  body: {
    maxWaitMs: 0,
    minBytes: 0,
    topics: [
      {
        topic: "~a",
        topicId: "#~a",
        partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1 << 20 }],
      },
    ],
  },
};

type Rest = Omit<Scenario, "name" | "steps">;

export function sending(
  name: string,
  batches: readonly (Uint8Array | null)[],
  rest: Rest = {},
): Scenario {
  const steps = batches.map((records) => ({ body: of(records) }));
  return { name, topics: { a: {} }, ...rest, steps: [...steps, look] };
}

export const withConfigs = (configs: Readonly<Record<string, string>>): Rest => ({
  topics: { a: { configs } },
});
