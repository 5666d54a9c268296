// What a request comes to where this controller leads: its plan, and what is told of it when nothing
// is done. The plans themselves are in files of their own.
//
// Lives on: anywhere (pure).

import type { BrokerState, MetadataImage } from "../../metadata/image.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import type { ArgsOf, ReplyOf } from "../../runtime/actor.ts";
import {
  brokerEpochError,
  planStopBroker,
  planUnregisterBroker,
  registrationRecords,
} from "./brokers.ts";
import { planChangeConfigs, planReplaceConfigs } from "./change-configs.ts";
import { planCreatePartitions } from "./create-partitions.ts";
import { planCreateTopics } from "./create-topics.ts";
import { planDeleteTopics } from "./delete-topics.ts";
import { planElectLeaders } from "./elect-leaders.ts";
import { planUpdateFeatures } from "./features.ts";
import type { ForwardedCall } from "./forwarding.ts";
import type { ControllerProtocol } from "./messages.ts";
import type { Plan, PlanContext, Refusal } from "./plan.ts";
import {
  refuseDeletions,
  refuseElections,
  refuseNewTopics,
  refuseResources,
  refuseTopics,
} from "./refuse-all.ts";

/** Kafka's (`ProducerIdsBlock.PRODUCER_ID_BLOCK_SIZE`). */
const PRODUCER_ID_BLOCK = 1000;

export type PlannedCall = Exclude<ForwardedCall, "describeQuorum" | "changeVoters">;
type Args<K extends PlannedCall> = ArgsOf<ControllerProtocol, K>;
type Reply<K extends PlannedCall> = ReplyOf<ControllerProtocol, K>;

export type Way<R> = {
  readonly plan: (context: PlanContext) => Plan<R>;
  readonly refuse: (why: Refusal) => R;
  readonly validateOnly?: boolean;
  /** It is enough that it is committed; the hosts need not know. */
  readonly commitIsEnough?: boolean;
};

/** Who speaks for a broker that is registered. */
export type Registrar = {
  isTaken(image: MetadataImage, broker: BrokerState): boolean;
  isThere(brokerId: number): void;
};

type Ways = { readonly [K in PlannedCall]: (args: Args<K>, brokers: Registrar) => Way<Reply<K>> };

export const ways: Ways = {
  createTopics: ({ topics, validateOnly }) => ({
    plan: (context) => listed(planCreateTopics(context, topics)),
    refuse: (why) => ({ results: refuseNewTopics(topics, why) }),
    validateOnly,
  }),
  deleteTopics: ({ topics }) => ({
    plan: (context) => listed(planDeleteTopics(context, topics)),
    refuse: (why) => ({ results: refuseDeletions(topics, why) }),
  }),
  createPartitions: ({ topics, validateOnly }) => ({
    plan: (context) => listed(planCreatePartitions(context, topics)),
    refuse: (why) => ({ results: refuseTopics(topics, why) }),
    validateOnly,
  }),
  replaceConfigs: ({ resources, validateOnly }) => ({
    plan: (context) => listed(planReplaceConfigs(context, resources)),
    refuse: (why) => ({ results: refuseResources(resources, why) }),
    validateOnly,
  }),
  changeConfigs: ({ resources, validateOnly }) => ({
    plan: (context) => listed(planChangeConfigs(context, resources)),
    refuse: (why) => ({ results: refuseResources(resources, why) }),
    validateOnly,
  }),
  allocateProducerIds: (args) => ({
    plan: (context) => planProducerIds(context, args),
    refuse: ({ errorCode }) => noProducerIds(errorCode),
    commitIsEnough: true,
  }),
  registerBroker: ({ broker, cleanStart }, brokers) => ({
    plan: ({ image }) => {
      if (brokers.isTaken(image, broker)) {
        return { records: [], results: { errorCode: ErrorCode.DUPLICATE_BROKER_REGISTRATION } };
      }
      brokers.isThere(broker.brokerId);
      const records = registrationRecords(image, broker, cleanStart);
      return { records, results: { errorCode: ErrorCode.NONE }, inParts: true };
    },
    refuse: onlyCode,
    commitIsEnough: true,
  }),
  stopBroker: (args) => ({
    plan: (context) => planStopBroker(context, args),
    refuse: onlyCode,
  }),
  unregisterBroker: ({ brokerId }) => ({
    plan: (context) => planUnregisterBroker(context, brokerId),
    refuse: (why) => why,
  }),
  updateFeatures: ({ updates, validateOnly }) => ({
    plan: (context) => planUpdateFeatures(context, updates),
    refuse: (why) => why,
    validateOnly,
  }),
  electLeaders: (election) => ({
    plan: (context) => listed(planElectLeaders(context, election)),
    refuse: (why) => ({ results: refuseElections(election, why) }),
  }),
};

function listed<R>(plan: Plan<R>): Plan<{ readonly results: R }> {
  return { ...plan, results: { results: plan.results } };
}

function onlyCode({ errorCode }: Refusal): { errorCode: ErrorCode } {
  return { errorCode };
}

function noProducerIds(errorCode: ErrorCode): Reply<"allocateProducerIds"> {
  return { errorCode, firstProducerId: -1, count: 0 };
}

function planProducerIds(
  { image }: PlanContext,
  { brokerId, brokerEpoch }: Args<"allocateProducerIds">,
): Plan<Reply<"allocateProducerIds">> {
  const errorCode = brokerEpochError(image, brokerId, brokerEpoch);
  if (errorCode !== ErrorCode.NONE) return { records: [], results: noProducerIds(errorCode) };
  const firstProducerId = image.nextProducerId;
  const nextProducerId = firstProducerId + PRODUCER_ID_BLOCK;
  const value = { brokerId, brokerEpoch, nextProducerId };
  const results = { errorCode, firstProducerId, count: PRODUCER_ID_BLOCK };
  return { records: [{ kind: "ProducerIdsRecord", value }], results };
}
