// Consumer groups of other people's clients: kafkajs, node-rdkafka and Apache's VerifiableConsumer, the
// last two with both protocols. Two members of six partitions, a third joins, one is killed
// (groups/story.ts).
//
//   node test/foreign/consumer-groups.ts [--against gofka|kafka] [--client WORD]

import { parseArgs } from "node:util";
import { groupStory } from "./groups/story.ts";
import { readerKinds } from "./groups/readers.ts";
import { against, freshName } from "./harness.ts";

const { values: given } = parseArgs({ strict: false, options: { client: { type: "string" } } });

await against(
  async (checks, bootstrap) => {
    for (const [name, kind] of Object.entries(readerKinds)) {
      if (typeof given.client === "string" && !name.includes(given.client)) continue;
      await checks.check(name, () => groupStory(kind, bootstrap, freshName("story")));
    }
  },
  {
    settings: {
      "group.initial.rebalance.delay.ms": "0",
      // So that a killed member is missed soon, by both protocols.
      "group.consumer.session.timeout.ms": "6000",
      "group.consumer.min.session.timeout.ms": "6000",
      "group.consumer.heartbeat.interval.ms": "1000",
      "group.consumer.min.heartbeat.interval.ms": "1000",
    },
  },
);
