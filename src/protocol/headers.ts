// The headers of requests and responses as declarations, for tools that want every field and every
// tag of them. Nodes and clients read and write them by hand (frame.ts).
//
// Lives on: anywhere.

import type { Infer } from "./schema.ts";
import { int16, int32, message, string } from "./schema.ts";

export const RequestHeader = message(
  { name: "RequestHeader", apiKey: -1, versions: [1, 2], flexibleFrom: 2 },
  {
    requestApiKey: int16,
    requestApiVersion: int16,
    correlationId: int32,
    // A node has to read it before it knows whether the header's version is one it knows.
    clientId: string.nullable().inflexible().ignorable(),
  },
);
export type RequestHeader = Infer<typeof RequestHeader>;

export const ResponseHeader = message(
  { name: "ResponseHeader", apiKey: -1, versions: [0, 1], flexibleFrom: 1 },
  { correlationId: int32 },
);
export type ResponseHeader = Infer<typeof ResponseHeader>;
