// TopicRecord (metadata log, type 2): a topic came to be; its partitions follow.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { message, string, uuid } from "../../schema.ts";

export const TopicRecord = message(
  { name: "TopicRecord", apiKey: 2, versions: [0, 0], flexibleFrom: 0 },
  {
    name: string,
    topicId: uuid,
  },
);
export type TopicRecord = Infer<typeof TopicRecord>;
