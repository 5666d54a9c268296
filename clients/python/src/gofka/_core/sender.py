"""Takes ready batches and sends them to their leaders.

Place in the flow: the accumulator wakes it, connections carry its requests, and deliveries.py decides what
an answer means for each. Lives on the engine's thread.

Order and exactly-once (KIP-98, KIP-360): each batch of a partition gets the next sequence when it is
first taken, and keeps it. A batch that comes back goes to the front of its queue, in the order of
sequences, and is sent again only when nothing before it is under way. When a batch with a sequence is
given up, its partition goes on with a new epoch once all that was in flight has come back.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

from .. import errors
from .._codecs import compress
from .._errors import BrokerConnectionError, GofkaError
from .accumulator import Accumulator, Part, PendingBatch
from .client import Client
from .connection import Connection
from .deliveries import SEQUENCES, Deliveries, before, is_over
from .producer_options import REQUEST_OVERHEAD, ProducerConfig
from .record_batch import HEADER_BYTES, NO_PRODUCER, TRANSACTIONAL, reseal, seal
from .tasks import Timer

LANE = "produce"
EPOCH_MAX = 32_766
#: From this version on requests name topics by their ids.
TOPIC_IDS_FROM = 13
#: Up to this version the client adds partitions to a transaction itself (KIP-890).
TRANSACTIONAL_VERSION_MAX = 11
#: A broker knows the last five batches of a producer again. So no more than that are under way, and none
#: goes out behind one that is sent again, or its repetition could come when it is forgotten.
BATCHES_KNOWN = 5


class Sender(Deliveries):
    def __init__(self, client: Client, config: ProducerConfig, accumulator: Accumulator) -> None:
        super().__init__(client, config, accumulator)
        self.producer: Tuple[int, int] = NO_PRODUCER
        self.closing = False
        self._starting = False
        self._connecting: Dict[int, None] = {}
        self._timer: Optional[Timer] = None
        self._turn = 0
        self._watching = False

    # Taking and sending.

    def wake(self) -> None:
        """There may be something to send."""
        accumulator = self.accumulator
        with accumulator.lock:
            accumulator.wake_posted = False
            if not accumulator.active:
                return
        if self.fatal is not None:
            self.fail_all(self.fatal)
            return
        if self._expiry is None:
            self._expiry = self.engine.call_later(self._tick_s(), self._expire)
        if self.config.idempotent and self.producer == NO_PRODUCER:
            if self.config.transactional_id is None and not self._starting:
                self._starting = True
                self.engine.daemon(self._get_producer_id(), "producer id")
            return
        due = self._take_and_send()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if due is not None:
            self._timer = self.engine.call_later(due - self.engine.now, self.wake)

    def _take_and_send(self) -> Optional[float]:
        """Answers when there may be more to send, None for "when something happens"."""
        accumulator = self.accumulator
        requests: Dict[int, Tuple[Connection, List[PendingBatch], int]] = {}
        due: Optional[float] = None
        with accumulator.lock:
            parts = list(accumulator.active)
            self._turn = (self._turn + 1) % max(1, len(parts))
            for part in parts[self._turn :] + parts[: self._turn]:
                if self.config.idempotent and self.producer == NO_PRODUCER:
                    return self.engine.now  # Its epochs are used up: get another id first.
                at = self._when_ready(part)
                if at is None:
                    continue
                if at > self.engine.now:
                    due = at if due is None else min(due, at)
                    continue
                connection = self._connection_to_leader(part)
                if connection is None or connection.in_flight >= self.config.in_flight_max:
                    continue
                self._take(part, connection, requests)
        for connection, batches, _ in requests.values():
            self._send(connection, batches)
        if requests and accumulator.active:
            return self.engine.now
        return due

    def _when_ready(self, part: Part) -> Optional[float]:
        """The time from which its first batch may leave; None: not by time."""
        accumulator, config = self.accumulator, self.config
        head = part.queue[0]
        if part.must_reset:
            if part.in_flight:
                return None
            self._reset(part)
        if config.idempotent:
            if head.sequence >= 0:
                if any(before(batch, head) for batch in part.in_flight):
                    return None
            elif part.in_flight:
                if part.producer != self.producer or len(part.in_flight) >= BATCHES_KNOWN:
                    return None
                if any(batch.attempts > 1 for batch in part.in_flight):
                    return None
        if part.in_flight and config.in_flight_max == 1:
            return None
        if self.transactions is not None and not self.transactions.may_send(part):
            return None
        at = part.not_before
        is_full = head is not part.open or len(head.buf) >= config.batch_bytes
        hurry = accumulator.flushing or accumulator.is_full or self.closing or part.urgent
        if not is_full and not hurry and not head.attempts:
            at = max(at, head.created + config.linger_s)
        return at

    def _connection_to_leader(self, part: Part) -> Optional[Connection]:
        node_id = self.client.cluster.leader(part.topic, part.number)
        if node_id is None:
            where = f"{part.topic}-{part.number}"
            part.queue[0].last_error = errors.LeaderNotAvailableError(where)
            self.client.cluster.stale()
            self._wait_for_metadata()
            return None
        connection = self.client.ready_connection(node_id, LANE)
        if connection is None and node_id not in self._connecting:
            self._connecting[node_id] = None
            self.engine.spawn(self._connect(node_id), "connect").on_done(
                lambda _: self._connected(node_id)
            )
        return connection

    async def _connect(self, node_id: int) -> None:
        deadline = self.engine.now + self.config.common.request_timeout_s
        try:
            await self.client.connection(node_id, LANE, deadline)
        except GofkaError as error:
            if error.fatal:
                self.fatal = error
            for part in list(self.accumulator.active):
                if self.client.cluster.leader(part.topic, part.number) == node_id:
                    part.queue[0].last_error = error
            await self.engine.sleep(self.config.common.retry_backoff_s)

    def _connected(self, node_id: int) -> None:
        self._connecting.pop(node_id, None)
        self.wake()

    def _wait_for_metadata(self) -> None:
        if not self._watching:
            self._watching = True
            waiting = self.engine.spawn(self.client.cluster.updated.wait(), "leader")

            def updated(_: Any) -> None:
                self._watching = False
                self.wake()

            waiting.on_done(updated)

    def _take(
        self,
        part: Part,
        connection: Connection,
        requests: Dict[int, Tuple[Connection, List[PendingBatch], int]],
    ) -> None:
        head = part.queue[0]
        key = id(connection)
        size = len(head.buf) + HEADER_BYTES
        found = requests.get(key)
        if found is not None:
            total = found[2] + size + len(part.topic) + 40
            if total > self.config.request_bytes_max - REQUEST_OVERHEAD:
                return
        else:
            found = (connection, [], 0)
            total = size
        part.queue.popleft()
        part.urgent = False
        if head is part.open:
            self.accumulator.close_open(part)
        if not part.queue:
            self.accumulator.active.pop(part, None)
        part.in_flight.append(head)
        if self.config.idempotent and head.sequence < 0:
            if part.producer != self.producer:
                part.producer, part.next_sequence = self.producer, 0
            head.sequence, head.producer = part.next_sequence, part.producer
            part.next_sequence = (part.next_sequence + head.count) % SEQUENCES
            if head.sealed is not None:
                reseal(head.sealed, head.producer, head.sequence)
        found[1].append(head)
        requests[key] = (connection, found[1], total)

    def _send(self, connection: Connection, batches: List[PendingBatch]) -> None:
        from .._protocol.produce import ProduceRequest

        config, topics = self.config, self.client.cluster.topics
        high: Optional[int] = None
        ids = {}
        for batch in batches:
            if batch.sealed is None:
                batch.sealed = self._seal(batch)
            info = topics.get(batch.part.topic)
            ids[batch.part.topic] = info.topic_id if info is not None else bytes(16)
        if config.transactional_id is not None:
            high = TRANSACTIONAL_VERSION_MAX
        elif not all(any(topic_id) for topic_id in ids.values()):
            high = TOPIC_IDS_FROM - 1
        try:
            version = connection.version_of(ProduceRequest, 3, high)
        except GofkaError as error:
            self._all_failed(batches, error)
            return
        by_topic: Dict[str, List[ProduceRequest.TopicData.PartitionData]] = {}
        for batch in batches:
            batch.attempts += 1
            data = ProduceRequest.TopicData.PartitionData(batch.part.number, batch.sealed)
            by_topic.setdefault(batch.part.topic, []).append(data)
        named = version < TOPIC_IDS_FROM
        request = ProduceRequest(
            config.transactional_id,
            config.acks,
            int(config.common.request_timeout_s * 1000),
            [
                ProduceRequest.TopicData(topic, bytes(16), data)
                if named
                else ProduceRequest.TopicData("", ids[topic], data)
                for topic, data in by_topic.items()
            ],
        )
        self.client.count("produce_requests")
        timeout_s = config.common.request_timeout_s
        answer = connection.send(request, version, timeout_s, config.acks != 0)
        answer.on_done(lambda promise: self._answered(batches, promise, named, ids))

    def _seal(self, batch: PendingBatch) -> bytearray:
        config = self.config
        payload = compress(config.codec, bytes(batch.buf), config.level) if config.codec else batch.buf
        attributes = config.codec
        if config.transactional_id is not None:
            attributes |= TRANSACTIONAL
        return seal(
            payload,
            batch.count,
            batch.base_timestamp,
            batch.max_timestamp,
            attributes,
            batch.producer,
            batch.sequence,
        )

    async def flush(self) -> None:
        """Send all that waits now, without lingering, until each record is delivered or given up."""
        accumulator = self.accumulator
        with accumulator.lock:
            waiting = list(accumulator.incomplete)
            accumulator.flushing += 1
        try:
            self.wake()
            for batch in waiting:
                while not is_over(batch):
                    await self.progress.wait()
        finally:
            with accumulator.lock:
                accumulator.flushing -= 1

    # Identity.

    async def _get_producer_id(self) -> None:
        """Ask until one is got; what cannot pass fails all that waits."""
        from .._protocol.init_producer_id import InitProducerIdRequest

        backoff = self.client.backoff()
        try:
            while not self.client.closed:
                try:
                    answer = await self.client.ask_any(InitProducerIdRequest(None, 60_000))
                    errors.check(answer.error_code, "InitProducerId")
                    self.producer = (answer.producer_id, answer.producer_epoch)
                    return
                except GofkaError as error:
                    with self.accumulator.lock:
                        for part in self.accumulator.active:
                            part.queue[0].last_error = error
                    if not error.retriable and not isinstance(error, BrokerConnectionError):
                        self.fatal = error
                        return
                await self.engine.sleep(backoff.next())
        finally:
            self._starting = False
            self.wake()

    def _reset(self, part: Part) -> None:
        """Nothing of it is in flight: what is queued starts at sequence 0 of a new epoch."""
        part.must_reset = False
        if not self.config.idempotent:
            return
        if part.producer == self.producer and self.transactions is None:
            producer_id, epoch = self.producer
            if epoch >= EPOCH_MAX:
                self.producer = NO_PRODUCER
            else:
                self.producer = (producer_id, epoch + 1)
        part.producer = NO_PRODUCER
        for batch in part.queue:
            batch.sequence = -1
