// Consumer groups of other people's clients: kafkajs, node-rdkafka and Apache's VerifiableConsumer, the
// last two with both protocols, and with both in one group. Two members of six partitions, a third joins,
// one is killed, one leaves (groups/story.ts).
//
//   node test/foreign/consumer-groups.ts [--against gofka|kafka] [--client WORD]

import { parseArgs } from "node:util";
import { groupStory } from "./groups/story.ts";
import { readerKinds } from "./groups/readers.ts";
import { against, freshName } from "./harness.ts";
import { compileRdkafka } from "./rdkafka-library.ts";

const { values: given } = parseArgs({ strict: false, options: { client: { type: "string" } } });

await against(
  async (checks, bootstrap) => {
    const { VerifiableConsumer: classic } = readerKinds;
    const consumer = readerKinds["VerifiableConsumer, group.protocol=consumer"];
    const stories = {
      ...Object.fromEntries(Object.entries(readerKinds).map(([name, kind]) => [name, [kind]])),
      // The group changes over when the third joins, and back when it has left.
      "VerifiableConsumer, one of three by the other protocol": [classic!, classic!, consumer!],
    };
    for (const [name, kinds] of Object.entries(stories)) {
      if (typeof given.client === "string" && !name.includes(given.client)) continue;
      if (name.includes("rdkafka")) compileRdkafka();
      await checks.check(name, () => groupStory(kinds, bootstrap, freshName("story")));
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
