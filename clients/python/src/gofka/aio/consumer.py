"""The consumer for asyncio: the names of gofka.Consumer, with ``await`` where something is waited for.

    async with Consumer("topic", group_id="readers") as consumer:
        async for record in consumer:
            print(record.offset, record.value)

Place in the flow: a shell over _core/consumer.py. All happens in turns of one event loop, the one the
consumer is first used in.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, AsyncIterator, Callable, Coroutine, Dict, List, Mapping
from typing import Optional, Sequence, Set, Type, TypeVar, Union

from .._core.commits import CommitCallback
from .._core.consumer import ConsumerCore
from .._core.consumer_face import (
    CommitOffsets,
    ConsumerFace,
    InUse,
    RebalanceListener,
    committed_answer,
    listener_call,
    offsets_of,
    partition_of,
    partitions_of,
    times_of,
    topics_of,
)
from .._core.consumer_options import ConsumerSettings
from .._core.partition import EARLIEST, LATEST, AssignedPartition
from .._core.subscription import TopicPattern
from .._errors import ClientTimeoutError, GofkaError
from .._log import get_logger
from .._shell.loop import LoopShell
from ..records import ConsumerRecord, OffsetAndMetadata, OffsetAndTimestamp, TopicPartition

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Unpack

    from .._core.consumer_options import ConsumerOptions

__all__ = ["Consumer", "RebalanceListener"]

log = get_logger("gofka.consumer")
T = TypeVar("T")


class Consumer(ConsumerFace):
    """Reads records, alone or in a group. To be used by one task at a time, but for :meth:`wakeup`.

    See :class:`gofka.Consumer`: parameters, what is answered and what is raised are the same. The methods
    of a listener may be ``async def``.
    """

    def __init__(self, *topics: str, **options: Unpack[ConsumerOptions]) -> None:
        settings = ConsumerSettings(options)
        #: To be subscribed to when the loop is known.
        self._wanted: List[str] = topics_of(topics)
        self._closed = False
        self._shell = LoopShell()
        self._core = ConsumerCore(self._shell, settings)
        self._listener: Optional[RebalanceListener] = None
        self._is_woken = False
        self._in_use = InUse()

    async def start(self) -> None:
        """Begin to take part; the first poll does it otherwise."""
        await self._begin()

    # ------------------------------------------------------------ what to read

    async def subscribe(
        self,
        topics: Union[str, Sequence[str]] = (),
        pattern: TopicPattern = None,
        listener: Optional[RebalanceListener] = None,
    ) -> None:
        """See :meth:`gofka.Consumer.subscribe`."""
        self._check_open()
        self._wanted = []
        names = topics_of(topics)
        if not names and pattern is None:
            return await self.unsubscribe()
        self._listener = listener
        await self._run(lambda: self._core.subscribe(names, pattern))

    async def unsubscribe(self) -> None:
        """See :meth:`gofka.Consumer.unsubscribe`."""
        self._check_open()
        self._wanted = []
        await self._leave(autocommit=True)

    async def assign(self, partitions: Sequence[TopicPartition]) -> None:
        """See :meth:`gofka.Consumer.assign`."""
        wanted = partitions_of(partitions)
        await self._call(lambda: self._core.assign(wanted))

    async def pause(self, *partitions: TopicPartition) -> None:
        """See :meth:`gofka.Consumer.pause`."""
        wanted = partitions_of(partitions)
        self._core.attention = True
        await self._call(lambda: self._core.pause(wanted, True))

    async def resume(self, *partitions: TopicPartition) -> None:
        """See :meth:`gofka.Consumer.resume`."""
        wanted = partitions_of(partitions)
        await self._call(lambda: self._core.pause(wanted, False))

    # ------------------------------------------------------------ reading

    async def poll(
        self, timeout_ms: float = 0, max_records: Optional[int] = None
    ) -> Dict[TopicPartition, List[ConsumerRecord]]:
        """See :meth:`gofka.Consumer.poll`."""
        await self._begin()
        most = self._core.settings.max_poll_records if max_records is None else max_records
        if most < 1:
            raise ValueError("max_records is at least 1")
        deadline = self._now() + max(0.0, timeout_ms) / 1000
        with self._in_use:
            while True:
                if self._core.attention:
                    await self._attend()
                records = self._decoding(lambda: self._core.take(most))
                if records or not await self._wait(deadline):
                    self._core.polls += 1
                    return records

    async def __aiter__(self) -> AsyncIterator[ConsumerRecord]:
        """Records one by one, for ever; until none came for consumer_timeout_ms, if that is set."""
        core = self._core
        await self._begin()
        while not self._closed:
            partition = await self._next_partition()
            if partition is None:
                return
            records, at = partition.ready, partition.ready_at
            begin = at
            try:
                for record in records[at:] if at else records:
                    at += 1
                    partition.ready_at = at
                    partition.position = record.offset + 1
                    yield record
                    # Sought, paused, or taken away.
                    if core.attention or partition.ready is not records:
                        break
            finally:
                core.client.count("records_consumed", at - begin)

    async def __anext__(self) -> ConsumerRecord:
        """One record. ``async for`` is much quicker."""
        await self._begin()
        partition = await self._next_partition()
        if partition is None:
            raise StopAsyncIteration
        self._core.client.count("records_consumed")
        return partition.take(1)[0]

    async def _next_partition(self) -> Optional[AssignedPartition]:
        deadline = self._now() + self._core.settings.consumer_timeout_s
        with self._in_use:
            while not self._closed:
                if self._core.attention:
                    await self._attend()
                self._core.polls += 1
                partition = self._decoding(self._core.next_ready)
                if partition is not None:
                    return partition
                if not await self._wait(deadline):
                    return None
        return None

    def _now(self) -> float:
        return self._shell.attach().time()

    async def _wait(self, deadline: float) -> bool:
        """False when the time is over, or somebody has called :meth:`wakeup`."""
        if self._is_woken:
            self._is_woken = False
            return False
        left = deadline - self._now()
        if left <= 0:
            return False
        await self._run(lambda: self._core.wait(left))
        return True

    def _decoding(self, step: Callable[[], T]) -> T:
        try:
            return step()
        except GofkaError:
            self._core.rewind()
            raise
        finally:
            if self._core.wants_wake:
                self._core.wake_fetcher()

    async def _attend(self) -> None:
        """Tell the listener what there is to tell."""
        while True:
            gate = await self._run(self._core.next_gate)
            if gate is None:
                return
            try:
                await self._tell(gate.kind, gate.partitions)
            finally:
                self._core.gate_passed(gate)

    async def _tell(self, kind: str, partitions: List[TopicPartition]) -> None:
        answer = listener_call(self._listener, kind, partitions)
        if inspect.isawaitable(answer):
            await answer

    def wakeup(self) -> None:
        """Have the poll or iteration under way, or the next one, end at once."""
        self._is_woken = True
        self._core.woken()

    # ------------------------------------------------------------ positions

    async def seek(self, partition: TopicPartition, offset: int) -> None:
        """See :meth:`gofka.Consumer.seek`."""
        tp = partition_of(partition)
        if not isinstance(offset, int) or offset < 0:
            raise ValueError(f"{offset!r} is no offset")
        await self._call(lambda: self._core.seek(tp, offset))

    async def seek_to_beginning(self, *partitions: TopicPartition) -> None:
        """See :meth:`gofka.Consumer.seek_to_beginning`."""
        wanted = partitions_of(partitions)
        await self._call(lambda: self._core.seek_to(wanted, EARLIEST))

    async def seek_to_end(self, *partitions: TopicPartition) -> None:
        """See :meth:`gofka.Consumer.seek_to_end`."""
        wanted = partitions_of(partitions)
        await self._call(lambda: self._core.seek_to(wanted, LATEST))

    async def position(
        self, partition: TopicPartition, timeout_ms: Optional[float] = None
    ) -> int:
        """See :meth:`gofka.Consumer.position`."""
        tp, limit_s = partition_of(partition), self._seconds(timeout_ms)
        return await self._call(lambda: self._core.position(tp, limit_s), limit_s)

    async def beginning_offsets(
        self, partitions: Sequence[TopicPartition], timeout_ms: Optional[float] = None
    ) -> Dict[TopicPartition, int]:
        """See :meth:`gofka.Consumer.beginning_offsets`."""
        return await self._edges(partitions, EARLIEST, timeout_ms)

    async def end_offsets(
        self, partitions: Sequence[TopicPartition], timeout_ms: Optional[float] = None
    ) -> Dict[TopicPartition, int]:
        """See :meth:`gofka.Consumer.end_offsets`."""
        return await self._edges(partitions, LATEST, timeout_ms)

    async def _edges(
        self, partitions: Sequence[TopicPartition], where: int, timeout_ms: Optional[float]
    ) -> Dict[TopicPartition, int]:
        times = {tp: where for tp in partitions_of(partitions)}
        limit_s = self._seconds(timeout_ms)
        found = await self._call(lambda: self._core.offsets(times, limit_s), limit_s)
        return {tp: found[tp].offset for tp in times}

    async def offsets_for_times(
        self, timestamps: Mapping[TopicPartition, int], timeout_ms: Optional[float] = None
    ) -> Dict[TopicPartition, Optional[OffsetAndTimestamp]]:
        """See :meth:`gofka.Consumer.offsets_for_times`."""
        times, order = times_of(timestamps)
        limit_s = self._seconds(timeout_ms)
        found = await self._call(lambda: self._core.offsets(times, limit_s), limit_s)
        return {tp: found[tp] if found[tp].offset >= 0 else None for tp in order}

    # ------------------------------------------------------------ commits

    async def commit(
        self, offsets: Optional[CommitOffsets] = None, timeout_ms: Optional[float] = None
    ) -> None:
        """See :meth:`gofka.Consumer.commit`."""
        given, limit_s = offsets_of(offsets), self._seconds(timeout_ms)
        await self._call(lambda: self._core.commit(given, limit_s), limit_s)

    def commit_async(
        self, offsets: Optional[CommitOffsets] = None, callback: Optional[CommitCallback] = None
    ) -> None:
        """See :meth:`gofka.Consumer.commit_async`; nothing is to be awaited."""
        self._check_open()
        given = offsets_of(offsets)
        if given is None:
            # What is handed out from here on is not part of it.
            given = self._core.uncommitted()
        self._shell.post(self._core.commit_later, given, callback)

    async def committed(
        self,
        partition: TopicPartition,
        metadata: bool = False,
        timeout_ms: Optional[float] = None,
    ) -> Union[None, int, OffsetAndMetadata]:
        """See :meth:`gofka.Consumer.committed`."""
        tp, limit_s = partition_of(partition), self._seconds(timeout_ms)
        found = await self._call(lambda: self._core.commits.committed([tp], limit_s), limit_s)
        return committed_answer(tp, found, metadata)

    # ------------------------------------------------------------ topics

    async def partitions_for_topic(self, topic: str) -> Optional[Set[int]]:
        """See :meth:`gofka.Consumer.partitions_for_topic`."""
        return await self._call(lambda: self._core.partitions_for_topic(topic))

    async def topics(self) -> Set[str]:
        """See :meth:`gofka.Consumer.topics`."""
        return set(await self._call(self._core.topics))

    # ------------------------------------------------------------ the end

    async def close(self, autocommit: bool = True, timeout_ms: Optional[float] = None) -> None:
        """See :meth:`gofka.Consumer.close`."""
        if self._closed or self._shell.forked:
            return
        self._closed = True
        self._is_woken = True
        limit_s = 30.0 if timeout_ms is None else timeout_ms / 1000
        try:
            await self._leave(autocommit, limit_s)
        except GofkaError as error:
            log.warning("closing a consumer: %s", error)
        finally:
            self._core.close()
            await self._shell.close()

    async def stop(self) -> None:
        """Another name of :meth:`close`, as aiokafka has it."""
        await self.close()

    async def _leave(self, autocommit: bool, limit_s: Optional[float] = None) -> None:
        gate = await self._run(lambda: self._core.begin_leaving(autocommit), limit_s)
        try:
            await self._tell(gate.kind, gate.partitions)
        finally:
            self._listener = None
            await self._run(self._core.leave, limit_s)

    async def __aenter__(self) -> Consumer:
        await self._begin()
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        await self.close()

    async def _begin(self) -> None:
        self._check_open()
        if self._wanted:
            wanted, self._wanted = self._wanted, []
            await self._run(lambda: self._core.subscribe(wanted, None))

    async def _call(
        self, make: Callable[[], Coroutine[Any, Any, T]], limit_s: Optional[float] = None
    ) -> T:
        await self._begin()
        return await self._run(make, limit_s)

    async def _run(
        self, make: Callable[[], Coroutine[Any, Any, T]], limit_s: Optional[float] = None
    ) -> T:
        """:raises ClientTimeoutError: the core did not keep to its own limit."""
        engine = self._shell.engine
        if limit_s is None:
            return await self._shell.run(make)

        async def limited() -> T:
            task = engine.spawn(make(), "call")
            try:
                return await engine.within(limit_s + 1.0, task, "no answer")
            except ClientTimeoutError:
                task.cancel()
                raise

        return await self._shell.run(limited)
