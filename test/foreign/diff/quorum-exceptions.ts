// Of exceptions.ts those about who keeps the metadata.

import type { Exception } from "./exceptions.ts";

export const quorums: readonly Exception[] = [
  {
    name: "where the quorum is",
    reason: "a quorum of one has no listener of its own: port 0",
    api: /^DescribeQuorum$/,
    path: /^nodes\[0\]\.listeners\[0\]\.(host|port)$/,
    gofka: /^(0|"localhost")$/,
  },
  {
    name: "the name of a voter's listener",
    reason: "the first listener of a voter is its controller's, whatever its name",
    api: /^AddRaftVoter$/,
    scenario: /^a listener of another name$/,
    path: /^errorCode$/,
    kafka: /^42$/,
    gofka: /^7$/,
  },
];
