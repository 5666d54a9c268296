"""Asks leaders for offsets: the first, the last, or those of a time (Kafka's ListOffsets).

Place in the flow: the consumer's start positions and its ``*_offsets`` calls, and the admin's.
"""

from __future__ import annotations

from typing import Dict, List, Mapping, Optional, Set, Tuple

from .._errors import ClientTimeoutError, GofkaError
from .._protocol.list_offsets import ListOffsetsRequest, ListOffsetsResponse
from ..errors import for_code
from ..records import OffsetAndTimestamp, TopicPartition
from . import codes
from .client import Client
from .tasks import gather

#: What may stand for a time.
EARLIEST = -2
LATEST = -1
#: The record with the latest time (KIP-734).
MAX_TIMESTAMP = -3

_VERSIONS = {MAX_TIMESTAMP: 7}


async def list_offsets(
    client: Client,
    times: Mapping[TopicPartition, int],
    timeout_s: float,
    read_committed: bool = False,
) -> Dict[TopicPartition, OffsetAndTimestamp]:
    """The first offset whose record is not older than the time, in ms since 1970; -1 when there is none.

    :raises GofkaError: some partition's answer did not come within the time; its last error.
    """
    asking = _Asking(client, times, client.engine.now + timeout_s, read_committed)
    return await asking.run()


class _Asking:
    def __init__(
        self, client: Client, times: Mapping[TopicPartition, int], until: float, committed: bool
    ) -> None:
        self._client = client
        self._engine = client.engine
        self._left = dict(times)
        self._until = until
        self._committed = committed
        self._found: Dict[TopicPartition, OffsetAndTimestamp] = {}
        self._error: Optional[GofkaError] = None

    async def run(self) -> Dict[TopicPartition, OffsetAndTimestamp]:
        backoff = self._client.backoff()
        await self._learn({tp.topic for tp in self._left})
        while self._left:
            asked, unknown = self._by_leader()
            self._error = None
            await gather(self._engine, [self._ask(*each) for each in asked.items()])
            if not self._left:
                break
            pause_s = backoff.next()
            if self._engine.now + pause_s >= self._until:
                raise self._error or ClientTimeoutError(
                    f"no leader of {', '.join(f'{t}-{p}' for t, p in sorted(unknown)[:5])}"
                )
            await self._engine.sleep(pause_s)
            await self._refresh({tp.topic for tp in self._left})
        return self._found

    async def _learn(self, topics: Set[str]) -> None:
        for topic in sorted(topics):
            left = max(0.001, self._until - self._engine.now)
            await self._client.cluster.topic(topic, left)

    async def _refresh(self, topics: Set[str]) -> None:
        try:
            await self._client.cluster.refresh(topics)
        except GofkaError as error:
            if not codes.may_pass(error, self._client):
                raise
            self._error = error

    def _by_leader(self) -> Tuple[Dict[int, List[TopicPartition]], List[TopicPartition]]:
        asked: Dict[int, List[TopicPartition]] = {}
        unknown = []
        for tp in self._left:
            leader = self._client.cluster.leader(*tp)
            if leader is None:
                unknown.append(tp)
                self._check(tp)
            else:
                asked.setdefault(leader, []).append(tp)
        return asked, unknown

    def _check(self, tp: TopicPartition) -> None:
        info = self._client.cluster.topics.get(tp.topic)
        if info is not None and info.partitions and tp.partition not in info.partitions:
            raise for_code(codes.UNKNOWN_TOPIC_OR_PARTITION, f"{tp.topic}-{tp.partition}")

    async def _ask(self, node_id: int, partitions: List[TopicPartition]) -> None:
        topics: Dict[str, List[ListOffsetsRequest.Topic.Partition]] = {}
        for tp in partitions:
            known = self._client.cluster.topics[tp.topic].partitions[tp.partition]
            each = ListOffsetsRequest.Topic.Partition(
                tp.partition, known.leader_epoch, self._left[tp]
            )
            topics.setdefault(tp.topic, []).append(each)
        left_s = max(0.001, self._until - self._engine.now)
        request = ListOffsetsRequest(
            replica_id=-1,
            isolation_level=1 if self._committed else 0,
            topics=[ListOffsetsRequest.Topic(*each) for each in topics.items()],
            timeout_ms=int(min(left_s, self._client.options.request_timeout_s) * 1000),
        )
        least = max(_VERSIONS.get(self._left[tp], 1) for tp in partitions)
        try:
            limit_s = min(left_s, self._client.options.request_timeout_s)
            answer = await self._client.ask(
                node_id, request, timeout_s=limit_s, min_version=least
            )
        except GofkaError as error:
            if not codes.may_pass(error, self._client):
                raise
            self._error = error
            return
        for topic in answer.topics:
            for told in topic.partitions:
                self._take(TopicPartition(topic.name, told.partition_index), told)

    def _take(self, tp: TopicPartition, told: ListOffsetsResponse.Topic.Partition) -> None:
        code: int = told.error_code
        if code == codes.NONE:
            if self._left.pop(tp, None) is not None:
                self._found[tp] = OffsetAndTimestamp(
                    told.offset, told.timestamp, told.leader_epoch
                )
            return
        error = for_code(code, f"offsets of {tp.topic}-{tp.partition}")
        if code not in codes.LEADER_MOVED and not error.retriable:
            raise error
        self._error = error
