"""Groups, their members and their offsets.

Place in the flow: a part of the admin's core. Groups are asked of their coordinators.
"""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Sequence, Union

from ..._errors import GofkaError, ProtocolError
from ..._protocol.consumer_group_describe import (
    ConsumerGroupDescribeRequest,
    ConsumerGroupDescribeResponse,
)
from ..._protocol.delete_groups import DeleteGroupsRequest
from ..._protocol.describe_groups import DescribeGroupsRequest, DescribeGroupsResponse
from ..._protocol.leave_group import LeaveGroupRequest
from ..._protocol.list_groups import ListGroupsRequest
from ..._protocol.offset_commit import OffsetCommitRequest
from ..._protocol.offset_delete import OffsetDeleteRequest
from ..._protocol.offset_fetch import OffsetFetchRequest
from ...errors import UnsupportedVersionError, for_code
from ...records import OffsetAndMetadata, TopicPartition
from .. import codes
from ..client import GROUP
from ..group.consumer_protocol import read_assignment
from ..group.membership import by_topic
from .base import AdminBase, first_error, outcome
from .types import GroupDescription, GroupListing, MemberDescription, MemberToRemove, Offsets

_STATES_FROM = 4
_TYPES_FROM = 5
_BY_NAME_UNTIL = 9
_BATCHED_FROM = 8
_NO_SUCH_GROUP = (codes.GROUP_ID_NOT_FOUND, codes.UNSUPPORTED_VERSION)


class GroupsAdmin(AdminBase):
    async def list_groups(
        self,
        states_filter: Sequence[str] = (),
        types_filter: Sequence[str] = (),
        timeout_ms: Optional[float] = None,
    ) -> List[GroupListing]:
        """All groups of the cluster.

        :param states_filter: such as ``"Stable"``, ``"Empty"``.
        :param types_filter: ``"classic"``, ``"consumer"``.
        """

        async def attempt(left_s: float) -> List[GroupListing]:
            found = {}
            least = _TYPES_FROM if types_filter else _STATES_FROM if states_filter else None
            for node_id in await self._broker_ids():
                request = ListGroupsRequest(list(states_filter), list(types_filter))
                answer = await self.client.ask(
                    node_id, request, timeout_s=self._request_s(left_s), min_version=least
                )
                if answer.error_code:
                    raise for_code(answer.error_code, f"groups of broker {node_id}")
                for each in answer.groups:
                    found[each.group_id] = GroupListing(
                        each.group_id, each.protocol_type, each.group_state, each.group_type
                    )
            return [found[each] for each in sorted(found)]

        return await self._retrying(attempt, timeout_ms)

    async def describe_groups(
        self, group_ids: Sequence[str], timeout_ms: Optional[float] = None
    ) -> Dict[str, GroupDescription]:
        """State and members of groups, of either protocol. One that there is not is "Dead"."""
        names = [group_ids] if isinstance(group_ids, str) else group_ids
        found = {}
        for group_id in names:
            found[group_id] = await self._describe(group_id, timeout_ms)
        return found

    async def _describe(self, group_id: str, timeout_ms: Optional[float]) -> GroupDescription:
        async def attempt(left_s: float) -> GroupDescription:
            try:
                request = ConsumerGroupDescribeRequest([group_id])
                answer = await self._coordinate(group_id, request, left_s)
            except UnsupportedVersionError:
                return await self._describe_classic(group_id, left_s)
            told = answer.groups[0]
            if told.error_code in _NO_SUCH_GROUP:
                return await self._describe_classic(group_id, left_s)
            self._check_group(group_id, told.error_code, told.error_message)
            return _modern(told)

        return await self._retrying(attempt, timeout_ms)

    async def _describe_classic(self, group_id: str, left_s: float) -> GroupDescription:
        answer = await self._coordinate(group_id, DescribeGroupsRequest([group_id]), left_s)
        told = answer.groups[0]
        if told.error_code == codes.GROUP_ID_NOT_FOUND:
            return GroupDescription(group_id, "", "Dead", "", "", [])
        self._check_group(group_id, told.error_code, told.error_message)
        return _classic(told)

    async def delete_groups(
        self,
        group_ids: Sequence[str],
        timeout_ms: Optional[float] = None,
        raise_errors: bool = True,
    ) -> Dict[str, Optional[GofkaError]]:
        """Delete groups that have no members, with their offsets.

        :param raise_errors: raise the first error instead of answering an error (or None) for each.
        :raises NonEmptyGroupError: it has members.
        :raises GroupIdNotFoundError: there is no such group.
        """
        outcomes: Dict[str, Optional[GofkaError]] = {}
        for group_id in [group_ids] if isinstance(group_ids, str) else group_ids:

            async def attempt(left_s: float, group_id: str = group_id) -> None:
                request = DeleteGroupsRequest([group_id])
                answer = await self._coordinate(group_id, request, left_s)
                self._check_group(group_id, answer.results[0].error_code)

            try:
                await self._retrying(attempt, timeout_ms)
                outcomes[group_id] = None
            except GofkaError as error:
                outcomes[group_id] = error
        return first_error(outcomes, raise_errors)

    async def remove_group_members(
        self,
        group_id: str,
        members: Sequence[MemberToRemove],
        timeout_ms: Optional[float] = None,
    ) -> None:
        """Throw members out; static ones by their instance id.

        :raises UnknownMemberIdError: there is no such member.
        """

        async def attempt(left_s: float) -> None:
            request = LeaveGroupRequest(
                group_id,
                members=[
                    LeaveGroupRequest.Member(
                        each.member_id, each.group_instance_id, "removed by an administrator"
                    )
                    for each in members
                ],
            )
            answer = await self._coordinate(group_id, request, left_s, min_version=3)
            self._check_group(group_id, answer.error_code)
            for each in answer.members:
                who = each.group_instance_id or each.member_id
                self._check_group(group_id, each.error_code, f"member {who} of {group_id}")

        await self._retrying(attempt, timeout_ms)

    # ------------------------------------------------------------ offsets

    async def list_group_offsets(
        self,
        group_id: str,
        partitions: Optional[Sequence[TopicPartition]] = None,
        require_stable: bool = False,
        timeout_ms: Optional[float] = None,
    ) -> Offsets:
        """What a group has committed: of these partitions, or all of it.

        :param require_stable: wait for transactions that are about to commit offsets.
        """

        async def attempt(left_s: float) -> Offsets:
            node_id = await self.client.coordinator(group_id, GROUP)
            version = min(
                await self.client.version(node_id, OffsetFetchRequest), _BY_NAME_UNTIL
            )
            request = _offset_fetch(group_id, partitions, version, require_stable)
            how = {"max_version": version, "min_version": 2 if partitions is None else None}
            answer = await self._coordinate(group_id, request, left_s, **how)
            told: Any = answer.groups[0] if version >= _BATCHED_FROM else answer
            self._check_group(group_id, told.error_code)
            found: Offsets = {}
            for topic in told.topics:
                for each in topic.partitions:
                    self._check_group(group_id, each.error_code)
                    if each.committed_offset >= 0:
                        found[TopicPartition(topic.name, each.partition_index)] = OffsetAndMetadata(
                            each.committed_offset, each.metadata or "", each.committed_leader_epoch
                        )
            return found

        return await self._retrying(attempt, timeout_ms)

    async def alter_group_offsets(
        self,
        group_id: str,
        offsets: Mapping[TopicPartition, Union[int, OffsetAndMetadata]],
        timeout_ms: Optional[float] = None,
        raise_errors: bool = True,
    ) -> Dict[TopicPartition, Optional[GofkaError]]:
        """Commit for a group that has no members, from outside of it.

        :raises UnknownMemberIdError: it has members.
        """
        wanted = {
            TopicPartition(*tp): OffsetAndMetadata(each) if isinstance(each, int) else each
            for tp, each in offsets.items()
        }

        async def attempt(left_s: float) -> Dict[TopicPartition, Optional[GofkaError]]:
            request = OffsetCommitRequest(
                group_id=group_id,
                topics=[
                    OffsetCommitRequest.Topic(
                        topic, partitions=[_committing(topic, each, wanted) for each in indexes]
                    )
                    for topic, indexes in by_topic(wanted).items()
                ],
            )
            answer = await self._coordinate(group_id, request, left_s, max_version=_BY_NAME_UNTIL)
            found = {
                TopicPartition(topic.name, each.partition_index): each.error_code
                for topic in answer.topics
                for each in topic.partitions
            }
            for code in found.values():
                if code in codes.COORDINATOR_BUSY:
                    self._check_group(group_id, code)
            return {
                tp: outcome(code, None, f"{tp.topic}-{tp.partition} of group {group_id}")
                for tp, code in found.items()
            }

        return first_error(await self._retrying(attempt, timeout_ms), raise_errors)

    async def delete_group_offsets(
        self,
        group_id: str,
        partitions: Sequence[TopicPartition],
        timeout_ms: Optional[float] = None,
        raise_errors: bool = True,
    ) -> Dict[TopicPartition, Optional[GofkaError]]:
        """Forget what a group has committed of these partitions.

        :raises GroupSubscribedToTopicError: its members read that topic.
        """

        async def attempt(left_s: float) -> Dict[TopicPartition, Optional[GofkaError]]:
            request = OffsetDeleteRequest(
                group_id,
                [
                    OffsetDeleteRequest.Topic(
                        topic, [OffsetDeleteRequest.Topic.Partition(each) for each in indexes]
                    )
                    for topic, indexes in by_topic([TopicPartition(*tp) for tp in partitions]).items()
                ],
            )
            answer = await self._coordinate(group_id, request, left_s)
            self._check_group(group_id, answer.error_code)
            return {
                TopicPartition(topic.name, each.partition_index): outcome(
                    each.error_code, None, f"{topic.name}-{each.partition_index} of {group_id}"
                )
                for topic in answer.topics
                for each in topic.partitions
            }

        return first_error(await self._retrying(attempt, timeout_ms), raise_errors)


def _offset_fetch(
    group_id: str,
    partitions: Optional[Sequence[TopicPartition]],
    version: int,
    require_stable: bool,
) -> OffsetFetchRequest:
    topics = None if partitions is None else by_topic([TopicPartition(*tp) for tp in partitions])
    request = OffsetFetchRequest(require_stable=require_stable)
    if version >= _BATCHED_FROM:
        group = OffsetFetchRequest.Group(group_id, topics=None)
        if topics is not None:
            group.topics = [
                OffsetFetchRequest.Group.Topic(topic, partition_indexes=indexes)
                for topic, indexes in topics.items()
            ]
        request.groups = [group]
        return request
    request.group_id = group_id
    request.topics = None
    if topics is not None:
        request.topics = [OffsetFetchRequest.Topic(*each) for each in topics.items()]
    return request


def _committing(
    topic: str, partition: int, offsets: Offsets
) -> OffsetCommitRequest.Topic.Partition:
    each = offsets[TopicPartition(topic, partition)]
    return OffsetCommitRequest.Topic.Partition(
        partition, each.offset, each.leader_epoch, each.metadata
    )


def _modern(told: ConsumerGroupDescribeResponse.Group) -> GroupDescription:
    members = [
        MemberDescription(
            each.member_id,
            each.instance_id,
            each.client_id,
            each.client_host,
            []
            if each.assignment is None
            else [
                TopicPartition(topic.topic_name, partition)
                for topic in each.assignment.topic_partitions
                for partition in topic.partitions
            ],
        )
        for each in told.members
    ]
    return GroupDescription(
        told.group_id, "consumer", told.group_state, "consumer", told.assignor_name, members
    )


def _classic(told: DescribeGroupsResponse.Group) -> GroupDescription:
    members = []
    for each in told.members:
        try:
            assignment = read_assignment(each.member_assignment)
        except ProtocolError:
            # Groups of others than consumers put there what they like.
            assignment = []
        members.append(
            MemberDescription(
                each.member_id,
                each.group_instance_id,
                each.client_id,
                each.client_host,
                assignment,
            )
        )
    return GroupDescription(
        told.group_id, "classic", told.group_state, told.protocol_type, told.protocol_data, members
    )
