"""Whether the log still has what was read of it (KIP-320): asked when another leader has come.

After an unclean election the new leader may lack the end of the log, and may have written something else
there: an offset alone does not tell. So before it is read from, it is asked where the epoch ends in which the
record before the position was written.

Place in the flow: the fetcher leaves partitions to it that are to be looked at; what is found goes to
positions.py.
"""

from __future__ import annotations

from typing import Callable, Dict, List, NamedTuple, Set

from .._errors import GofkaError
from .._log import get_logger
from .._protocol.offset_for_leader_epoch import (
    OffsetForLeaderEpochRequest,
    OffsetForLeaderEpochResponse,
)
from ..errors import UnsupportedVersionError, for_code
from ..records import TopicPartition
from . import codes
from .client import Client
from .partition import AssignedPartition

log = get_logger("gofka.fetch")

_CONSUMER = -1


class _Asked(NamedTuple):
    """A partition as it was when it was asked about."""

    partition: AssignedPartition
    version: int
    leader_epoch: int


class Truncation:
    """``truncated`` hears of positions behind the end, with the end, -1 if nobody knows it."""

    def __init__(
        self,
        client: Client,
        truncated: Callable[[AssignedPartition, int], None],
        block: Callable[[AssignedPartition], None],
        done: Callable[[], None],
    ) -> None:
        self._client = client
        self._truncated = truncated
        self._block = block
        self._done = done
        self._asking: Set[TopicPartition] = set()

    def is_due(self, partition: AssignedPartition, leader_epoch: int) -> bool:
        """A leader of that epoch has not yet been read from, nor asked."""
        return 0 <= partition.fetch_epoch and partition.leader_epoch < leader_epoch

    def ask(self, node_id: int, partitions: Dict[AssignedPartition, int]) -> None:
        """Of partitions that the node leads, with its epoch; nothing fetched of them is left to hand out."""
        asked = [
            _Asked(each, each.version, leader_epoch)
            for each, leader_epoch in partitions.items()
            if each.tp not in self._asking
        ]
        if asked:
            self._asking.update(each.partition.tp for each in asked)
            self._client.engine.daemon(self._ask(node_id, asked), "truncation")

    async def _ask(self, node_id: int, asked: List[_Asked]) -> None:
        request = OffsetForLeaderEpochRequest(_CONSUMER, [])
        topics: Dict[str, List[OffsetForLeaderEpochRequest.Topic.Partition]] = {}
        for partition, _, leader_epoch in asked:
            topics.setdefault(partition.topic, []).append(
                OffsetForLeaderEpochRequest.Topic.Partition(
                    partition.partition, leader_epoch, partition.fetch_epoch
                )
            )
        request.topics = [OffsetForLeaderEpochRequest.Topic(*each) for each in topics.items()]
        try:
            answer = await self._client.ask(node_id, request, lane="fetch")
            told = {
                TopicPartition(topic.topic, each.partition): each
                for topic in answer.topics
                for each in topic.partitions
            }
            for each in asked:
                found = told.get(each.partition.tp)
                if found is None:
                    self._block(each.partition)
                else:
                    self._take(each, found)
        except UnsupportedVersionError:
            # Such a broker does not tell; the offsets are all there is.
            for partition, _, leader_epoch in asked:
                partition.leader_epoch = leader_epoch
        except GofkaError as error:
            log.info("asking node %d for the ends of epochs: %s", node_id, error)
            self._client.cluster.stale()
            for each in asked:
                self._block(each.partition)
        finally:
            self._asking.difference_update(each.partition.tp for each in asked)
        self._done()

    def _take(self, asked: _Asked, told: OffsetForLeaderEpochResponse.Topic.Partition) -> None:
        partition, version, leader_epoch = asked
        if partition.version != version or not partition.is_held:
            return
        if told.error_code:
            about = f"{partition.topic}-{partition.partition}"
            log.info("the end of an epoch of %s: %s", about, for_code(told.error_code, about))
            if told.error_code in codes.LEADER_MOVED:
                self._client.cluster.stale()
            self._block(partition)
            return
        partition.leader_epoch = leader_epoch
        if told.leader_epoch < 0 or told.end_offset < (partition.position or 0):
            self._truncated(partition, told.end_offset if told.leader_epoch >= 0 else -1)
