// UpdateFeatures, ElectLeaders, UnregisterBroker: of one broker, which leads all there is.

import type { ApiScenarios, Step } from "../scenario.ts";
import { one } from "../scenario.ts";

type Update = readonly [feature: string, level: number, upgradeType: number];

const updates = (...all: readonly Update[]) => ({
  featureUpdates: all.map(([feature, maxVersionLevel, upgradeType]) => ({
    feature,
    maxVersionLevel,
    upgradeType,
    allowDowngrade: upgradeType !== 1,
  })),
});

const finalized: Step = { api: "ApiVersions", version: 4, body: {} };

export const updateFeaturesScenarios: ApiScenarios = {
  api: "UpdateFeatures",
  scenarios: [
    {
      name: "down and up",
      steps: [
        { body: updates(["group.version", 0, 2]) },
        finalized,
        { body: updates(["group.version", 1, 1]) },
        finalized,
        { body: updates(["group.version", 1, 1]) },
      ],
    },
    {
      name: "only checked",
      versions: [1, 2],
      steps: [{ body: { ...updates(["group.version", 0, 3]), validateOnly: true } }, finalized],
    },
    one("nothing", updates()),
    one("down without a word", updates(["group.version", 0, 1]), { versions: [1, 2] }),
    one("up with the wrong word", updates(["group.version", 2, 2])),
    one("below nothing", updates(["group.version", -1, 2])),
    one("too high", updates(["metadata.version", 99, 1])),
    one("too low", updates(["metadata.version", 7, 2])),
    one("too low, unsafely", updates(["metadata.version", 7, 3]), { versions: [1, 2] }),
    one("unknown", updates(["no.version", 1, 1])),
    one("one good, one bad", updates(["group.version", 0, 2], ["no.version", 1, 1])),
    one("of no kind", updates(["group.version", 1, 0]), { versions: [1, 2] }),
    one("of an unknown kind", updates(["group.version", 1, 9]), { versions: [1, 2] }),
  ],
};

const elect = (topic: string, partitions: readonly number[], electionType = 0) => ({
  electionType,
  topicPartitions: [{ topic, partitions }],
});

export const electLeadersScenarios: ApiScenarios = {
  api: "ElectLeaders",
  scenarios: [
    {
      name: "elections",
      topics: { a: { partitions: 2 } },
      steps: [
        { body: elect("~a", [0, 1]) },
        { body: elect("~a", [0], 1) },
        { body: elect("~a", [0, 7]) },
        { body: elect("~none", [0]) },
        { body: { topicPartitions: [] } },
        { body: { topicPartitions: null } },
      ],
    },
  ],
};

export const unregisterBrokerScenarios: ApiScenarios = {
  api: "UnregisterBroker",
  scenarios: [one("unknown", { brokerId: 77 }), one("no number", { brokerId: -1 })],
};
