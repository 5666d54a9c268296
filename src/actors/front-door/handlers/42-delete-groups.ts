// DeleteGroups: v0-2. Removes groups that nobody is in, and their offsets.
//
// Lives on: anywhere (part of the front door).

import {
  DeleteGroupsRequest,
  DeleteGroupsResponse,
} from "../../../protocol/messages/42-delete-groups.ts";
import { isRefused } from "../../group/messages.ts";
import { askGroups } from "../groups/ask-group.ts";
import { handler } from "./handler.ts";

export const deleteGroups = handler({
  request: DeleteGroupsRequest,
  response: DeleteGroupsResponse,
  versions: [0, 2],

  *handle(context, { groupsNames }) {
    const names = [...new Set(groupsNames)];
    const asked = names.map((groupId) => ({ groupId }));
    const timeoutMs = context.config.requestTimeoutMs;
    const replies = yield* askGroups(context, "deleteGroup", asked, timeoutMs);
    const results = replies.map((reply, i) => ({
      groupId: asked[i]!.groupId,
      errorCode: isRefused(reply) ? reply.refused : reply.errorCode,
    }));
    return { throttleTimeMs: 0, results };
  },
});
