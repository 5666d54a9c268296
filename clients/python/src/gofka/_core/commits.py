"""What a consumer commits, and when: of the positions that it has handed out.

Place in the flow: the consumer's core owns one; group/offsets.py carries it to the coordinator.
"""

from __future__ import annotations

from typing import Callable, Dict, Iterable, Mapping, Optional, Sequence

from .._errors import CommitFailedError, GofkaError, IllegalStateError
from .._log import get_logger
from ..records import OffsetAndMetadata, TopicPartition
from .client import Client
from .group.membership import Membership
from .group.offsets import GroupOffsets
from .partition import AssignedPartition

log = get_logger("gofka.consumer")

CommitCallback = Callable[
    [Optional[Mapping[TopicPartition, OffsetAndMetadata]], Optional[Exception]], None
]
#: A rebalance does not wait longer for the commit before it.
_QUIETLY_WITHIN_S = 5.0


class Commits:
    def __init__(
        self,
        client: Client,
        partitions: Dict[TopicPartition, AssignedPartition],
        offsets: Optional[GroupOffsets],
    ) -> None:
        self._client = client
        self._partitions = partitions
        self._offsets = offsets

    def open(self, partitions: Iterable[TopicPartition]) -> Dict[TopicPartition, OffsetAndMetadata]:
        """Positions of these that are not committed yet."""
        held = [self._partitions[tp] for tp in partitions if tp in self._partitions]
        return {
            each.tp: OffsetAndMetadata(each.position, "", each.epoch)
            for each in held
            if each.position is not None and each.position != each.committed
        }

    async def quietly(self, offsets: Mapping[TopicPartition, OffsetAndMetadata]) -> None:
        """Nobody waits for it; what goes wrong is logged."""
        try:
            await self._commit(offsets, _QUIETLY_WITHIN_S)
        except GofkaError as error:
            log.warning("automatic commit: %s", error)

    async def _commit(
        self, offsets: Mapping[TopicPartition, OffsetAndMetadata], timeout_s: float
    ) -> None:
        if self._offsets is None:
            raise IllegalStateError("commits need a group_id")
        await self._offsets.commit(offsets, timeout_s)
        self._client.count("commits")
        for tp, offset in offsets.items():
            if tp in self._partitions:
                self._partitions[tp].committed = offset.offset

    async def commit(
        self,
        offsets: Optional[Mapping[TopicPartition, OffsetAndMetadata]],
        membership: Optional[Membership],
        timeout_s: float,
    ) -> None:
        """All open positions when ``offsets`` is None."""
        given = dict(self.open(self._partitions) if offsets is None else offsets)
        if given and membership is not None and membership.expelled():
            raise CommitFailedError("this consumer is not in its group at the moment")
        await self._commit(given, timeout_s)

    async def and_tell(
        self,
        offsets: Dict[TopicPartition, OffsetAndMetadata],
        membership: Optional[Membership],
        callback: Optional[CommitCallback],
    ) -> None:
        failure: Optional[GofkaError] = None
        try:
            await self.commit(offsets, membership, self._client.options.api_timeout_s)
        except GofkaError as error:
            failure = error
            if callback is None:
                log.warning("commit: %s", error)
        if callback is not None:
            try:
                callback(offsets, failure)
            except Exception:
                log.exception("a callback of commit_async raised")

    async def committed(
        self, partitions: Sequence[TopicPartition], timeout_s: float
    ) -> Dict[TopicPartition, OffsetAndMetadata]:
        """One that nobody has committed is missing."""
        if self._offsets is None:
            raise IllegalStateError("committed offsets need a group_id")
        await self._client.cluster.refresh({tp.topic for tp in partitions})
        return await self._offsets.committed(partitions, timeout_s)
