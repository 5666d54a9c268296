// ConsumerGroupRegularExpression (__consumer_offsets, type 16): the topics that a subscription's
// pattern matched.
//
// Lives on: anywhere.

import type { Infer } from "../../schema.ts";
import { arrayOf, int64, message, string } from "../../schema.ts";

export const ConsumerGroupRegularExpressionKey = message(
  {
    name: "ConsumerGroupRegularExpressionKey",
    apiKey: 16,
    versions: [0, 0],
    flexibleFrom: Infinity,
  },
  {
    groupId: string,
    regularExpression: string,
  },
);
export type ConsumerGroupRegularExpressionKey = Infer<typeof ConsumerGroupRegularExpressionKey>;

export const ConsumerGroupRegularExpressionValue = message(
  { name: "ConsumerGroupRegularExpressionValue", apiKey: 16, versions: [0, 0], flexibleFrom: 0 },
  {
    topics: arrayOf(string),
    version: int64,
    timestamp: int64,
  },
);
export type ConsumerGroupRegularExpressionValue = Infer<typeof ConsumerGroupRegularExpressionValue>;
