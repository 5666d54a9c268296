"""Fetches ahead of the application: long polls at every broker that leads something, in one session each
(KIP-227), up to a bound in bytes.

Place in the flow: the consumer's core gives it partitions with positions; what comes goes into them.
"""

from __future__ import annotations

from typing import Callable, Dict, List, NamedTuple, Optional, Set, Tuple

from .._errors import GofkaError, ProtocolError
from .._log import get_logger
from .._protocol.fetch import FetchRequest, FetchResponse
from ..errors import for_code
from ..records import TopicPartition
from . import codes
from .client import Backoff, Client
from .consumer_options import ConsumerSettings
from .partition import AssignedPartition, Chunk, whole_batches
from .truncation import Truncation

log = get_logger("gofka.fetch")

_EPOCH_MAX = 0x7FFFFFFF
_IDS_FROM = 13
_ZERO = bytes(16)
_SESSION_LOST = frozenset((codes.FETCH_SESSION_ID_NOT_FOUND, codes.INVALID_FETCH_SESSION_EPOCH))
#: Beyond what the broker may wait.
_REPLICA_FOR_S = 300.0


class FetchOptions(NamedTuple):
    """Sizes in bytes, times in seconds."""

    min_bytes: int
    max_bytes: int
    partition_max_bytes: int
    max_wait_s: float
    #: Of everything that is fetched and not yet handed out.
    buffer_bytes: int
    read_committed: bool
    rack: str
    request_timeout_s: float


def fetch_options(settings: ConsumerSettings) -> FetchOptions:
    return FetchOptions(
        min_bytes=settings.fetch_min_bytes,
        max_bytes=settings.fetch_max_bytes,
        partition_max_bytes=settings.partition_max_bytes,
        max_wait_s=settings.fetch_max_wait_s,
        buffer_bytes=settings.buffer_bytes,
        read_committed=settings.read_committed,
        rack=settings.rack,
        request_timeout_s=settings.common.request_timeout_s,
    )


class _Session:
    def __init__(self) -> None:
        self.id = 0
        self.epoch = 0
        #: What the broker holds of each partition: offset and leader epoch; with the topic's id.
        self.sent: Dict[TopicPartition, Tuple[int, int, bytes]] = {}


class Fetcher:
    """``failed`` hears of what no retry mends; ``out_of_range`` and ``truncated`` of positions that the log lacks."""

    def __init__(
        self,
        client: Client,
        options: FetchOptions,
        available: Callable[[], None],
        out_of_range: Callable[[AssignedPartition], None],
        truncated: Callable[[AssignedPartition, int], None],
        failed: Callable[[GofkaError], None],
    ) -> None:
        self._client = client
        self._engine = client.engine
        self._options = options
        self._available = available
        self._out_of_range = out_of_range
        self._failed = failed
        self.partitions: Dict[TopicPartition, AssignedPartition] = {}
        self._truncation = Truncation(client, truncated, self._block, self.wake)
        self._sessions: Dict[int, _Session] = {}
        self._busy: Set[int] = set()
        self._blocked: Dict[int, float] = {}
        self._backoffs: Dict[int, Backoff] = {}
        #: Of the answer that is being read.
        self._endpoints: List[Tuple[int, str, int, Optional[str]]] = []
        self._is_closed = False
        #: There is no room: whoever hands records out is to call :meth:`wake`.
        self.is_starved = False
        self.bytes_fetched = 0
        self.fetches = 0

    def close(self) -> None:
        self._is_closed = True

    def wake(self) -> None:
        """Start a fetch at every broker that leads something wanted and has none under way."""
        if self._is_closed:
            return
        self.is_starved = False
        # What is paused may stay for long, and must not keep the others from being read.
        held = sum(each.buffered for each in self.partitions.values() if not each.is_paused)
        room = self._options.buffer_bytes - held
        wanted: Dict[int, List[AssignedPartition]] = {}
        doubtful: Dict[int, Dict[AssignedPartition, int]] = {}
        for partition in self.partitions.values():
            if self._is_fetchable(partition, room):
                node_id = self._node_for(partition)
                if node_id is None:
                    self._block(partition)
                    self._client.cluster.stale()
                elif not self._truncation.is_due(partition, self._epoch(partition)):
                    wanted.setdefault(node_id, []).append(partition)
                elif partition.buffered:
                    # What the former leader gave comes first.
                    self.is_starved = True
                else:
                    doubtful.setdefault(node_id, {})[partition] = self._epoch(partition)
        for node_id, asked in doubtful.items():
            self._truncation.ask(node_id, asked)
        for node_id, partitions in wanted.items():
            if node_id in self._busy:
                continue
            delay_s = self._blocked.get(node_id, 0.0) - self._engine.now
            if delay_s > 0:
                continue
            self._busy.add(node_id)
            self._engine.daemon(self._fetch(node_id, partitions, max(1, room)), "fetch")

    def _is_fetchable(self, partition: AssignedPartition, room: int) -> bool:
        if partition.is_paused or partition.fetch_offset is None:
            return False
        if partition.blocked_until > self._engine.now:
            return False
        # Everybody has a share, so that none has all of it.
        share = max(self._options.buffer_bytes // len(self.partitions), 1)
        if room <= 0 or partition.buffered >= share:
            self.is_starved = True
            return False
        return True

    def _node_for(self, partition: AssignedPartition) -> Optional[int]:
        cluster = self._client.cluster
        nearby = partition.read_from
        if nearby is not None:
            if nearby in cluster.brokers and self._engine.now < partition.read_from_until:
                return nearby
            partition.read_from = None
        return cluster.leader(partition.topic, partition.partition)

    def _block(self, partition: AssignedPartition) -> None:
        delay_s = self._client.backoff().next()
        partition.blocked_until = self._engine.now + delay_s
        self._engine.call_later(delay_s, self.wake)

    # ------------------------------------------------------------ one fetch

    async def _fetch(self, node_id: int, partitions: List[AssignedPartition], room: int) -> None:
        session = self._sessions.setdefault(node_id, _Session())
        versions = {each.tp: each.version for each in partitions}
        try:
            version = await self._client.version(node_id, FetchRequest, lane="fetch")
            # Without an id of every topic only by names.
            ids = {each.topic: self._topic_id(each.topic) for each in partitions}
            if _ZERO in ids.values() or version < _IDS_FROM:
                version = min(version, _IDS_FROM - 1)
            request = self._request(session, partitions, room, version)
            answer = await self._client.ask(
                node_id,
                request,
                lane="fetch",
                timeout_s=self._options.max_wait_s + self._options.request_timeout_s,
                max_version=version,
            )
            self.fetches += 1
            if answer.error_code:
                self._session_refused(node_id, answer.error_code)
            else:
                self._endpoints = [
                    (each.node_id, each.host, each.port, each.rack) for each in answer.node_endpoints
                ]
                self._take(node_id, session, versions, answer)
                self._backoffs.pop(node_id, None)
        except GofkaError as error:
            self._node_failed(node_id, error)
        finally:
            self._busy.discard(node_id)
        self.wake()

    def _node_failed(self, node_id: int, error: GofkaError) -> None:
        self._sessions.pop(node_id, None)
        if self._is_closed:
            return
        for partition in self.partitions.values():
            if partition.read_from == node_id:
                partition.read_from = None
        backoff = self._backoffs.setdefault(node_id, self._client.backoff())
        delay_s = backoff.next()
        self._blocked[node_id] = self._engine.now + delay_s
        self._engine.call_later(delay_s, self.wake)
        self._client.cluster.stale()
        if codes.may_pass(error, self._client):
            log.info("fetching from node %d: %s", node_id, error)
        else:
            self._failed(error)

    def _session_refused(self, node_id: int, code: int) -> None:
        self._sessions.pop(node_id, None)
        if code not in _SESSION_LOST:
            self._node_failed(node_id, for_code(code, f"fetching from node {node_id}"))

    def _topic_id(self, topic: str) -> bytes:
        info = self._client.cluster.topics.get(topic)
        return _ZERO if info is None else info.topic_id

    def _request(
        self, session: _Session, partitions: List[AssignedPartition], room: int, version: int
    ) -> FetchRequest:
        """In a session only partitions whose offset has moved are named again."""
        options = self._options
        wanted = {each.tp for each in partitions}
        forgotten: Dict[Tuple[str, bytes], List[int]] = {}
        for tp, (_, _, topic_id) in list(session.sent.items()):
            if tp not in wanted or topic_id != self._topic_id(tp.topic):
                del session.sent[tp]
                forgotten.setdefault((tp.topic, topic_id), []).append(tp.partition)
        topics: Dict[str, FetchRequest.Topic] = {}
        for each in partitions:
            topic_id = self._topic_id(each.topic)
            epoch = self._epoch(each)
            each.leader_epoch = max(each.leader_epoch, epoch)
            state = (each.fetch_offset or 0, epoch, topic_id)
            if session.epoch > 0 and session.sent.get(each.tp) == state:
                continue
            session.sent[each.tp] = state
            if each.topic not in topics:
                topics[each.topic] = FetchRequest.Topic(each.topic, topic_id, [])
            topics[each.topic].partitions.append(  # type: ignore[attr-defined]
                FetchRequest.Topic.Partition(
                    partition=each.partition,
                    current_leader_epoch=epoch,
                    fetch_offset=each.fetch_offset or 0,
                    partition_max_bytes=options.partition_max_bytes,
                )
            )
        return FetchRequest(
            max_wait_ms=int(options.max_wait_s * 1000),
            min_bytes=options.min_bytes,
            max_bytes=min(options.max_bytes, room),
            isolation_level=1 if options.read_committed else 0,
            session_id=session.id,
            session_epoch=session.epoch,
            topics=list(topics.values()),
            forgotten_topics_data=[
                FetchRequest.ForgottenTopicsData(topic, topic_id, indexes)
                for (topic, topic_id), indexes in forgotten.items()
            ]
            if session.epoch > 0
            else [],
            rack_id=options.rack,
        )

    def _epoch(self, partition: AssignedPartition) -> int:
        """What we know of the leader; a follower may lag behind in it, so it is not told."""
        if partition.read_from is not None:
            return -1
        info = self._client.cluster.topics.get(partition.topic)
        known = None if info is None else info.partitions.get(partition.partition)
        return -1 if known is None else known.leader_epoch

    # ------------------------------------------------------------ what it brought

    def _take(
        self,
        node_id: int,
        session: _Session,
        versions: Dict[TopicPartition, int],
        answer: FetchResponse,
    ) -> None:
        if answer.session_id == 0:
            self._sessions.pop(node_id, None)
        else:
            session.id = answer.session_id
            session.epoch = 1 if session.epoch == _EPOCH_MAX else session.epoch + 1
        names = self._client.cluster.names
        has_news = False
        for topic in answer.responses:
            name = topic.topic or names.get(bytes(topic.topic_id))
            if name is None:
                self._sessions.pop(node_id, None)
                continue
            for each in topic.partitions:
                tp = TopicPartition(name, each.partition_index)
                partition = self.partitions.get(tp)
                # Sought, or given up, since it was asked for: the answer is to another question.
                if partition is None or versions.get(tp) != partition.version:
                    continue
                has_news |= self._take_partition(partition, each)
        if has_news:
            self._available()

    def _take_partition(
        self, partition: AssignedPartition, answer: FetchResponse.Response.Partition
    ) -> bool:
        if answer.error_code:
            self._take_error(partition, answer)
            return False
        partition.high_watermark = answer.high_watermark
        if answer.last_stable_offset >= 0:
            partition.last_stable_offset = answer.last_stable_offset
        partition.log_start_offset = answer.log_start_offset
        if answer.preferred_read_replica >= 0:
            partition.read_from = answer.preferred_read_replica
            partition.read_from_until = self._engine.now + _REPLICA_FOR_S
        if not answer.records:
            return False
        fetch_offset = partition.fetch_offset or 0
        try:
            data, next_offset, epoch = whole_batches(memoryview(answer.records), fetch_offset)
        except ProtocolError as error:
            partition.fetch_offset = None
            self._failed(type(error)(f"{partition.topic}-{partition.partition}: {error.message}"))
            return False
        if not data:
            return False
        aborted = [(each.producer_id, each.first_offset) for each in answer.aborted_transactions or ()]
        self.bytes_fetched += len(data)
        partition.add(Chunk(data, next_offset, epoch, aborted))
        return True

    def _take_error(
        self, partition: AssignedPartition, answer: FetchResponse.Response.Partition
    ) -> None:
        code = answer.error_code
        about = f"fetching {partition.topic}-{partition.partition} at {partition.fetch_offset}"
        if code == codes.OFFSET_OUT_OF_RANGE:
            if partition.read_from is not None:
                # The nearby replica may only be behind; the leader knows.
                partition.read_from = None
            elif not partition.buffered:
                # What was fetched before it is good, and comes first.
                self._out_of_range(partition)
            else:
                self._block(partition)
        elif code in codes.LEADER_MOVED or for_code(code).retriable:
            log.debug("%s: error %d", about, code)
            partition.read_from = None
            self._block(partition)
            leader = answer.current_leader
            # The answer may name the new leader (KIP-951).
            if leader is not None and self._client.cluster.learn_leader(
                *partition.tp, leader.leader_id, leader.leader_epoch, self._endpoints
            ):
                partition.blocked_until = 0.0
            else:
                self._client.cluster.stale()
        else:
            partition.fetch_offset = None
            self._failed(for_code(code, about))
