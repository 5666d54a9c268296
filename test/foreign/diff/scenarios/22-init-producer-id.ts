// InitProducerId: of idempotent producers; transactional ones are not served yet.

import type { ApiScenarios, Body } from "../scenario.ts";
import { each, kept } from "../scenario.ts";

const ask = (more: Body = {}): Body => ({
  transactionalId: null,
  transactionTimeoutMs: 60_000,
  ...more,
});

export const initProducerIdScenarios: ApiScenarios = {
  api: "InitProducerId",
  scenarios: [
    { name: "idempotent", steps: [{ body: ask(), keep: { id: "producerId" } }, { body: ask() }] },
    each("timeouts", [0, -1, 2_147_483_647], (transactionTimeoutMs) =>
      ask({ transactionTimeoutMs }),
    ),
    {
      name: "with an id",
      versions: [3, 5],
      steps: [
        { body: ask(), keep: { id: "producerId" } },
        { body: ask({ producerId: kept("id"), producerEpoch: 0 }) },
        { body: ask({ producerId: kept("id"), producerEpoch: 5 }) },
        { body: ask({ producerId: kept("id"), producerEpoch: -1 }) },
        { body: ask({ producerId: -1, producerEpoch: 0 }) },
        { body: ask({ producerId: 5, producerEpoch: -1 }) },
        { body: ask({ producerId: -2, producerEpoch: -1 }) },
        { body: ask({ producerId: -2, producerEpoch: 3 }) },
        { body: ask({ producerId: 1e15, producerEpoch: 32_767 }) },
      ],
    },
    { name: "an empty transactional id", steps: [{ body: ask({ transactionalId: "" }) }] },
    each("transactional", [60_000, 0, -1, 900_001], (transactionTimeoutMs) =>
      ask({ transactionalId: "~t", transactionTimeoutMs }),
    ),
  ],
};
