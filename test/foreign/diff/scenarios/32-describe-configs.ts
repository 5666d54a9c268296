// DescribeConfigs: of topics, brokers, loggers, client metrics, groups.

import type { ApiScenarios, Body } from "../scenario.ts";
import { each } from "../scenario.ts";

const TOPIC = 2;
const BROKER = 4;
const LOGGER = 8;
const METRICS = 16;
const GROUP = 32;

const of = (
  resourceType: number,
  resourceName: string,
  keys: readonly string[] | null = null,
  more: Body = {},
): Body => ({
  resources: [{ resourceType, resourceName, configurationKeys: keys }],
  ...more,
});
const configs = { "retention.ms": "1234", "cleanup.policy": "compact" };

export const describeConfigsScenarios: ApiScenarios = {
  api: "DescribeConfigs",
  scenarios: [
    {
      name: "a topic",
      topics: { a: { configs } },
      steps: [
        { body: of(TOPIC, "~a") },
        { body: of(TOPIC, "~a", null, { includeSynonyms: true }) },
        { body: of(TOPIC, "~a", null, { includeDocumentation: true }) },
        { body: of(TOPIC, "~a", []) },
        { body: of(TOPIC, "~a", ["retention.ms", "segment.bytes"]) },
        { body: of(TOPIC, "~a", ["retention.ms", "retention.ms"]) },
        { body: of(TOPIC, "~a", ["no.such.config", "retention.ms"]) },
      ],
    },
    each("topics that are not there", ["~none", "", ".", "a b", "x".repeat(250)], (name) =>
      of(TOPIC, name),
    ),
    {
      name: "this broker",
      steps: [
        { body: of(BROKER, "1") },
        { body: of(BROKER, "1", null, { includeSynonyms: true }) },
        { body: of(BROKER, "1", null, { includeDocumentation: true }) },
        { body: of(BROKER, "1", ["message.max.bytes", "no.such.config"]) },
      ],
    },
    {
      name: "all brokers",
      steps: [
        { body: of(BROKER, "", null, { includeSynonyms: true }) },
        { body: of(BROKER, "", ["message.max.bytes"]) },
      ],
    },
    each("brokers that are not there", ["2", "-1", "x", "1.0", "01", " 1"], (name) =>
      of(BROKER, name, ["node.id"]),
    ),
    each("loggers", ["1", "2", "", "x"], (name) => of(LOGGER, name, ["root"])),
    each("client metrics", ["~m", ""], (name) => of(METRICS, name)),
    each("groups", ["~g", ""], (name) => of(GROUP, name)),
    each("types that there are not", [0, 1, 3, 5, 64, 127, -1], (type) => of(type, "~a")),
    {
      name: "several",
      topics: { a: {}, b: {} },
      steps: [
        { body: { resources: [] } },
        {
          body: {
            resources: [
              { resourceType: TOPIC, resourceName: "~b", configurationKeys: ["retention.ms"] },
              { resourceType: BROKER, resourceName: "1", configurationKeys: ["num.partitions"] },
              { resourceType: TOPIC, resourceName: "~none", configurationKeys: null },
              { resourceType: TOPIC, resourceName: "~a", configurationKeys: ["retention.ms"] },
              { resourceType: TOPIC, resourceName: "~b", configurationKeys: ["segment.ms"] },
            ],
          },
        },
      ],
    },
  ],
};
