"""The blocking producer.

    with Producer(bootstrap_servers="localhost:9092") as producer:
        future = producer.send("topic", b"value", key=b"key")
        print(future.get(timeout=10))
"""

from __future__ import annotations

import time
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, List, Mapping, Optional
from typing import Tuple, Union

from ._core.accumulator import Delivery, Part, PendingBatch
from ._core.cluster import TopicInfo
from ._core.producer import Headers, ProducerCore
from ._core.transactions import Transactions
from ._errors import (
    BufferFullError,
    ClientClosedError,
    ClientTimeoutError,
    GofkaError,
    IllegalStateError,
    SerializationError,
    WrongThreadError,
)
from ._shell.threads import ThreadShell
from .records import ConsumerGroupMetadata, Header, OffsetAndMetadata, RecordMetadata
from .records import TopicPartition

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from ._core.producer_options import ProducerOptions

__all__ = ["Producer", "RecordFuture"]


class RecordFuture:
    """What becomes of one record. Made by :meth:`Producer.send`."""

    __slots__ = ("_batch", "_index", "_producer")

    def __init__(self, batch: PendingBatch, index: int, producer: Producer) -> None:
        self._batch = batch
        self._index = index
        self._producer = producer

    def get(self, timeout: Optional[float] = None) -> RecordMetadata:
        """Wait until it is delivered, and answer where.

        :param timeout: seconds; None waits as long as delivery_timeout_ms allows.
        :raises GofkaError: it was not delivered.
        :raises ClientTimeoutError: nothing is known yet.
        """
        batch, index = self._batch.leaf(self._index)
        if not batch.done:
            batch, index = self._producer._await(self, timeout)
        if batch.error is not None:
            raise batch.error
        return batch.metadata(index)

    result = get

    def done(self) -> bool:
        """Whether it is delivered or given up."""
        return self._batch.leaf(self._index)[0].done

    @property
    def is_done(self) -> bool:
        """The same, by kafka-python's name."""
        return self.done()

    def succeeded(self) -> bool:
        batch = self._batch.leaf(self._index)[0]
        return batch.done and batch.error is None

    def failed(self) -> bool:
        batch = self._batch.leaf(self._index)[0]
        return batch.done and batch.error is not None

    def exception(self, timeout: Optional[float] = None) -> Optional[GofkaError]:
        """Wait like :meth:`get`; answers the error instead of raising it."""
        batch = self._batch.leaf(self._index)[0]
        if not batch.done:
            batch = self._producer._await(self, timeout)[0]
        return batch.error

    def add_done_callback(self, callback: Delivery) -> RecordFuture:
        """`callback(error, metadata)`, one of them None, on the producer's thread; at once if done."""
        with self._producer._accumulator.lock:
            batch, index = self._batch.leaf(self._index)
            if not batch.done:
                if batch.callbacks is None:
                    batch.callbacks = []
                batch.callbacks.append((index, callback))
                return self
        if batch.error is not None:
            callback(batch.error, None)
        else:
            callback(None, batch.metadata(index))
        return self

    def add_callback(self, callback: Callable[..., Any], *args: Any, **named: Any) -> RecordFuture:
        """`callback(*args, metadata, **named)` when it is delivered, as in kafka-python."""

        def told(error: Optional[GofkaError], metadata: Optional[RecordMetadata]) -> None:
            if error is None:
                callback(*args, metadata, **named)

        return self.add_done_callback(told)

    def add_errback(self, callback: Callable[..., Any], *args: Any, **named: Any) -> RecordFuture:
        """`callback(*args, error, **named)` when it is given up, as in kafka-python."""

        def told(error: Optional[GofkaError], _: Optional[RecordMetadata]) -> None:
            if error is not None:
                callback(*args, error, **named)

        return self.add_done_callback(told)


class Producer:
    """Sends records. May be shared by threads.

    `send` answers at once, while a thread of its own delivers. Options are kafka-python's; see the
    documentation for the table.
    """

    def __init__(self, **options: Unpack[ProducerOptions]) -> None:
        """
        :raises ConfigurationError: an option is unknown or has no legal value.
        :raises MissingCodecError: compression_type needs a package.
        """
        shell = self._shell = ThreadShell("gofka-producer")
        # Nothing that the thread holds may hold this object, which ends the thread when it is lost.
        self._core = ProducerCore(shell, options, lambda: shell.post(sender.wake))
        sender = self._core.sender
        self._accumulator = self._core.accumulator
        self._accumulator.now = time.monotonic
        config = self._core.config
        self._config = config
        self._topics = self._core.client.cluster.topics
        self._parts = self._accumulator.parts
        self._lock = self._accumulator.lock
        self._closed = False
        self._size_free = min(config.request_bytes_max, config.memory) // 2
        self._sender = sender
        self._finalizer = weakref.finalize(self, self._shell.stop)

    def send(
        self,
        topic: str,
        value: Any = None,
        key: Any = None,
        headers: Headers = None,
        partition: Optional[int] = None,
        timestamp_ms: Optional[int] = None,
        on_delivery: Optional[Delivery] = None,
    ) -> RecordFuture:
        """Send one record; answers at once what will become of it.

        Waits up to max_block_ms for the metadata of a topic not used before, and for memory.

        :param value: bytes; text counts as UTF-8; anything else needs value_serializer.
        :param headers: pairs of name and bytes, or a mapping.
        :param timestamp_ms: ms since 1970; now if left out.
        :param on_delivery: `callback(error, metadata)`, called on the producer's thread.
        :raises SerializationError: a serializer raised, or there is none.
        :raises RecordTooLargeError: it does not fit max_request_size.
        :raises BufferFullError: no memory within max_block_ms.
        :raises ClientTimeoutError: no metadata within max_block_ms.
        :raises ClientClosedError, ForkedError: the producer cannot be used any more.
        """
        config = self._config
        if config.key_serializer is not None or (key is not None and type(key) is not bytes):
            key = self._core.serialized(config.key_serializer, "key", key)
        if config.value_serializer is not None or (value is not None and type(value) is not bytes):
            value = self._core.serialized(config.value_serializer, "value", value)
        told = self._core.headers_of(headers) if headers else None
        info = self._topics.get(topic)
        if info is None or not info.all or self._closed or self._shell.forked:
            info = self._learn(topic)
        if told or (len(value) if value else 0) + (len(key) if key else 0) > self._size_free:
            self._core.check_size(key, value, told)
        if partition is None:
            number = config.partitioner.partition(topic, key, info.all, info.available)
        else:
            number = partition
        part = self._parts.get((topic, number))
        if part is None:
            if number not in info.partitions:
                # It may be new.
                self._shell.run(lambda: self._core.client.cluster.refresh([topic]))
                info = self._learn(topic)
            part = self._accumulator.part(topic, self._core.pick(info, key, number))
        if self._sender.fatal is not None:
            raise self._sender.fatal
        stamp = int(time.time() * 1000) if timestamp_ms is None else timestamp_ms
        with self._lock:
            if self._core.transactions is not None:
                self._core.transactions.check_sending()
            batch = self._accumulator.try_append(part, stamp, key, value, told)
            if batch is None:
                batch = self._append_when_free(part, stamp, key, value, told)
            index = batch.count - 1
            if on_delivery is not None:
                if batch.callbacks is None:
                    batch.callbacks = []
                batch.callbacks.append((index, on_delivery))
        return RecordFuture(batch, index, self)

    def flush(self, timeout: Optional[float] = None) -> None:
        """Send all that waits, and wait until every record is delivered or given up.

        :param timeout: seconds.
        :raises ClientTimeoutError: some are still under way.
        """
        self._check_open()
        self._shell.run(self._sender.flush, timeout)

    def close(self, timeout: Optional[float] = None) -> None:
        """Deliver what waits, then end. May be called again.

        :param timeout: seconds for what waits; what is not delivered by then fails with
            ClientClosedError. None waits as long as delivery_timeout_ms allows.
        """
        if self._closed or self._shell.forked:
            return
        self._closed = True
        self._finalizer.detach()
        if self._shell.is_own_thread():
            self._sender.fail_all(ClientClosedError("the producer was closed in a callback"))
            self._core.client.close()
            self._shell.stop()
            return
        try:
            if self._shell.started:
                self._shell.run(lambda: self._core.close(timeout))
        except ClientClosedError:
            pass
        finally:
            self._shell.close()

    def partitions_for(self, topic: str) -> List[int]:
        """The partitions of a topic, which is created if the broker allows that.

        :raises ClientTimeoutError: not known within max_block_ms.
        """
        return list(self._learn(topic).all)

    def metrics(self) -> Dict[str, float]:
        """Counters since the start, and what waits now."""
        numbers = dict(self._core.client.metrics)
        numbers["buffer_bytes"] = self._accumulator.used
        numbers["batches_waiting"] = len(self._accumulator.incomplete)
        return numbers

    # Transactions.

    def init_transactions(self) -> None:
        """Get this transactional_id for this producer; ends what a former one left open.

        :raises ProducerFencedError, ClientTimeoutError, IllegalStateError:
        """
        self._shell.run(self._transactions.init)

    def begin_transaction(self) -> None:
        """:raises IllegalStateError: there is one, or init_transactions() is missing."""
        self._check_open()
        self._transactions.begin()

    def commit_transaction(self) -> None:
        """Deliver all records and offsets of the transaction, and commit it.

        :raises GofkaError: a record was not delivered, or the coordinator refused: abort it.
        """
        self._shell.run(self._transactions.commit)

    def abort_transaction(self) -> None:
        """Give up what has not left, and have the rest skipped by read_committed consumers."""
        self._shell.run(self._transactions.abort)

    def send_offsets_to_transaction(
        self,
        offsets: Mapping[TopicPartition, OffsetAndMetadata],
        group: Union[str, ConsumerGroupMetadata],
    ) -> None:
        """Commit a consumer's offsets with the transaction.

        :param group: the group's name, or better `consumer.group_metadata()`, which fences zombies.
        """
        metadata = ConsumerGroupMetadata(group) if isinstance(group, str) else group
        transactions = self._transactions
        self._shell.run(lambda: transactions.send_offsets(offsets, metadata))

    @contextmanager
    def transaction(self) -> Iterator[Producer]:
        """Begin, and commit at the end; abort when the block raises."""
        self.begin_transaction()
        try:
            yield self
            self.commit_transaction()
        except BaseException:
            if self._transactions.state in ("in", "abortable", "ending"):
                self.abort_transaction()
            raise

    def __enter__(self) -> Producer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Inside.

    @property
    def _transactions(self) -> Transactions:
        if self._core.transactions is None:
            raise IllegalStateError("transactions need the option transactional_id")
        return self._core.transactions

    def _check_open(self) -> None:
        if self._closed or self._shell.closed or self._shell.forked:
            self._shell.refuse()

    def _learn(self, topic: str) -> TopicInfo:
        self._check_open()
        if not isinstance(topic, str) or not topic:
            raise SerializationError(f"a topic is named by a text, not {topic!r}")
        info = self._topics.get(topic)
        if info is not None and info.all:
            return info
        limit_s = self._config.block_s
        return self._shell.run(lambda: self._core.client.cluster.topic(topic, limit_s))

    def _append_when_free(
        self,
        part: Part,
        stamp: int,
        key: Optional[bytes],
        value: Optional[bytes],
        headers: Optional[List[Header]],
    ) -> PendingBatch:
        """With the lock held, which waiting gives away."""
        if self._shell.is_own_thread():
            raise WrongThreadError("the buffer is full, and a callback cannot wait for it")
        accumulator = self._accumulator
        deadline = time.monotonic() + self._config.block_s
        accumulator.waiters += 1
        try:
            while True:
                batch = accumulator.try_append(part, stamp, key, value, headers)
                if batch is not None:
                    return batch
                left = deadline - time.monotonic()
                if left <= 0:
                    seconds = self._config.block_s
                    raise BufferFullError(f"{accumulator.used} bytes wait for {seconds:.3g} s")
                if not accumulator.is_full:
                    accumulator.is_full = True
                    if not accumulator.wake_posted:
                        accumulator.wake_posted = True
                        self._shell.post(self._sender.wake)
                accumulator.changed.wait(left)
                self._check_open()
        finally:
            accumulator.waiters -= 1

    def _await(self, future: RecordFuture, timeout: Optional[float]) -> Tuple[PendingBatch, int]:
        if self._shell.is_own_thread():
            raise WrongThreadError("a callback cannot wait for a record")
        accumulator = self._accumulator
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._lock:
            batch, index = future._batch.leaf(future._index)
            if batch is batch.part.open and not batch.done and not batch.part.urgent:
                batch.part.urgent = True
                if self._config.linger_s and not accumulator.wake_posted:
                    accumulator.wake_posted = True
                    self._shell.post(self._sender.wake)
            accumulator.waiters += 1
            try:
                while True:
                    batch, index = future._batch.leaf(future._index)
                    if batch.done:
                        return batch, index
                    left = None if deadline is None else deadline - time.monotonic()
                    if left is not None and left <= 0:
                        raise ClientTimeoutError(f"not delivered within {timeout:.3g} s")
                    if self._shell.forked:
                        self._shell.refuse()
                    accumulator.changed.wait(left)
            finally:
                accumulator.waiters -= 1
