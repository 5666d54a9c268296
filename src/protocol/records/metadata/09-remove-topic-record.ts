// RemoveTopicRecord (metadata log, type 9): a topic and all its partitions are gone.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { message, uuid } from "../../schema.ts";

export const RemoveTopicRecord = message(
  { name: "RemoveTopicRecord", apiKey: 9, versions: [0, 0], flexibleFrom: 0 },
  {
    topicId: uuid,
  },
);
export type RemoveTopicRecord = Infer<typeof RemoveTopicRecord>;
