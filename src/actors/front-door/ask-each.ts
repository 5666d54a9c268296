// One question per partition of a request, all at once, and answers in the request's shape: what
// ListOffsets, OffsetForLeaderEpoch, DeleteRecords and DescribeProducers have in common.
//
// Lives on: anywhere (part of the front door).

import type { Outcome } from "../../base/outcome.ts";
import type { ErrorCode } from "../../protocol/error-codes.ts";
import type { ArgsOf, Calls, ReplyOf } from "../../runtime/actor.ts";
import type { Effect, Routine } from "../../runtime/routine.ts";
import { askAll, askEffect } from "../../runtime/routine.ts";
import type { PartitionProtocol } from "../partition/messages.ts";
import { errorOfFault, findPartition } from "./lookup.ts";
import type { RequestContext } from "./request-context.ts";

type TopicQuestion<P> = { readonly name: string; readonly partitions: readonly P[] };
type TopicAnswer<A> = { readonly name: string; readonly partitions: A[] };

export type Asking<K extends Calls<PartitionProtocol>, P, A> = {
  readonly timeoutMs: number;
  readonly indexOf: (partition: P) => number;
  readonly args: (partition: P) => ArgsOf<PartitionProtocol, K>;
  readonly answered: (partition: P, reply: ReplyOf<PartitionProtocol, K>) => A;
  /** There is no such partition here, or it did not answer. */
  readonly failed: (partition: P, errorCode: ErrorCode) => A;
};

export function* askEach<K extends Calls<PartitionProtocol>, P, A>(
  context: RequestContext,
  kind: K,
  topics: readonly TopicQuestion<P>[],
  asking: Asking<K, P, A>,
): Routine<TopicAnswer<A>[]> {
  type Reply = ReplyOf<PartitionProtocol, K>;
  const { indexOf, args, timeoutMs, answered, failed } = asking;
  const questions: Effect[] = [];
  /** Per partition of the request, in order: its refusal, or none when it was asked. */
  const refusals: (ErrorCode | undefined)[] = [];
  for (const { name, partitions } of topics) {
    const topic = context.image.topicByName(name);
    for (const partition of partitions) {
      const index = indexOf(partition);
      const found = findPartition(context, topic, index);
      refusals.push(typeof found === "number" ? found : undefined);
      if (typeof found === "number" || topic === undefined) continue;
      const ref = context.desk.refs.of(topic, index);
      questions.push(askEffect(ref, kind, args(partition), timeoutMs));
    }
  }
  const outcomes = yield* askAll<Reply>(questions);
  const answerOf = (partition: P, outcome: Outcome<Reply>): A =>
    outcome.ok ? answered(partition, outcome.value) : failed(partition, errorOfFault(outcome));
  let place = 0;
  let asked = 0;
  return topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map((partition) => {
      const refusal = refusals[place++];
      return refusal === undefined
        ? answerOf(partition, outcomes[asked++]!)
        : failed(partition, refusal);
    }),
  }));
}
