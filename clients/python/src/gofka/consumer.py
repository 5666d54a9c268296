"""The blocking consumer.

    consumer = Consumer("topic", bootstrap_servers="localhost:9092", group_id="readers")
    for record in consumer:
        print(record.offset, record.value)

Place in the flow: a shell over _core/consumer.py. A thread of its own fetches ahead, beats for the group and
commits; records are decoded, and listeners called, by the thread that polls.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Callable, Coroutine, Dict, Iterator, List, Mapping
from typing import Optional, Sequence, Set, Type, TypeVar, Union

from ._core.commits import CommitCallback
from ._core.consumer import ConsumerCore
from ._core.consumer_face import (
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
from ._core.consumer_options import ConsumerSettings
from ._core.partition import EARLIEST, LATEST, AssignedPartition
from ._core.subscription import TopicPattern
from ._errors import GofkaError
from ._log import get_logger
from ._shell.threads import ThreadShell
from .records import ConsumerRecord, OffsetAndMetadata, OffsetAndTimestamp, TopicPartition

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Unpack

    from ._core.consumer_options import ConsumerOptions

__all__ = ["Consumer", "RebalanceListener"]

log = get_logger("gofka.consumer")
T = TypeVar("T")
#: Beyond what a call may take in the core, so that the core's own error comes first.
_GRACE_S = 5.0


class Consumer(ConsumerFace):
    """Reads records, alone or in a group. To be used by one thread at a time, but for :meth:`wakeup`.

    :param topics: what to subscribe to; more by :meth:`subscribe`, or :meth:`assign` for partitions by hand.
    :param options: see ``ConsumerOptions``: bootstrap_servers, group_id, auto_offset_reset and so on.
    :raises ConfigurationError: an option is unknown or has no legal value.
    """

    def __init__(self, *topics: str, **options: Unpack[ConsumerOptions]) -> None:
        settings = ConsumerSettings(options)
        wanted = topics_of(topics)
        self._closed = False
        self._shell = ThreadShell("gofka-consumer")
        self._core = ConsumerCore(self._shell, settings)
        self._listener: Optional[RebalanceListener] = None
        self._iterator: Optional[Iterator[ConsumerRecord]] = None
        self._is_woken = False
        self._in_use = InUse()
        if wanted:
            self.subscribe(wanted)

    # ------------------------------------------------------------ what to read

    def subscribe(
        self,
        topics: Union[str, Sequence[str]] = (),
        pattern: TopicPattern = None,
        listener: Optional[RebalanceListener] = None,
    ) -> None:
        """Share these topics with the others of the group; replaces what was subscribed to before.

        :param topics: names.
        :param pattern: instead of them a regular expression that matches from the start of a name;
            topics that come later and match are read too. A :class:`SubscriptionPattern` is the broker's.
        :param listener: hears of partitions that come and go, see :class:`RebalanceListener`.
        :raises IllegalStateError: partitions were assigned by hand.
        """
        self._check_open()
        names = topics_of(topics)
        if not names and pattern is None:
            return self.unsubscribe()
        self._listener = listener
        self._run(lambda: self._core.subscribe(names, pattern))

    def unsubscribe(self) -> None:
        """Leave the group and read nothing; commits before that, if enable_auto_commit."""
        self._check_open()
        self._leave(autocommit=True, timeout_s=self._seconds(None))

    def assign(self, partitions: Sequence[TopicPartition]) -> None:
        """Read these partitions, whatever others do; replaces what was assigned before.

        :raises IllegalStateError: topics were subscribed to.
        """
        self._check_open()
        wanted = partitions_of(partitions)
        self._run(lambda: self._core.assign(wanted))

    def pause(self, *partitions: TopicPartition) -> None:
        """Hand out nothing of these until :meth:`resume`."""
        wanted = partitions_of(partitions)
        self._core.attention = True
        self._run(lambda: self._core.pause(wanted, True))

    def resume(self, *partitions: TopicPartition) -> None:
        """Go on with what was paused."""
        wanted = partitions_of(partitions)
        self._run(lambda: self._core.pause(wanted, False))

    # ------------------------------------------------------------ reading

    def poll(
        self, timeout_ms: float = 0, max_records: Optional[int] = None
    ) -> Dict[TopicPartition, List[ConsumerRecord]]:
        """The next records by partition, in order; none when none came within the time.

        :param timeout_ms: how long to wait while there are none.
        :param max_records: at most so many; ``max_poll_records`` if nothing is said.
        :raises GofkaError: what has gone wrong since the last poll: NoBrokersError when no broker answered
            within request_timeout_ms, AuthenticationError, NoOffsetError, CorruptBatchError,
            SerializationError and the like.
        :raises IllegalStateError: nothing is subscribed to, or another thread is polling.
        """
        self._check_open()
        most = self._core.settings.max_poll_records if max_records is None else max_records
        if most < 1:
            raise ValueError("max_records is at least 1")
        deadline = time.monotonic() + max(0.0, timeout_ms) / 1000
        with self._in_use:
            while True:
                if self._core.attention:
                    self._attend()
                records = self._decoding(lambda: self._core.take(most))
                if records or not self._wait(deadline):
                    self._core.polls += 1
                    return records

    def __iter__(self) -> Iterator[ConsumerRecord]:
        """Records one by one, for ever; until none came for consumer_timeout_ms, if that is set."""
        return self._records()

    def __next__(self) -> ConsumerRecord:
        if self._iterator is None:
            self._iterator = self._records()
        try:
            return next(self._iterator)
        except BaseException:
            self._iterator = None
            raise

    def _records(self) -> Iterator[ConsumerRecord]:
        core = self._core
        while not self._closed:
            partition = self._next_partition()
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

    def _next_partition(self) -> Optional[AssignedPartition]:
        limit_s = self._core.settings.consumer_timeout_s
        deadline = time.monotonic() + limit_s
        with self._in_use:
            while not self._closed:
                if self._core.attention:
                    self._attend()
                self._core.polls += 1
                partition = self._decoding(self._core.next_ready)
                if partition is not None:
                    return partition
                if not self._wait(deadline):
                    return None
        return None

    def _wait(self, deadline: float) -> bool:
        """False when the time is over, or somebody has called :meth:`wakeup`."""
        if self._is_woken:
            self._is_woken = False
            return False
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        self._run(lambda: self._core.wait(left), left)
        return True

    def _decoding(self, step: Callable[[], T]) -> T:
        try:
            return step()
        except GofkaError:
            self._shell.post(self._core.rewind)
            raise
        finally:
            if self._core.wants_wake:
                self._shell.post(self._core.wake_fetcher)

    def _attend(self) -> None:
        """Tell the listener what there is to tell."""
        while True:
            gate = self._run(self._core.next_gate)
            if gate is None:
                return
            try:
                listener_call(self._listener, gate.kind, gate.partitions)
            finally:
                passed = gate
                self._run(lambda: self._pass(passed))

    async def _pass(self, gate: Any) -> None:
        self._core.gate_passed(gate)

    def wakeup(self) -> None:
        """Have the poll or iteration under way, or the next one, end at once. Any thread may call it."""
        self._is_woken = True
        if not self._closed:
            self._shell.post(self._core.woken)

    # ------------------------------------------------------------ positions

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Go on from this offset.

        :raises IllegalStateError: the partition is not assigned.
        """
        tp = partition_of(partition)
        if not isinstance(offset, int) or offset < 0:
            raise ValueError(f"{offset!r} is no offset")
        self._run(lambda: self._core.seek(tp, offset))

    def seek_to_beginning(self, *partitions: TopicPartition) -> None:
        """Go on from the first record that there is; of all assigned partitions if none are named."""
        wanted = partitions_of(partitions)
        self._run(lambda: self._core.seek_to(wanted, EARLIEST))

    def seek_to_end(self, *partitions: TopicPartition) -> None:
        """Go on with what comes after now; in all assigned partitions if none are named."""
        wanted = partitions_of(partitions)
        self._run(lambda: self._core.seek_to(wanted, LATEST))

    def position(self, partition: TopicPartition, timeout_ms: Optional[float] = None) -> int:
        """The offset of the next record to be handed out; waits until it is known.

        :raises ClientTimeoutError: it did not become known.
        """
        tp, limit_s = partition_of(partition), self._seconds(timeout_ms)
        return self._run(lambda: self._core.position(tp, limit_s), limit_s)

    def beginning_offsets(
        self, partitions: Sequence[TopicPartition], timeout_ms: Optional[float] = None
    ) -> Dict[TopicPartition, int]:
        """The first offset of each that there is a record for, or will be."""
        return self._edges(partitions, EARLIEST, timeout_ms)

    def end_offsets(
        self, partitions: Sequence[TopicPartition], timeout_ms: Optional[float] = None
    ) -> Dict[TopicPartition, int]:
        """The offset behind the last record of each; behind the last stable one if read_committed."""
        return self._edges(partitions, LATEST, timeout_ms)

    def _edges(
        self, partitions: Sequence[TopicPartition], where: int, timeout_ms: Optional[float]
    ) -> Dict[TopicPartition, int]:
        times = {tp: where for tp in partitions_of(partitions)}
        limit_s = self._seconds(timeout_ms)
        found = self._run(lambda: self._core.offsets(times, limit_s), limit_s)
        return {tp: found[tp].offset for tp in times}

    def offsets_for_times(
        self, timestamps: Mapping[TopicPartition, int], timeout_ms: Optional[float] = None
    ) -> Dict[TopicPartition, Optional[OffsetAndTimestamp]]:
        """The first record that is not older, for times in ms since 1970; None where there is none."""
        times, order = times_of(timestamps)
        limit_s = self._seconds(timeout_ms)
        found = self._run(lambda: self._core.offsets(times, limit_s), limit_s)
        return {tp: found[tp] if found[tp].offset >= 0 else None for tp in order}

    # ------------------------------------------------------------ commits

    def commit(
        self, offsets: Optional[CommitOffsets] = None, timeout_ms: Optional[float] = None
    ) -> None:
        """Store how far the group has read: behind all records that were handed out, if nothing is said.

        :param offsets: of the next record to be read, for each partition.
        :raises CommitFailedError: the group has rebalanced, and what was read may be others' by now.
        :raises GofkaError: it was not stored in time, or may not be.
        """
        given, limit_s = offsets_of(offsets), self._seconds(timeout_ms)
        self._run(lambda: self._core.commit(given, limit_s), limit_s)

    def commit_async(
        self, offsets: Optional[CommitOffsets] = None, callback: Optional[CommitCallback] = None
    ) -> None:
        """As :meth:`commit`, but without waiting.

        :param callback: ``(offsets, error)`` when it is done, on the client's thread.
        """
        self._check_open()
        given = offsets_of(offsets)
        if given is None:
            # What is handed out from here on is not part of it.
            given = self._core.uncommitted()
        self._shell.post(self._core.commit_later, given, callback)

    def committed(
        self,
        partition: TopicPartition,
        metadata: bool = False,
        timeout_ms: Optional[float] = None,
    ) -> Union[None, int, OffsetAndMetadata]:
        """What the group has committed of a partition: the offset, or with its metadata; None: nothing."""
        tp, limit_s = partition_of(partition), self._seconds(timeout_ms)
        found = self._run(lambda: self._core.commits.committed([tp], limit_s), limit_s)
        return committed_answer(tp, found, metadata)

    # ------------------------------------------------------------ topics

    def partitions_for_topic(self, topic: str) -> Optional[Set[int]]:
        """Numbers of its partitions; None when there is no such topic."""
        return self._run(lambda: self._core.partitions_for_topic(topic))

    def topics(self) -> Set[str]:
        """All topics this client may see, but Kafka's own."""
        return set(self._run(self._core.topics))

    # ------------------------------------------------------------ the end

    def close(self, autocommit: bool = True, timeout_ms: Optional[float] = None) -> None:
        """Commit (if enable_auto_commit), leave the group, end the thread. Again: nothing happens.

        :param timeout_ms: 30 s if nothing is said; what is not done by then is left undone.
        """
        if self._closed:
            return
        self._closed = True
        self._is_woken = True
        if self._shell.forked:
            return
        try:
            self._leave(autocommit, 30.0 if timeout_ms is None else timeout_ms / 1000)
        except GofkaError as error:
            log.warning("closing a consumer: %s", error)
        finally:
            if not self._shell.closed:
                self._shell.post(self._core.close)
            self._shell.close()

    def _leave(self, autocommit: bool, timeout_s: float) -> None:
        gate = self._run(lambda: self._core.begin_leaving(autocommit), timeout_s)
        try:
            listener_call(self._listener, gate.kind, gate.partitions)
        finally:
            self._listener = None
            self._run(self._core.leave, timeout_s)

    def __enter__(self) -> Consumer:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def __del__(self) -> None:
        shell = getattr(self, "_shell", None)
        if shell is not None:
            shell.stop()

    def _run(
        self, make: Callable[[], Coroutine[Any, Any, T]], limit_s: Optional[float] = None
    ) -> T:
        return self._shell.run(make, None if limit_s is None else limit_s + _GRACE_S)
