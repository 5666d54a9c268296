"""Takes ready batches, sends them to their leaders, and decides what an answer means for each.

Place in the flow: the accumulator wakes it, connections carry its requests, and `finish` tells the
futures. Lives on the engine's thread.

Order and exactly-once (KIP-98, KIP-360): each batch of a partition gets the next sequence when it is
first taken, and keeps it. A batch that comes back goes to the front of its queue, in the order of
sequences, and is sent again only when nothing before it is under way. When a batch with a sequence is
given up, its partition goes on with a new epoch once all that was in flight has come back.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Tuple

from .. import errors
from .._codecs import compress
from .._errors import (
    BrokerConnectionError,
    ClientClosedError,
    DeliveryTimeoutError,
    GofkaError,
    TransactionAbortedError,
)
from .accumulator import Accumulator, Part, PendingBatch
from .client import Client
from .connection import Connection
from .producer_options import REQUEST_OVERHEAD, ProducerConfig
from .record_batch import HEADER_BYTES, NO_PRODUCER, TRANSACTIONAL, reseal, seal
from .tasks import Promise, Signal, Timer

if TYPE_CHECKING:
    from .._protocol.produce import ProduceResponse
    from .transactions import Transactions

log = logging.getLogger("gofka")

LANE = "produce"
EPOCH_MAX = 32_766
#: From this version on requests name topics by their ids.
TOPIC_IDS_FROM = 13
#: Up to this version the client adds partitions to a transaction itself (KIP-890).
TRANSACTIONAL_VERSION_MAX = 11
SEQUENCES = 1 << 31
#: A broker knows the last five batches of a producer again. So no more than that are under way, and none
#: goes out behind one that is sent again, or its repetition could come when it is forgotten.
BATCHES_KNOWN = 5

_OUT_OF_ORDER = errors.OutOfOrderSequenceNumberError.code
_DUPLICATE = errors.DuplicateSequenceNumberError.code
_UNKNOWN_PRODUCER = errors.UnknownProducerIdError.code
_TOO_LARGE = (errors.MessageTooLargeError.code, errors.RecordListTooLargeError.code)
_MOVED = (
    errors.NotLeaderOrFollowerError.code,
    errors.FencedLeaderEpochError.code,
    errors.UnknownTopicOrPartitionError.code,
    errors.UnknownTopicIdError.code,
    errors.InconsistentTopicIdError.code,
    errors.LeaderNotAvailableError.code,
    errors.KafkaStorageError.code,
)
#: Retriable here although Kafka's table says no: the metadata is refreshed before.
_RETRIED_TOO = (errors.InconsistentTopicIdError.code, errors.UnknownTopicIdError.code)


class Sender:
    def __init__(self, client: Client, config: ProducerConfig, accumulator: Accumulator) -> None:
        self.client = client
        self.engine = client.engine
        self.config = config
        self.accumulator = accumulator
        self.transactions: Optional[Transactions] = None
        self.producer: Tuple[int, int] = NO_PRODUCER
        #: After this nothing can be sent any more.
        self.fatal: Optional[GofkaError] = None
        self.closing = False
        self._starting = False
        self._connecting: Dict[int, None] = {}
        self._timer: Optional[Timer] = None
        self._expiry: Optional[Timer] = None
        self._turn = 0
        self._watching = False
        #: Set whenever batches may have ended.
        self.progress = Signal(self.engine)

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
                if any(_before(batch, head) for batch in part.in_flight):
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
                while not _is_over(batch):
                    await self.progress.wait()
        finally:
            with accumulator.lock:
                accumulator.flushing -= 1

    # Answers.

    def _answered(
        self,
        batches: List[PendingBatch],
        promise: Promise[Optional[ProduceResponse]],
        named: bool,
        ids: Dict[str, bytes],
    ) -> None:
        if promise.error is not None:
            error = promise.error
            if not isinstance(error, GofkaError):
                error = BrokerConnectionError(f"{error!r}")
            if isinstance(error, BrokerConnectionError) or error.retriable:
                self.client.cluster.stale()
            self._all_failed(batches, error)
        elif promise.value is None:
            for batch in batches:
                self._succeeded(batch, -1, -1)
        else:
            self._sort_out(batches, promise.value, named, ids)
        self.progress.set()
        self.wake()

    def _sort_out(
        self,
        batches: List[PendingBatch],
        response: ProduceResponse,
        named: bool,
        ids: Dict[str, bytes],
    ) -> None:
        endpoints = [(each.node_id, each.host, each.port, each.rack) for each in response.node_endpoints]
        left = {
            (batch.part.topic if named else ids[batch.part.topic], batch.part.number): batch
            for batch in batches
        }
        for topic in response.responses:
            name = topic.name if named else topic.topic_id
            for answer in topic.partition_responses:
                batch = left.pop((name, answer.index), None)
                if batch is None:
                    continue
                code = answer.error_code
                if code == 0 or code == _DUPLICATE:
                    self._succeeded(batch, answer.base_offset, answer.log_append_time_ms)
                    continue
                if code in _MOVED:
                    hint = answer.current_leader
                    learnt = hint is not None and self.client.cluster.learn_leader(
                        batch.part.topic,
                        batch.part.number,
                        hint.leader_id,
                        hint.leader_epoch,
                        endpoints,
                    )
                    if not learnt:
                        self.client.cluster.stale()
                where = f"{batch.part.topic}-{batch.part.number}"
                told = answer.error_message
                error = errors.for_code(code, f"{where}: {told}" if told else where)
                self._failed(batch, error)
        if left:
            missing = errors.UnknownServerError("the broker's answer leaves out a partition")
            self._all_failed(list(left.values()), missing)

    def _all_failed(self, batches: List[PendingBatch], error: GofkaError) -> None:
        for batch in batches:
            self._failed(batch, error)

    def _succeeded(self, batch: PendingBatch, base_offset: int, append_time: int) -> None:
        part = batch.part
        with self.accumulator.lock:
            part.in_flight.remove(batch)
            part.failures = 0
            if batch.done:
                return  # It was too late for whoever sent it.
            batch.base_offset, batch.append_time = base_offset, append_time
            self.client.count("records_sent", batch.count)
            self.accumulator.finish(batch)
        _tell(batch)

    def _failed(self, batch: PendingBatch, error: GofkaError) -> None:
        part, accumulator = batch.part, self.accumulator
        batch.last_error = error
        with accumulator.lock:
            part.in_flight.remove(batch)
            if batch.done:
                # Given up already; whether it was written is not known.
                part.must_reset = part.must_reset or batch.sequence >= 0
                return
            if self._may_retry(batch, error):
                self.client.count("record_retries", batch.count)
                part.failures += 1
                if not self._is_about_order(error):
                    pause = self.client.backoff(part.failures - 1).next()
                    part.not_before = self.engine.now + pause
                if self._is_too_large(error) and batch.count > 1:
                    part.payload_max = max(1, len(batch.buf) // 2)
                    accumulator.close_open(part)
                    for piece in reversed(accumulator.split(batch)):
                        self._put_back(piece)
                else:
                    self._put_back(batch)
                return
        self._give_up(batch, error)

    def _put_back(self, batch: PendingBatch) -> None:
        """To its place in the queue: by sequence, else before all that is newer."""
        part = batch.part
        queue = part.queue
        at = 0
        while at < len(queue) and batch.sequence >= 0 and _before(queue[at], batch):
            at += 1
        queue.insert(at, batch)
        self.accumulator.active[part] = None

    def _may_retry(self, batch: PendingBatch, error: GofkaError) -> bool:
        if self.fatal is not None or batch.attempts > self.config.retries:
            return False
        if self.engine.now >= batch.deadline or isinstance(error, ClientClosedError):
            return False
        if self.transactions is not None and self.transactions.is_aborting:
            return False
        code = error.code if isinstance(error, errors.BrokerError) else None
        part = batch.part
        if code == _OUT_OF_ORDER:
            # Something before it has not arrived yet; if there is nothing, records were lost.
            earlier = [*part.in_flight, *part.queue]
            return any(_before(other, batch) for other in earlier)
        if code == _UNKNOWN_PRODUCER and self.config.idempotent:
            if self.transactions is not None:
                return False
            part.must_reset = True
            return True
        if code in _TOO_LARGE:
            return batch.count > 1
        return error.retriable or code in _RETRIED_TOO

    @staticmethod
    def _is_about_order(error: GofkaError) -> bool:
        return isinstance(error, errors.OutOfOrderSequenceNumberError)

    @staticmethod
    def _is_too_large(error: GofkaError) -> bool:
        return isinstance(error, errors.BrokerError) and error.code in _TOO_LARGE

    def _give_up(self, batch: PendingBatch, error: GofkaError) -> None:
        with self.accumulator.lock:
            if batch.done:
                return
            batch.error = error
            if batch.sequence >= 0:
                batch.part.must_reset = True
            self.client.count("record_errors", batch.count)
            self.accumulator.finish(batch)
        if self.transactions is not None:
            self.transactions.batch_failed(error)
        _tell(batch)
        self.progress.set()

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

    # Ends.

    def _tick_s(self) -> float:
        return min(1.0, max(0.01, self.config.delivery_s / 20))

    def _expire(self) -> None:
        """Give up what was not delivered in time."""
        self._expiry = None
        now, accumulator = self.engine.now, self.accumulator
        late: List[PendingBatch] = []
        with accumulator.lock:
            for batch in accumulator.incomplete:
                if batch.deadline > now:
                    continue
                late.append(batch)
            for batch in late:
                self._unqueue(batch)
            more = len(accumulator.incomplete) > len(late)
        for batch in late:
            seconds = self.config.delivery_s
            where = f"{batch.part.topic}-{batch.part.number}"
            error = DeliveryTimeoutError(f"{where}: not acknowledged within {seconds:.3g} s")
            error.__cause__ = batch.last_error
            self._give_up(batch, error)
        if more:
            self._expiry = self.engine.call_later(self._tick_s(), self._expire)

    def _unqueue(self, batch: PendingBatch) -> None:
        part = batch.part
        if part.open is batch:
            part.open = None
        if batch in part.queue:
            part.queue.remove(batch)
            if not part.queue:
                self.accumulator.active.pop(part, None)

    def fail_all(self, error: GofkaError) -> None:
        """Give up everything that is not done, also what is in flight."""
        accumulator = self.accumulator
        with accumulator.lock:
            batches = list(accumulator.incomplete)
            for batch in batches:
                self._unqueue(batch)
        for batch in batches:
            self._give_up(batch, error)

    def drop_queued(self, error: Optional[GofkaError] = None) -> None:
        """Give up what has not left, because its transaction is aborted."""
        accumulator = self.accumulator
        told = error if error is not None else TransactionAbortedError("the transaction was aborted")
        with accumulator.lock:
            flying = {batch for part in accumulator.parts.values() for batch in part.in_flight}
            batches = [batch for batch in accumulator.incomplete if batch not in flying]
            for batch in batches:
                self._unqueue(batch)
        for batch in batches:
            with accumulator.lock:
                batch.error = told
                accumulator.finish(batch)
                batch.part.must_reset = batch.part.must_reset or batch.sequence >= 0
            _tell(batch)
        self.progress.set()


def _before(one: PendingBatch, other: PendingBatch) -> bool:
    """Whether it comes earlier in its partition, by sequences, which wrap around."""
    if one.sequence < 0 or one.producer != other.producer:
        return False
    return one is not other and 0 < (other.sequence - one.sequence) % SEQUENCES < SEQUENCES // 2


def _is_over(batch: PendingBatch) -> bool:
    if batch.pieces is not None:
        return all(_is_over(piece) for _, piece in batch.pieces)
    return batch.done


def _tell(batch: PendingBatch) -> None:
    """Run the callbacks; one that raises is logged."""
    callbacks, batch.callbacks = batch.callbacks, None
    for index, callback in callbacks or ():
        try:
            if batch.error is not None:
                callback(batch.error, None)
            else:
                callback(None, batch.metadata(index))
        except Exception:
            log.exception("a delivery callback raised")
