"""What an answer means for each batch that was sent, and when one is given up.

Place in the flow: the base of the sender, which takes batches and sends them. Here they go back to the front
of their queue, in the order of sequences, or are done, and `finish` tells the futures. Lives on the engine's
thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Dict, List, Optional

from .. import errors
from .._errors import (
    BrokerConnectionError,
    ClientClosedError,
    DeliveryTimeoutError,
    GofkaError,
    TransactionAbortedError,
)
from .._log import get_logger
from .accumulator import Accumulator, PendingBatch
from .client import Client
from .producer_options import ProducerConfig
from .tasks import Promise, Signal, Timer

if TYPE_CHECKING:
    from .._protocol.produce import ProduceResponse
    from .transactions import Transactions

log = get_logger("gofka")

SEQUENCES = 1 << 31

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


class Deliveries:
    def __init__(self, client: Client, config: ProducerConfig, accumulator: Accumulator) -> None:
        self.client = client
        self.engine = client.engine
        self.config = config
        self.accumulator = accumulator
        self.transactions: Optional[Transactions] = None
        #: After this nothing can be sent any more.
        self.fatal: Optional[GofkaError] = None
        self._expiry: Optional[Timer] = None
        #: Set whenever batches may have ended.
        self.progress = Signal(self.engine)

    def wake(self) -> None:
        """There may be something to send."""
        raise NotImplementedError

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
        while at < len(queue) and batch.sequence >= 0 and before(queue[at], batch):
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
            return any(before(other, batch) for other in earlier)
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


def before(one: PendingBatch, other: PendingBatch) -> bool:
    """Whether it comes earlier in its partition, by sequences, which wrap around."""
    if one.sequence < 0 or one.producer != other.producer:
        return False
    return one is not other and 0 < (other.sequence - one.sequence) % SEQUENCES < SEQUENCES // 2


def is_over(batch: PendingBatch) -> bool:
    if batch.pieces is not None:
        return all(is_over(piece) for _, piece in batch.pieces)
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
