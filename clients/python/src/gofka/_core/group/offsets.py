"""A group's offsets: commits, one after the other so that none overtakes an earlier one, and what has
been committed.

Place in the flow: the consumer's core asks it for start positions and gives it what to commit.
"""

from __future__ import annotations

from collections import deque
from typing import Callable, Deque, Dict, Mapping, Optional, Sequence

from ..._errors import (
    BrokerConnectionError,
    ClientTimeoutError,
    CommitFailedError,
    GofkaError,
    IllegalStateError,
)
from ..._protocol.offset_commit import OffsetCommitRequest, OffsetCommitResponse
from ..._protocol.offset_fetch import OffsetFetchRequest, OffsetFetchResponse
from ...errors import for_code
from ...records import OffsetAndMetadata, TopicPartition
from .. import codes
from ..tasks import Promise
from .coordinator import CoordinatorLink
from .membership import NO_GENERATION, Identity, by_topic

Offsets = Mapping[TopicPartition, OffsetAndMetadata]
_IDS_FROM = 10
_BATCHED_FROM = 8
_STABLE_FROM = 7
_WAITING_MAX = 1_000
_ZERO = bytes(16)

_PASSING = codes.COORDINATOR_BUSY | {
    codes.UNKNOWN_TOPIC_OR_PARTITION,
    codes.UNKNOWN_TOPIC_ID,
    codes.UNSTABLE_OFFSET_COMMIT,
    codes.STALE_MEMBER_EPOCH,
}


class GroupOffsets:
    """``identity`` gives the member as it is now (None: a group without members, offsets only);
    ``refused`` hears what the coordinator thinks of it."""

    def __init__(
        self,
        link: CoordinatorLink,
        identity: Callable[[], Optional[Identity]],
        refused: Callable[[int, Identity], None],
    ) -> None:
        self._link = link
        self._client = link.client
        self._engine = link.client.engine
        self._identity = identity
        self._refused = refused
        self._turns: Deque[Promise[None]] = deque()
        self._is_committing = False
        self.commits = 0

    async def commit(self, offsets: Offsets, timeout_s: float, persistent: bool = True) -> None:
        """Returns when they are stored.

        :param persistent: tried again until the time is over where that may help.
        :raises CommitFailedError: the group has rebalanced without this member.
        :raises GofkaError: anything else; what timed out may be stored all the same.
        """
        if not offsets:
            return
        await self._turn()
        try:
            await self._commit(offsets, self._engine.now + timeout_s, persistent)
            self.commits += 1
        finally:
            self._is_committing = False
            if self._turns:
                self._turns.popleft().resolve(None)

    async def _turn(self) -> None:
        while self._is_committing:
            if len(self._turns) >= _WAITING_MAX:
                raise IllegalStateError(f"{_WAITING_MAX} commits wait already")
            turn: Promise[None] = self._engine.promise()
            self._turns.append(turn)
            await turn
        self._is_committing = True

    async def _commit(self, offsets: Offsets, until: float, persistent: bool) -> None:
        backoff = self._client.backoff()
        while True:
            try:
                error = await self._attempt(offsets, max(0.001, until - self._engine.now))
            except (BrokerConnectionError, ClientTimeoutError) as caught:
                error = caught
            if error is None:
                return
            delay_s = backoff.next()
            may_pass = self._may_pass(error)
            if not (persistent and may_pass) or self._engine.now + delay_s >= until:
                raise error
            await self._engine.sleep(delay_s)
            if getattr(error, "code", None) in codes.LEADER_MOVED:
                await self._refresh(offsets)

    def _may_pass(self, error: GofkaError) -> bool:
        return getattr(error, "code", None) in _PASSING or codes.may_pass(error, self._client)

    async def _refresh(self, offsets: Offsets) -> None:
        try:
            await self._client.cluster.refresh(list(by_topic(offsets)))
        except GofkaError:
            return  # The next attempt says what is wrong.

    async def _attempt(self, offsets: Offsets, timeout_s: float) -> Optional[GofkaError]:
        identity = self._identity()
        # Without a generation it would count as a commit from outside of the group, and be taken.
        if identity is not None and identity.generation_id == NO_GENERATION:
            return CommitFailedError(f"group {self._link.group_id}: this consumer is not in it")
        version = await self._link.version(OffsetCommitRequest)
        ids = {topic: self._topic_id(topic) for topic in by_topic(offsets)}
        with_ids = version >= _IDS_FROM and _ZERO not in ids.values()
        who = identity or Identity("", -1, None)
        request = OffsetCommitRequest(
            group_id=self._link.group_id,
            generation_id_or_member_epoch=who.generation_id,
            member_id=who.member_id,
            group_instance_id=who.instance_id,
            topics=[
                OffsetCommitRequest.Topic(
                    name=topic,
                    topic_id=ids[topic],
                    partitions=[self._offset(topic, p, offsets) for p in partitions],
                )
                for topic, partitions in by_topic(offsets).items()
            ],
        )
        max_version = None if with_ids else min(version, _IDS_FROM - 1)
        answer = await self._link.ask(request, timeout_s=timeout_s, max_version=max_version)
        code = _worst(answer)
        if code == codes.NONE:
            return None
        self._link.heed(code)
        if identity is not None and (code not in _PASSING or code == codes.STALE_MEMBER_EPOCH):
            self._refused(code, identity)
        about = f"committing offsets of group {self._link.group_id}"
        if code in codes.EXPELLED or code == codes.REBALANCE_IN_PROGRESS:
            return CommitFailedError(f"{about}: {for_code(code).meaning}")
        return for_code(code, about)

    def _topic_id(self, topic: str) -> bytes:
        info = self._client.cluster.topics.get(topic)
        return _ZERO if info is None else info.topic_id

    @staticmethod
    def _offset(topic: str, partition: int, offsets: Offsets) -> OffsetCommitRequest.Topic.Partition:
        offset = offsets[TopicPartition(topic, partition)]
        return OffsetCommitRequest.Topic.Partition(
            partition, offset.offset, offset.leader_epoch, offset.metadata
        )

    # ------------------------------------------------------------ what has been committed

    async def committed(
        self, partitions: Sequence[TopicPartition], timeout_s: float
    ) -> Dict[TopicPartition, OffsetAndMetadata]:
        """One that nobody has committed is missing.

        :raises GofkaError: within the time nobody answered, or the group may not be read.
        """
        until = self._engine.now + timeout_s
        backoff = self._client.backoff()
        while True:
            error: GofkaError
            try:
                return await self._fetch(partitions, max(0.001, until - self._engine.now))
            except GofkaError as caught:
                error = caught
            delay_s = backoff.next()
            may_pass = self._may_pass(error)
            if not may_pass or self._engine.now + delay_s >= until:
                raise error
            await self._engine.sleep(delay_s)

    async def _fetch(
        self, partitions: Sequence[TopicPartition], timeout_s: float
    ) -> Dict[TopicPartition, OffsetAndMetadata]:
        version = await self._link.version(OffsetFetchRequest)
        topics = by_topic(partitions)
        ids = {topic: self._topic_id(topic) for topic in topics}
        if _ZERO in ids.values():
            version = min(version, _IDS_FROM - 1)
        request = OffsetFetchRequest(require_stable=version >= _STABLE_FROM)
        if version >= _BATCHED_FROM:
            group = OffsetFetchRequest.Group(self._link.group_id)
            group.topics = [
                OffsetFetchRequest.Group.Topic(topic, ids[topic], indexes)
                for topic, indexes in topics.items()
            ]
            request.groups = [group]
        else:
            request.group_id = self._link.group_id
            request.topics = [OffsetFetchRequest.Topic(*each) for each in topics.items()]
        answer = await self._link.ask(request, timeout_s=timeout_s, max_version=version)
        return self._read(answer, {topic_id: topic for topic, topic_id in ids.items()})

    def _read(
        self, answer: OffsetFetchResponse, names: Dict[bytes, str]
    ) -> Dict[TopicPartition, OffsetAndMetadata]:
        code = answer.groups[0].error_code if answer.groups else answer.error_code
        about = f"offsets of group {self._link.group_id}"
        if code:
            self._link.heed(code)
            raise for_code(code, about)
        found: Dict[TopicPartition, OffsetAndMetadata] = {}
        for topic in answer.groups[0].topics if answer.groups else answer.topics:
            name = topic.name or names.get(bytes(getattr(topic, "topic_id", _ZERO)), "")
            for each in topic.partitions:
                if each.error_code:
                    raise for_code(each.error_code, f"{about}: {name}-{each.partition_index}")
                if each.committed_offset >= 0:
                    found[TopicPartition(name, each.partition_index)] = OffsetAndMetadata(
                        each.committed_offset, each.metadata or "", each.committed_leader_epoch
                    )
        return found


def _worst(answer: OffsetCommitResponse) -> int:
    """An error that nothing mends counts more than one that passes."""
    errors = [p.error_code for topic in answer.topics for p in topic.partitions if p.error_code]
    lasting = [code for code in errors if code not in _PASSING]
    return (lasting or errors or [codes.NONE])[0]
