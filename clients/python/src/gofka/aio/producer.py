"""The asyncio producer.

    async with Producer(bootstrap_servers="localhost:9092") as producer:
        future = await producer.send("topic", b"value", key=b"key")
        print(await future)
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, AsyncIterator, Dict, Generator, List, Mapping, Optional, Union

from .._core.accumulator import Delivery, Part, PendingBatch
from .._core.cluster import TopicInfo
from .._core.producer import Headers, ProducerCore
from .._core.transactions import Transactions
from .._errors import (
    BufferFullError,
    ClientClosedError,
    ClientTimeoutError,
    GofkaError,
    IllegalStateError,
    SerializationError,
)
from .._shell.loop import LoopShell
from ..records import ConsumerGroupMetadata, Header, OffsetAndMetadata, RecordMetadata
from ..records import TopicPartition

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .._core.producer_options import ProducerOptions

__all__ = ["Producer", "RecordFuture"]

#: How much `send` takes before it lets the event loop turn.
_YIELD_BYTES = 1 << 16


class RecordFuture:
    """What becomes of one record: await it for its RecordMetadata, or its error."""

    __slots__ = ("_batch", "_index")

    def __init__(self, batch: PendingBatch, index: int) -> None:
        self._batch = batch
        self._index = index

    def __await__(self) -> Generator[Any, None, RecordMetadata]:
        batch, index = self._batch.leaf(self._index)
        if not batch.done:
            yield from self._wait().__await__()
            batch, index = self._batch.leaf(self._index)
        if batch.error is not None:
            raise batch.error
        return batch.metadata(index)

    def done(self) -> bool:
        """Whether it is delivered or given up."""
        return self._batch.leaf(self._index)[0].done

    def exception(self) -> Optional[GofkaError]:
        """The error of a record that was given up; None while it is under way."""
        return self._batch.leaf(self._index)[0].error

    def result(self) -> RecordMetadata:
        """Of a record that is done.

        :raises IllegalStateError: it is not.
        """
        batch, index = self._batch.leaf(self._index)
        if not batch.done:
            raise IllegalStateError("the record is still under way; await it")
        if batch.error is not None:
            raise batch.error
        return batch.metadata(index)

    def add_done_callback(self, callback: Delivery) -> RecordFuture:
        """`callback(error, metadata)`, one of them None; at once if it is done."""
        batch, index = self._batch.leaf(self._index)
        if not batch.done:
            if batch.callbacks is None:
                batch.callbacks = []
            batch.callbacks.append((index, callback))
        elif batch.error is not None:
            callback(batch.error, None)
        else:
            callback(None, batch.metadata(index))
        return self

    async def _wait(self) -> None:
        future: "asyncio.Future[None]" = asyncio.get_running_loop().create_future()

        def told(_: object, __: object) -> None:
            if not future.done():
                future.set_result(None)

        self.add_done_callback(told)
        await future


class Producer:
    """Sends records. Belongs to the event loop it is first used in; the same options as gofka.Producer."""

    def __init__(self, **options: Unpack[ProducerOptions]) -> None:
        """
        :raises ConfigurationError: an option is unknown or has no legal value.
        :raises MissingCodecError: compression_type needs a package.
        """
        self._shell = LoopShell()
        self._core = ProducerCore(self._shell, options, self._wake)
        self._accumulator = self._core.accumulator
        self._config = self._core.config
        self._topics = self._core.client.cluster.topics
        self._parts = self._accumulator.parts
        self._sender = self._core.sender
        self._size_free = min(self._config.request_bytes_max, self._config.memory) // 2
        self._closed = False
        self._since_yield = 0
        self._accumulator.now = self._shell.time

    async def send(
        self,
        topic: str,
        value: Any = None,
        key: Any = None,
        headers: Headers = None,
        partition: Optional[int] = None,
        timestamp_ms: Optional[int] = None,
        on_delivery: Optional[Delivery] = None,
    ) -> RecordFuture:
        """Send one record; answers what will become of it. See gofka.Producer.send.

        Waits up to max_block_ms for the metadata of a topic not used before, and for memory.
        """
        config = self._config
        if config.key_serializer is not None or (key is not None and type(key) is not bytes):
            key = self._core.serialized(config.key_serializer, "key", key)
        if config.value_serializer is not None or (value is not None and type(value) is not bytes):
            value = self._core.serialized(config.value_serializer, "value", value)
        told = self._core.headers_of(headers) if headers else None
        self._shell.attach()
        info = self._topics.get(topic)
        if info is None or not info.all or self._closed:
            info = await self._learn(topic)
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
                await self._shell.run(lambda: self._core.client.cluster.refresh([topic]))
                info = await self._learn(topic)
            part = self._accumulator.part(topic, self._core.pick(info, key, number))
        if self._sender.fatal is not None:
            raise self._sender.fatal
        stamp = int(time.time() * 1000) if timestamp_ms is None else timestamp_ms
        if self._core.transactions is not None:
            self._core.transactions.check_sending()
        batch = self._accumulator.try_append(part, stamp, key, value, told)
        if batch is None:
            batch = await self._append_when_free(part, stamp, key, value, told)
        index = batch.count - 1
        if on_delivery is not None:
            if batch.callbacks is None:
                batch.callbacks = []
            batch.callbacks.append((index, on_delivery))
        self._since_yield += len(value) if value else 50
        if self._since_yield > _YIELD_BYTES:
            # Nothing above waits, as a rule: others on the loop must have their turns too.
            self._since_yield = 0
            await asyncio.sleep(0)
        return RecordFuture(batch, index)

    async def send_and_wait(self, topic: str, value: Any = None, **how: Any) -> RecordMetadata:
        """Send one record and wait for its delivery, as in aiokafka."""
        return await (await self.send(topic, value, **how))

    async def flush(self, timeout: Optional[float] = None) -> None:
        """Send all that waits, and wait until every record is delivered or given up.

        :param timeout: seconds.
        :raises ClientTimeoutError: some are still under way.
        """
        self._check_open()
        await self._within(self._shell.run(self._sender.flush), timeout)

    async def start(self) -> Producer:
        """Connect now instead of at the first record, as in aiokafka; need not be called."""
        await self._shell.run(self._core.client.cluster.refresh)
        return self

    async def stop(self, timeout: Optional[float] = None) -> None:
        """The same as :meth:`close`, by aiokafka's name."""
        await self.close(timeout)

    async def close(self, timeout: Optional[float] = None) -> None:
        """Deliver what waits, then end. May be called again.

        :param timeout: seconds for what waits; what is not delivered by then fails with
            ClientClosedError. None waits as long as delivery_timeout_ms allows.
        """
        if self._closed or self._shell.forked:
            return
        self._closed = True
        try:
            await self._shell.run(lambda: self._core.close(timeout))
        finally:
            await self._shell.close()

    async def partitions_for(self, topic: str) -> List[int]:
        """The partitions of a topic, which is created if the broker allows that."""
        return list((await self._learn(topic)).all)

    def metrics(self) -> Dict[str, float]:
        """Counters since the start, and what waits now."""
        numbers = dict(self._core.client.metrics)
        numbers["buffer_bytes"] = self._accumulator.used
        numbers["batches_waiting"] = len(self._accumulator.incomplete)
        return numbers

    # Transactions.

    async def init_transactions(self) -> None:
        """Get this transactional_id for this producer; ends what a former one left open."""
        await self._shell.run(self._transactions.init)

    async def begin_transaction(self) -> None:
        """:raises IllegalStateError: there is one, or init_transactions() is missing."""
        self._check_open()
        self._transactions.begin()

    async def commit_transaction(self) -> None:
        """Deliver all records and offsets of the transaction, and commit it."""
        await self._shell.run(self._transactions.commit)

    async def abort_transaction(self) -> None:
        """Give up what has not left, and have the rest skipped by read_committed consumers."""
        await self._shell.run(self._transactions.abort)

    async def send_offsets_to_transaction(
        self,
        offsets: Mapping[TopicPartition, OffsetAndMetadata],
        group: Union[str, ConsumerGroupMetadata],
    ) -> None:
        """Commit a consumer's offsets with the transaction."""
        metadata = ConsumerGroupMetadata(group) if isinstance(group, str) else group
        transactions = self._transactions
        await self._shell.run(lambda: transactions.send_offsets(offsets, metadata))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Producer]:
        """Begin, and commit at the end; abort when the block raises."""
        await self.begin_transaction()
        try:
            yield self
            await self.commit_transaction()
        except BaseException:
            if self._transactions.state in ("in", "abortable", "ending"):
                await self.abort_transaction()
            raise

    async def __aenter__(self) -> Producer:
        self._shell.attach()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # Inside.

    @property
    def _transactions(self) -> Transactions:
        if self._core.transactions is None:
            raise IllegalStateError("transactions need the option transactional_id")
        return self._core.transactions

    def _check_open(self) -> None:
        if self._closed or self._shell.closed:
            raise ClientClosedError("the client is closed")
        self._shell.attach()

    def _wake(self) -> None:
        self._core.client.engine.call_soon(self._sender.wake)

    async def _learn(self, topic: str) -> TopicInfo:
        self._check_open()
        if not isinstance(topic, str) or not topic:
            raise SerializationError(f"a topic is named by a text, not {topic!r}")
        info = self._topics.get(topic)
        if info is not None and info.all:
            return info
        limit_s = self._config.block_s
        return await self._shell.run(lambda: self._core.client.cluster.topic(topic, limit_s))

    async def _append_when_free(
        self,
        part: Part,
        stamp: int,
        key: Optional[bytes],
        value: Optional[bytes],
        headers: Optional[List[Header]],
    ) -> PendingBatch:
        accumulator, progress = self._accumulator, self._sender.progress
        deadline = time.monotonic() + self._config.block_s
        while True:
            batch = accumulator.try_append(part, stamp, key, value, headers)
            if batch is not None:
                return batch
            left = deadline - time.monotonic()
            if left <= 0:
                seconds = self._config.block_s
                raise BufferFullError(f"{accumulator.used} bytes wait for {seconds:.3g} s")
            accumulator.is_full = True
            self._wake()
            await self._shell.run(lambda: progress.wait(left))
            self._check_open()

    async def _within(self, work: Any, timeout: Optional[float]) -> None:
        try:
            await asyncio.wait_for(work, timeout)
        except asyncio.TimeoutError:
            raise ClientTimeoutError(f"not done within {timeout:.3g} s") from None
