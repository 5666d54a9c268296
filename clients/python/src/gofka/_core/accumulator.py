"""Where records wait: encoded at once, into the open batch of their partition.

Place in the flow: `send` calls :meth:`Accumulator.try_append` from any thread, holding `lock`; the sender
takes batches out on the engine's thread. What they share is here, and is touched under `lock` only.

A batch is ready when it has `batch_size` bytes or has lingered long enough. It stays open until the
sender takes it: while requests are under way it goes on growing, up to what a request may hold. So the
busier the brokers, the larger the batches; `batch_size` is no ceiling.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Any, Callable, Deque, Dict, List, Optional, Sequence, Tuple

from .._errors import GofkaError
from ..records import Header, RecordMetadata
from . import varint
from .producer_options import REQUEST_OVERHEAD, ProducerConfig
from .record_batch import HEADER_BYTES, NO_PRODUCER, RECORD_OVERHEAD_MAX, encode_record

_small = varint.SMALL
_encode = varint.encode

#: Called with the error or None, and where the record is.
Delivery = Callable[[Optional[GofkaError], Optional[RecordMetadata]], None]


class PendingBatch:
    """A batch on its way, and what is to be told when it has arrived."""

    __slots__ = (
        "part",
        "buf",
        "count",
        "base_timestamp",
        "max_timestamp",
        "created",
        "deadline",
        "sequence",
        "producer",
        "sealed",
        "attempts",
        "done",
        "error",
        "last_error",
        "base_offset",
        "append_time",
        "callbacks",
        "timestamps",
        "reserved",
        "pieces",
    )

    def __init__(self, part: Part, timestamp: int, now: float, deadline: float) -> None:
        self.part = part
        self.buf = bytearray()
        self.count = 0
        self.base_timestamp = timestamp
        self.max_timestamp = timestamp
        self.created = now
        self.deadline = deadline
        #: -1 until it is taken for the first time.
        self.sequence = -1
        self.producer = NO_PRODUCER
        self.sealed: Optional[bytearray] = None
        self.attempts = 0
        self.done = False
        self.error: Optional[GofkaError] = None
        self.last_error: Optional[GofkaError] = None
        self.base_offset = -1
        #: What the broker set, or -1.
        self.append_time = -1
        self.callbacks: Optional[List[Tuple[int, Delivery]]] = None
        #: Of each record; None while all are the same.
        self.timestamps: Optional[List[int]] = None
        self.reserved = 0
        #: What it was split into, each with the number of its first record.
        self.pieces: Optional[List[Tuple[int, PendingBatch]]] = None

    def leaf(self, index: int) -> Tuple[PendingBatch, int]:
        """The batch that holds the record now, and its number there."""
        batch = self
        while batch.pieces is not None:
            first, chosen = batch.pieces[0]
            for start, piece in batch.pieces:
                if start <= index:
                    first, chosen = start, piece
            batch, index = chosen, index - first
        return batch, index

    def metadata(self, index: int) -> RecordMetadata:
        offset = self.base_offset + index if self.base_offset >= 0 else -1
        if self.append_time >= 0:
            timestamp = self.append_time
        elif self.timestamps is not None:
            timestamp = self.timestamps[index]
        else:
            timestamp = self.base_timestamp
        return RecordMetadata(self.part.topic, self.part.number, offset, timestamp)


class Part:
    """One partition that is written to."""

    __slots__ = (
        "topic",
        "number",
        "queue",
        "open",
        "in_flight",
        "producer",
        "next_sequence",
        "must_reset",
        "not_before",
        "failures",
        "payload_max",
        "in_transaction",
        "urgent",
    )

    def __init__(self, topic: str, number: int, payload_max: int) -> None:
        self.topic = topic
        self.number = number
        #: Oldest first; the open batch, if any, is the last.
        self.queue: Deque[PendingBatch] = deque()
        self.open: Optional[PendingBatch] = None
        self.in_flight: List[PendingBatch] = []
        self.producer = NO_PRODUCER
        self.next_sequence = 0
        #: A sequence was given up: go on with a new epoch once nothing is in flight.
        self.must_reset = False
        self.not_before = 0.0
        self.failures = 0
        self.payload_max = payload_max
        self.in_transaction = False
        #: Somebody waits for a record of it: no lingering.
        self.urgent = False


class Accumulator:
    def __init__(self, config: ProducerConfig, wake: Callable[[], None]) -> None:
        self.lock = threading.RLock()
        #: Notified when batches are done or memory is free, if `waiters`.
        self.changed = threading.Condition(self.lock)
        self.waiters = 0
        self.parts: Dict[Tuple[str, int], Part] = {}
        #: Those with anything queued.
        self.active: Dict[Part, None] = {}
        self.incomplete: Dict[PendingBatch, None] = {}
        self.used = 0
        self.flushing = 0
        #: Somebody waits for memory.
        self.is_full = False
        self.wake_posted = False
        self.now: Callable[[], float] = lambda: 0.0
        self._wake = wake
        self._memory = config.memory
        self._batch_bytes = config.batch_bytes
        self._delivery_s = config.delivery_s
        self._partitioner = config.partitioner
        self._payload_max = config.request_bytes_max - REQUEST_OVERHEAD - HEADER_BYTES

    def part(self, topic: str, number: int) -> Part:
        key = (topic, number)
        part = self.parts.get(key)
        if part is None:
            with self.lock:
                part = self.parts.setdefault(key, Part(topic, number, self._payload_max))
        return part

    def try_append(
        self,
        part: Part,
        timestamp: int,
        key: Optional[bytes],
        value: Optional[bytes],
        headers: Optional[Sequence[Header]],
    ) -> Optional[PendingBatch]:
        """Append; answers the batch whose last record it is, or None when there is no memory.

        Call with `lock` held."""
        batch = part.open
        if batch is None:
            batch = self._open(part, timestamp)
        index = batch.count
        delta = timestamp - batch.base_timestamp
        at = _small[delta] if 0 <= delta < 4096 else _encode(delta)
        number = _small[index] if index < 4096 else _encode(index)
        if headers:
            record = encode_record(index, delta, key, value, headers)
        elif value is None or key is not None:
            record = encode_record(index, delta, key, value, ())
        else:
            size = len(value)
            length = _small[size] if size < 4096 else _encode(size)
            size += len(at) + len(number) + len(length) + 3
            record = b"".join(
                (
                    _small[size] if size < 4096 else _encode(size),
                    b"\0",
                    at,
                    number,
                    b"\1",
                    length,
                    value,
                    b"\0",
                )
            )
        size = len(record)
        if self.used + size > self._memory:
            if index == 0:
                self._discard(part, batch)
            return None
        buf = batch.buf
        before = len(buf)
        if before + size > part.payload_max and index:
            self._close(part)
            return self.try_append(part, timestamp, key, value, headers)
        self.used += size
        batch.reserved += size
        buf += record
        batch.count = index + 1
        if delta:
            if batch.timestamps is None:
                batch.timestamps = [batch.base_timestamp] * index
            if timestamp > batch.max_timestamp:
                batch.max_timestamp = timestamp
        if batch.timestamps is not None:
            batch.timestamps.append(timestamp)
        if not self.wake_posted and (
            index == 0 or before < self._batch_bytes <= before + size
        ):
            self.wake_posted = True
            self._wake()
        return batch

    def close_open(self, part: Part) -> None:
        """No more records to the open batch. With `lock` held."""
        if part.open is not None:
            self._close(part)

    def finish(self, batch: PendingBatch) -> None:
        """It is done: give back its memory and tell who waits. With `lock` held."""
        batch.done = True
        self.used -= batch.reserved
        batch.reserved = 0
        batch.buf = bytearray()
        batch.sealed = None
        self.incomplete.pop(batch, None)
        self.is_full = False
        if self.waiters:
            self.changed.notify_all()

    def split(self, batch: PendingBatch) -> List[PendingBatch]:
        """Two batches of half the records each, with the same deadline. With `lock` held."""
        from .record_batch import batches, seal

        sealed = seal(batch.buf, batch.count, batch.base_timestamp, batch.max_timestamp)
        [whole] = batches(bytes(sealed))
        records = whole.records("", 0)
        half = (len(records) + 1) // 2
        pieces: List[Tuple[int, PendingBatch]] = []
        for start in (0, half):
            mine = records[start : start + half] if start == 0 else records[half:]
            piece = PendingBatch(batch.part, mine[0].timestamp, batch.created, batch.deadline)
            for i, record in enumerate(mine):
                delta = record.timestamp - piece.base_timestamp
                piece.buf += encode_record(i, delta, record.key, record.value, record.headers)
                piece.max_timestamp = max(piece.max_timestamp, record.timestamp)
            piece.count = len(mine)
            piece.timestamps = [record.timestamp for record in mine]
            piece.reserved = len(piece.buf)
            self.used += piece.reserved
            if batch.sequence >= 0:
                piece.sequence = batch.sequence + start
                piece.producer = batch.producer
            pieces.append((start, piece))
            self.incomplete[piece] = None
        for index, callback in batch.callbacks or ():
            at, piece = pieces[0] if index < half else pieces[1]
            if piece.callbacks is None:
                piece.callbacks = []
            piece.callbacks.append((index - at, callback))
        batch.pieces = pieces
        self.used -= batch.reserved
        batch.reserved = 0
        batch.buf = bytearray()
        batch.sealed = None
        self.incomplete.pop(batch, None)
        return [piece for _, piece in pieces]

    def _open(self, part: Part, timestamp: int) -> PendingBatch:
        now = self.now()
        batch = PendingBatch(part, timestamp, now, now + self._delivery_s)
        part.open = batch
        part.queue.append(batch)
        self.active[part] = None
        self.incomplete[batch] = None
        return batch

    def _close(self, part: Part) -> None:
        part.open = None
        self._partitioner.on_new_batch(part.topic)

    def _discard(self, part: Part, batch: PendingBatch) -> None:
        part.open = None
        part.queue.pop()
        if not part.queue:
            self.active.pop(part, None)
        self.incomplete.pop(batch, None)


def record_bytes_max(
    key: Optional[bytes], value: Optional[bytes], headers: Optional[Sequence[Any]]
) -> int:
    """At most that many bytes is a record on the wire."""
    from .record_batch import headers_bytes

    size = RECORD_OVERHEAD_MAX
    size += (len(key) + 5 if key is not None else 1) + (len(value) + 5 if value is not None else 1)
    return size + (headers_bytes(headers) if headers else 0)
