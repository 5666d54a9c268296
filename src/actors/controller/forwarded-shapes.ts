// What the requests of another node have to look like. A node of another release, or whoever speaks on
// its port, must not be able to end this one by a field that is missing.
//
// Lives on: anywhere (pure).

import type { ForwardedCall } from "./forwarding.ts";

/** `?`: or null. A list has one shape for all its items; what is not named may be anything. */
type ShapeOf =
  | "string"
  | "number"
  | "boolean"
  | "string?"
  | readonly [ShapeOf]
  | readonly [ShapeOf, "?"]
  | { readonly [field: string]: ShapeOf };

const resource = { type: "number", name: "string" } as const;
const config = { name: "string", value: "string?" } as const;
const brokerIds = ["number"] as const;
const nameOrId = { name: "string?", topicId: "string" } as const;
const endPoint = {
  name: "string",
  host: "string",
  port: "number",
  securityProtocol: "number",
} as const;
const feature = {
  name: "string",
  minSupportedVersion: "number",
  maxSupportedVersion: "number",
} as const;

const shapes: Readonly<Record<ForwardedCall, ShapeOf>> = {
  createTopics: {
    topics: [
      {
        name: "string",
        partitionCount: "number",
        replicationFactor: "number",
        assignments: [{ index: "number", brokerIds }],
        configs: [config],
      },
    ],
    validateOnly: "boolean",
  },
  deleteTopics: { topics: [nameOrId] },
  createPartitions: {
    topics: [{ name: "string", count: "number", assignments: [brokerIds, "?"] }],
    validateOnly: "boolean",
  },
  replaceConfigs: { resources: [{ resource, configs: [config] }], validateOnly: "boolean" },
  changeConfigs: {
    resources: [{ resource, changes: [{ name: "string", operation: "number", value: "string?" }] }],
    validateOnly: "boolean",
  },
  allocateProducerIds: { brokerId: "number", brokerEpoch: "number" },
  stopBroker: { brokerId: "number", brokerEpoch: "number" },
  unregisterBroker: { brokerId: "number" },
  updateFeatures: {
    updates: [{ feature: "string", level: "number", upgradeType: "number" }],
    validateOnly: "boolean",
  },
  electLeaders: {
    electionType: "number",
    topics: [{ name: "string", partitionIds: ["number"] }, "?"],
  },
  describeQuorum: {},
  changeVoters: {
    kind: "string",
    voter: {
      nodeId: "number",
      directoryId: "string?",
      endpoints: [{ name: "string", host: "string", port: "number" }],
    },
  },
  registerBroker: {
    broker: {
      brokerId: "number",
      incarnationId: "string",
      brokerEpoch: "number",
      endPoints: [endPoint],
      features: [feature],
      rack: "string?",
      fenced: "boolean",
      inControlledShutdown: "boolean",
      logDirs: ["string"],
    },
    cleanStart: "boolean",
  },
};

export function looksLike(name: ForwardedCall, args: unknown): boolean {
  return fits(args, shapes[name]);
}

/** Nobody registers or stops the broker of another node, or is given ids in its name. */
export function speaksForItself(name: ForwardedCall, args: unknown, nodeId: number): boolean {
  type Named = { readonly brokerId: number };
  switch (name) {
    case "registerBroker":
      return (args as { readonly broker: Named }).broker.brokerId === nodeId;
    case "stopBroker":
    case "allocateProducerIds":
      return (args as Named).brokerId === nodeId;
    default:
      return true;
  }
}

function fits(value: unknown, shape: ShapeOf): boolean {
  if (typeof shape === "string") {
    if (shape === "string?") return value === null || typeof value === "string";
    if (shape === "number") return Number.isSafeInteger(value);
    return typeof value === shape;
  }
  if (Array.isArray(shape)) {
    const [item, mayBeNull] = shape as readonly [ShapeOf, "?"?];
    if (value === null) return mayBeNull === "?";
    return Array.isArray(value) && value.every((each) => fits(each, item));
  }
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(shape).every(([field, inner]) =>
    fits((value as Readonly<Record<string, unknown>>)[field], inner as ShapeOf),
  );
}
