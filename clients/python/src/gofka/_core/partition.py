"""One partition that a consumer reads: where it stands, what has been fetched of it and not yet handed out.

Place in the flow: the fetcher puts raw chunks in at one end, the application's thread takes decoded
records out at the other. Nothing is decoded before it is asked for.

Two threads meet here without a lock: ``chunks`` is a deque, each counter has one writer, and whatever
else the engine's thread changes (seeks, pauses) it changes while the application waits for it.
"""

from __future__ import annotations

import struct
from collections import deque
from typing import Any, Callable, Deque, Iterator, List, NamedTuple, Optional, Sequence, Set, Tuple

from .._errors import CorruptBatchError, MissingCodecError, ProtocolError, SerializationError
from ..records import ConsumerRecord, TopicPartition
from .record_batch import Batch, batches

EARLIEST = -2
LATEST = -1

Deserializer = Optional[Callable[[bytes], Any]]
#: Producer ids and first offsets of aborted transactions (KIP-98).
Aborted = Sequence[Tuple[int, int]]

_BATCH_START = struct.Struct(">qiib6xi")
_OVERHEAD = 12
_HEADER = 61
_ABORT = 0


class Chunk(NamedTuple):
    """What one fetch brought of a partition: whole batches."""

    data: memoryview
    next_offset: int
    #: Of the leader that wrote the last of them.
    epoch: int
    aborted: Aborted


def whole_batches(data: memoryview, fetch_offset: int) -> Tuple[memoryview, int, int]:
    """Without the part of a batch that a limit has left at the end; the offset behind the rest, and the
    leader's epoch of the last.

    :raises ProtocolError: these are no batches of format 2.
    """
    at, size, next_offset, epoch = 0, len(data), fetch_offset, -1
    while size - at >= _HEADER:
        base_offset, length, leader_epoch, magic, last_delta = _BATCH_START.unpack_from(data, at)
        if length < _HEADER - _OVERHEAD or magic != 2:
            raise CorruptBatchError(f"no record batch of format 2 behind offset {next_offset}")
        if length + _OVERHEAD > size - at:
            break
        at += length + _OVERHEAD
        next_offset = max(next_offset, base_offset + last_delta + 1)
        epoch = leader_epoch
    return data[:at], next_offset, epoch


class AssignedPartition:
    """While it is owned without a break this is one object: whoever holds an older one has lost it."""

    __slots__ = (
        "tp",
        "topic",
        "partition",
        "position",
        "epoch",
        "fetch_epoch",
        "leader_epoch",
        "committed",
        "is_paused",
        "is_held",
        "version",
        "chunks",
        "bytes_in",
        "bytes_out",
        "fetch_offset",
        "reset",
        "wants_committed",
        "high_watermark",
        "last_stable_offset",
        "log_start_offset",
        "blocked_until",
        "read_from",
        "read_from_until",
        "ready",
        "ready_at",
        "_ready_next",
        "_batches",
        "_aborted",
        "_aborting",
        "_error",
        "is_stuck",
    )

    def __init__(self, tp: TopicPartition) -> None:
        self.tp = tp
        self.topic, self.partition = tp
        #: Of the next record to hand out; None: not known yet.
        self.position: Optional[int] = None
        #: Of the leader when the record before the position was written.
        self.epoch = -1
        #: The same of the fetch offset.
        self.fetch_epoch = -1
        #: Of the last leader that it was read from, or that has the position for sure.
        self.leader_epoch = -1
        #: What was last committed by this consumer, so that nothing is committed twice for nothing.
        self.committed: Optional[int] = None
        self.is_paused = False
        self.is_held = True
        #: Counts the seeks: what was asked for before is of no interest.
        self.version = 0
        self.chunks: Deque[Chunk] = deque()
        self.bytes_in = 0
        self.bytes_out = 0
        #: Where to fetch from next; None: not known yet.
        self.fetch_offset: Optional[int] = None
        #: What to look for: EARLIEST, LATEST, or a time in ms since 1970; None: nothing.
        self.reset: Optional[int] = None
        self.wants_committed = False
        self.high_watermark: Optional[int] = None
        self.last_stable_offset: Optional[int] = None
        self.log_start_offset: Optional[int] = None
        #: Not fetched before that time.
        self.blocked_until = 0.0
        #: A replica that is nearer than the leader (KIP-392).
        self.read_from: Optional[int] = None
        self.read_from_until = 0.0
        #: Decoded, from ``ready_at`` on not handed out.
        self.ready: List[ConsumerRecord] = []
        self.ready_at = 0
        self._ready_next = 0
        self._forget_chunk()
        self._error: Optional[SerializationError] = None
        #: Something has been raised; nothing is handed out before :meth:`rewind` or :meth:`seek`.
        self.is_stuck = False

    def _forget_chunk(self) -> None:
        self._batches: Optional[Iterator[Batch]] = None
        self._aborted: List[Tuple[int, int]] = []
        self._aborting: Set[int] = set()

    # ------------------------------------------------------------ the engine's thread

    def seek(self, offset: Optional[int], reset: Optional[int] = None) -> None:
        """Goes on from this offset, or from the one that ``reset`` looks for."""
        self.version += 1
        self.position = self.fetch_offset = offset
        self.epoch = self.fetch_epoch = -1
        self.reset = reset
        self.wants_committed = False
        self._drop()

    def rewind(self) -> None:
        """All that is not handed out is fetched anew, from the position."""
        self.version += 1
        self.fetch_offset, self.fetch_epoch = self.position, self.epoch
        self._drop()

    def _drop(self) -> None:
        self.chunks.clear()
        self.bytes_in = self.bytes_out = 0
        self.ready = []
        self.ready_at = 0
        self._error = None
        self._forget_chunk()
        self.is_stuck = False

    def add(self, chunk: Chunk) -> None:
        self.bytes_in += len(chunk.data)
        self.fetch_offset, self.fetch_epoch = chunk.next_offset, chunk.epoch
        self.chunks.append(chunk)

    @property
    def buffered(self) -> int:
        return self.bytes_in - self.bytes_out

    @property
    def has_more(self) -> bool:
        """Decoded records that are not handed out."""
        return self.ready_at < len(self.ready)

    def lag(self, read_committed: bool) -> Optional[int]:
        """Records behind the position, as of the last fetch; None before there was one."""
        end = self.last_stable_offset if read_committed else self.high_watermark
        if end is None or self.position is None:
            return None
        return max(0, end - self.position)

    # ------------------------------------------------------------ the application's thread

    def fill(self, key: Deserializer, value: Deserializer, filters: bool, check_crcs: bool) -> bool:
        """Decode the next batch that has records; False when all that was fetched is handed out.

        :raises CorruptBatchError: the batch at the position is damaged; :meth:`rewind` fetches it anew.
        :raises SerializationError: the record at the position; seek behind it to go on.
        """
        while self.ready_at >= len(self.ready):
            if self.is_stuck:
                return False
            if self._error is not None:
                self.is_stuck = True
                raise self._error
            if self.ready:
                self.position = self._ready_next
                self.ready = []
                self.ready_at = 0
            if self._batches is None:
                if not self.chunks:
                    return False
                self._begin(self.chunks[0], check_crcs)
            try:
                batch = next(self._batches, None)  # type: ignore[arg-type]
                if batch is None:
                    self._end_chunk()
                elif not self._is_skipped(batch, filters):
                    self._decode(batch, key, value)
                else:
                    self.position = max(self.position or 0, batch.last_offset + 1)
            except (ProtocolError, MissingCodecError):
                self.is_stuck = True
                raise
        return True

    def _begin(self, chunk: Chunk, check_crcs: bool) -> None:
        self._batches = iter(batches(chunk.data, check_crcs))
        self._aborted = sorted(chunk.aborted, key=lambda each: each[1], reverse=True)
        self._aborting = set()

    def _end_chunk(self) -> None:
        chunk = self.chunks.popleft()
        self.bytes_out += len(chunk.data)
        self.position = max(self.position or 0, chunk.next_offset)
        self._forget_chunk()

    def _is_skipped(self, batch: Batch, filters: bool) -> bool:
        """Markers are nobody's business, and what was aborted is so for who reads what is committed."""
        if filters:
            aborted = self._aborted
            while aborted and aborted[-1][1] <= batch.last_offset:
                self._aborting.add(aborted.pop()[0])
        if batch.is_control:
            if filters and batch.control_type() == _ABORT:
                self._aborting.discard(batch.producer_id)
            return True
        return filters and batch.is_transactional and batch.producer_id in self._aborting

    def _decode(self, batch: Batch, key: Deserializer, value: Deserializer) -> None:
        begin = self.position or 0
        try:
            self.ready = batch.records(self.topic, self.partition, begin, key, value)
        except (ProtocolError, MissingCodecError):
            raise
        except Exception:
            self._decode_one_by_one(batch, key, value)
        self._ready_next = batch.last_offset + 1
        self.epoch = batch.leader_epoch
        if not self.ready:
            if self._error is None:
                self.position = max(begin, self._ready_next)

    def _decode_one_by_one(self, batch: Batch, key: Deserializer, value: Deserializer) -> None:
        """A deserializer has raised: what stands before that record is handed out first."""
        for record in batch.records(self.topic, self.partition, self.position or 0, None, None):
            try:
                done = record._replace(
                    key=record.key if key is None or record.key is None else key(record.key),
                    value=record.value
                    if value is None or record.value is None
                    else value(record.value),
                )
            except Exception as error:
                about = f"{self.topic}-{self.partition} at offset {record.offset}: {error!r}"
                self._error = SerializationError(about)
                self._error.__cause__ = error
                return
            self.ready.append(done)

    def unstick(self) -> None:
        """What was raised is raised again: a record's at once, a damaged batch's when it is reread."""
        self._forget_chunk()
        self.is_stuck = False

    def take(self, most: int) -> List[ConsumerRecord]:
        """Up to so many of what :meth:`fill` has decoded."""
        begin = self.ready_at
        taken = self.ready[begin : begin + most] if begin or most < len(self.ready) else self.ready
        self.ready_at = begin + len(taken)
        self.position = taken[-1].offset + 1
        if self.ready_at >= len(self.ready) and self._error is None:
            self.position = self._ready_next
        return taken
