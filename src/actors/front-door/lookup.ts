// Finding the partition that a request names, and what to tell a client whose partition did not answer.
//
// Lives on: anywhere (part of the front door).

import type { Fault } from "../../base/outcome.ts";
import type { MetadataImage, PartitionState, TopicState } from "../../metadata/image.ts";
import { ErrorCode } from "../../protocol/error-codes.ts";
import type { RequestContext } from "./request-context.ts";

/** By id or by name, as the version of the request has it. */
export function topicOf(
  image: MetadataImage,
  name: string,
  topicId: string,
  byId: boolean,
): TopicState | undefined {
  return byId ? image.topicById(topicId) : image.topicByName(name);
}

/** A partition that this node leads, or why it is not to be had here. */
export function findPartition(
  { desk }: RequestContext,
  topic: TopicState | undefined,
  index: number,
): PartitionState | ErrorCode {
  const state = topic?.partitions[index];
  if (state === undefined) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  if (state.leader === desk.nodeId) return state;
  return ErrorCode.NOT_LEADER_OR_FOLLOWER;
}

/**
 * A partition that gives no answer is being opened, moved or removed, or its host is being replaced:
 * the client asks for metadata and comes again. An answer that is merely late is told as such, for
 * the request may have been carried out.
 */
export function errorOfFault({ fault }: Fault): ErrorCode {
  return fault === "timeout" ? ErrorCode.REQUEST_TIMED_OUT : ErrorCode.NOT_LEADER_OR_FOLLOWER;
}
