"""What the blocking consumer and its asyncio twin have in common: everything that waits for nothing.

Place in the flow: consumer.py and aio/consumer.py derive from it.
"""

from __future__ import annotations

from threading import Lock
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Set, Tuple, Union

from .._errors import ClientClosedError, ConfigurationError, IllegalStateError
from ..records import ConsumerGroupMetadata, OffsetAndMetadata, TopicPartition
from .consumer import ConsumerCore

CommitOffsets = Mapping[TopicPartition, Union[int, OffsetAndMetadata]]


class RebalanceListener:
    """What an application may want to know of its group. Derive from it, and override.

    The methods are called by the thread that polls, within its poll, and may use the consumer. What
    they raise is raised by that poll. For ``gofka.aio`` they may be ``async def``.
    """

    def on_partitions_assigned(self, assigned: List[TopicPartition]) -> Any:
        """These are new; positions are looked up afterwards, so that seeking here spares that."""

    def on_partitions_revoked(self, revoked: List[TopicPartition]) -> Any:
        """These will be others' when this returns: the last chance to commit."""

    def on_partitions_lost(self, lost: List[TopicPartition]) -> Any:
        """These may be others' already: nothing can be committed any more."""
        return self.on_partitions_revoked(lost)


def partition_of(given: Any) -> TopicPartition:
    """:raises ConfigurationError: it is no topic and partition."""
    if isinstance(given, tuple) and len(given) == 2:
        topic, partition = given
        if isinstance(topic, str) and isinstance(partition, int) and partition >= 0:
            return TopicPartition(topic, partition)
    raise ConfigurationError(f"{given!r} is no TopicPartition")


def partitions_of(given: Iterable[Any]) -> List[TopicPartition]:
    return list(dict.fromkeys(partition_of(each) for each in given))


def topics_of(given: Union[str, Sequence[str]]) -> List[str]:
    """:raises ConfigurationError: one is no text, or empty."""
    topics = [given] if isinstance(given, str) else list(given)
    for topic in topics:
        if not isinstance(topic, str) or not topic:
            raise ConfigurationError(f"{topic!r} is no name of a topic")
    return topics


def offsets_of(given: Optional[CommitOffsets]) -> Optional[Dict[TopicPartition, OffsetAndMetadata]]:
    if given is None:
        return None
    offsets = {}
    for partition, offset in given.items():
        if isinstance(offset, int):
            offset = OffsetAndMetadata(offset)
        if offset.offset < 0:
            raise ConfigurationError(f"offset {offset.offset} cannot be committed")
        offsets[partition_of(partition)] = offset
    return offsets


def listener_call(listener: Optional[RebalanceListener], kind: str, partitions: List[TopicPartition]) -> Any:
    """What the listener answers: for asyncio it may be awaitable."""
    if listener is None or (not partitions and kind != "assigned"):
        return None
    name = f"on_partitions_{kind}"
    method = getattr(listener, name, None)
    if method is None and kind == "lost":
        method = getattr(listener, "on_partitions_revoked", None)
    return None if method is None else method(list(partitions))


class InUse:
    """A consumer is no queue: two that poll it would each get a part of the order."""

    def __init__(self) -> None:
        self._lock = Lock()

    def __enter__(self) -> None:
        if not self._lock.acquire(blocking=False):
            raise IllegalStateError("somebody else is polling this consumer")

    def __exit__(self, *_: object) -> None:
        self._lock.release()


class ConsumerFace:
    """See the module's text."""

    _core: ConsumerCore
    _closed: bool

    def _check_open(self) -> None:
        if self._closed:
            raise ClientClosedError("the consumer is closed")

    def _seconds(self, timeout_ms: Optional[float]) -> float:
        """What a call may take: default_api_timeout_ms if nothing is said."""
        if timeout_ms is None:
            return self._core.settings.common.api_timeout_s
        return max(0.0, timeout_ms / 1000)

    def assignment(self) -> Set[TopicPartition]:
        """Partitions that are read at the moment."""
        return {each.tp for each in self._core.order}

    def subscription(self) -> Optional[Set[str]]:
        """Topics that are subscribed to (those that match, for a pattern); None when there are none."""
        return set(self._core.subscribed()) or None

    def paused(self) -> Set[TopicPartition]:
        """Partitions that were paused."""
        return {each.tp for each in self._core.order if each.is_paused}

    def highwater(self, partition: TopicPartition) -> Optional[int]:
        """The offset behind the last record that all replicas have, as of the last fetch."""
        return self._core.partition(partition_of(partition)).high_watermark

    def lag(self, partition: TopicPartition) -> Optional[int]:
        """Records of the partition that are still to be read, as of the last fetch.

        Counted in offsets, up to the last stable one with ``isolation_level="read_committed"``. None
        before the first fetch.
        """
        held = self._core.partition(partition_of(partition))
        return held.lag(self._core.settings.read_committed)

    def group_metadata(self) -> ConsumerGroupMetadata:
        """Who this consumer is in its group, for ``producer.send_offsets_to_transaction``.

        :raises IllegalStateError: there is no group_id.
        """
        return self._core.group_metadata()

    def metrics(self) -> Dict[str, float]:
        """Counters since the start, by name: records_consumed, bytes_fetched, fetches, requests,
        bytes_buffered, rebalances, commits, assigned_partitions, and lag.TOPIC-PARTITION of each."""
        return self._core.metrics()

    def bootstrap_connected(self) -> bool:
        """Whether any broker has answered yet."""
        return bool(self._core.client.cluster.brokers)


def committed_answer(
    given: Any, found: Dict[TopicPartition, OffsetAndMetadata], metadata: bool
) -> Union[None, int, OffsetAndMetadata]:
    """What :meth:`committed` answers for one partition."""
    offset = found.get(given)
    return offset if metadata or offset is None else offset.offset


def times_of(given: Mapping[Any, int]) -> Tuple[Dict[TopicPartition, int], List[TopicPartition]]:
    times = {partition_of(each): time for each, time in given.items()}
    for time in times.values():
        if not isinstance(time, int) or time < 0:
            raise ConfigurationError(f"{time!r} is no time in ms since 1970")
    return times, list(times)
