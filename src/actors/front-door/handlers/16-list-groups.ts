// ListGroups: v0-5. The groups that this node coordinates.
//
// Version notes:
// - v4: by state (KIP-518)
// - v5: by type (KIP-848)
//
// Lives on: anywhere (part of the front door).

import { ErrorCode } from "../../../protocol/error-codes.ts";
import {
  ListGroupsRequest,
  ListGroupsResponse,
} from "../../../protocol/messages/16-list-groups.ts";
import type { ReplyOf } from "../../../runtime/actor.ts";
import { askAll, askEffect } from "../../../runtime/routine.ts";
import type { GroupCoordinatorProtocol } from "../../group-coordinator/messages.ts";
import { coordinatorsOf, errorOfCoordinator } from "../groups/ask-group.ts";
import { handler } from "./handler.ts";

type Listed = ReplyOf<GroupCoordinatorProtocol, "listGroups">;

export const listGroups = handler({
  request: ListGroupsRequest,
  response: ListGroupsResponse,
  versions: [0, 5],

  *handle(context, request) {
    const args = { states: request.statesFilter, types: request.typesFilter };
    const timeoutMs = context.config.requestTimeoutMs;
    const questions = coordinatorsOf(context).map((ref) =>
      askEffect(ref, "listGroups", args, timeoutMs),
    );
    const outcomes = yield* askAll<Listed>(questions);
    const listed = outcomes.map((outcome): Listed =>
      outcome.ok ? outcome.value : { errorCode: errorOfCoordinator(outcome), groups: [] },
    );
    // One that is no coordinator any more has no groups; one that is loading does not know yet.
    const failed = listed.find(
      ({ errorCode }) => errorCode !== ErrorCode.NONE && errorCode !== ErrorCode.NOT_COORDINATOR,
    );
    if (failed !== undefined) {
      return { throttleTimeMs: 0, errorCode: failed.errorCode, groups: [] };
    }
    const groups = listed.flatMap((each) =>
      each.groups.map(({ groupId, protocolType, state, groupType }) => ({
        groupId,
        protocolType,
        groupState: state,
        groupType,
      })),
    );
    return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, groups };
  },
});
