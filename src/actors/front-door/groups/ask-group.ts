// Requests that name a group go to the coordinator of the partition that keeps it.
//
// Lives on: anywhere (part of the front door).

import type { Fault, Outcome } from "../../../base/outcome.ts";
import { OFFSETS_TOPIC } from "../../../metadata/topic-names.ts";
import { ErrorCode } from "../../../protocol/error-codes.ts";
import type { ActorRef } from "../../../runtime/actor.ts";
import type { Effect, Routine } from "../../../runtime/routine.ts";
import { ask, askAll, askEffect } from "../../../runtime/routine.ts";
import type { GroupRequests, Refused } from "../../group/messages.ts";
import type { GroupCoordinatorProtocol } from "../../group-coordinator/messages.ts";
import { partitionOfGroup } from "../../group-coordinator/messages.ts";
import type { RequestContext } from "../request-context.ts";

/** As much of a request's context as it takes to find a coordinator. */
export type Surroundings = Pick<RequestContext, "image" | "desk">;
type Kind = keyof GroupRequests;
type Reply<K extends Kind> = GroupRequests[K]["reply"];

/** What the group answers; anything that keeps it from answering is a refusal. */
export function* askGroup<K extends Kind>(
  context: Surroundings,
  kind: K,
  args: GroupRequests[K]["args"],
  timeoutMs: number,
): Routine<Reply<K> | Refused> {
  const ref = coordinatorOf(context, args.groupId);
  if (ref === undefined) return { refused: ErrorCode.NOT_COORDINATOR };
  const outcome = yield* ask<GroupRequests, K>(ref, kind, args, timeoutMs);
  return replyOrRefusal<Reply<K>>(outcome as Outcome<Reply<K>>);
}

/** Several groups at once; answers in the order asked. */
export function* askGroups<K extends Kind>(
  context: Surroundings,
  kind: K,
  requests: readonly GroupRequests[K]["args"][],
  timeoutMs: number,
): Routine<(Reply<K> | Refused)[]> {
  const refs = requests.map(({ groupId }) => coordinatorOf(context, groupId));
  const questions: Effect[] = [];
  refs.forEach((ref, i) => {
    if (ref === undefined) return;
    questions.push(askEffect<GroupRequests, K>(ref, kind, requests[i]!, timeoutMs));
  });
  const outcomes = yield* askAll<Reply<K>>(questions);
  let asked = 0;
  return refs.map((ref) =>
    ref === undefined
      ? { refused: ErrorCode.NOT_COORDINATOR }
      : replyOrRefusal<Reply<K>>(outcomes[asked++]!),
  );
}

function replyOrRefusal<R>(outcome: Outcome<R>): R | Refused {
  return outcome.ok ? outcome.value : { refused: errorOfCoordinator(outcome) };
}

/** It may come to answer later, or it is not here any more. */
export function errorOfCoordinator({ fault }: Fault): ErrorCode {
  return fault === "timeout" || fault === "mailboxFull"
    ? ErrorCode.COORDINATOR_NOT_AVAILABLE
    : ErrorCode.NOT_COORDINATOR;
}

/** Undefined: it is not on this node. */
function coordinatorOf(
  { image, desk }: Surroundings,
  groupId: string,
): ActorRef<GroupCoordinatorProtocol> | undefined {
  const topic = image.topicByName(OFFSETS_TOPIC);
  if (topic === undefined) return undefined;
  const index = partitionOfGroup(groupId, topic.partitions.length);
  if (topic.partitions[index]?.leader !== desk.nodeId) return undefined;
  return desk.coordinatorRefs.of(topic, index);
}

/** All coordinators of this node. */
export function coordinatorsOf({
  image,
  desk,
}: Surroundings): ActorRef<GroupCoordinatorProtocol>[] {
  const topic = image.topicByName(OFFSETS_TOPIC);
  if (topic === undefined) return [];
  return topic.partitions
    .filter(({ leader }) => leader === desk.nodeId)
    .map(({ partitionId }) => desk.coordinatorRefs.of(topic, partitionId));
}
