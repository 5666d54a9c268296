"""Record batches of format 2: made in one go of what the producer has gathered, read lazily.

Place in the flow: accumulator.py appends encoded records and :func:`seal` puts the header before them;
the fetcher runs :func:`batches` over what a broker answered and asks a batch for its records only when
somebody wants them.
"""

from __future__ import annotations

from functools import partial
from itertools import repeat
from struct import Struct
from typing import Any, Callable, Iterator, List, Optional, Sequence, Tuple, Union

from .._codecs import decompress
from .._codecs.crc32c import crc32c
from .._errors import CorruptBatchError
from ..records import ConsumerRecord, Header
from . import varint
from .plain_records import Columns, columns
from .record_fields import Deserializer, read_fields

_small = varint.SMALL
_encode = varint.encode

_header = Struct(">qiibIhiqqqhii")
_start = Struct(">qi")
_ints = Struct(">I")
_producer = Struct(">qhi")

HEADER_BYTES = 61
#: Base offset and length, which the length does not count.
START_BYTES = 12
#: The checksum covers everything from the attributes on.
CHECKED_FROM = 21
#: More than a record of any size has beside its key, value and headers.
RECORD_OVERHEAD_MAX = 21

CODEC_MASK = 7
APPEND_TIME = 8
TRANSACTIONAL = 16
CONTROL = 32

NO_PRODUCER = (-1, -1)
#: With fewer records it takes longer to read them by columns.
_MANY = 6
#: What a compressed batch may come to, unless the caller says otherwise.
INFLATED_BYTES_MAX = 1 << 30

_make_record: Callable[[Tuple[Any, ...]], ConsumerRecord] = partial(tuple.__new__, ConsumerRecord)


def encode_record(
    offset_delta: int,
    timestamp_delta: int,
    key: Optional[bytes],
    value: Optional[bytes],
    headers: Sequence[Header],
) -> bytes:
    """One record. The producer has the same inlined for records without headers."""
    parts = [
        b"\0",
        _small[timestamp_delta] if 0 <= timestamp_delta < 4096 else _encode(timestamp_delta),
        _encode(offset_delta),
    ]
    _put(parts, key)
    _put(parts, value)
    parts.append(_encode(len(headers)))
    for name, header in headers:
        _put(parts, name.encode())
        _put(parts, header)
    body = b"".join(parts)
    return _encode(len(body)) + body


def _put(parts: List[bytes], data: Optional[bytes]) -> None:
    if data is None:
        parts.append(b"\1")
    else:
        parts.append(_encode(len(data)))
        parts.append(data)


def headers_bytes(headers: Sequence[Header]) -> int:
    """At most that many bytes on the wire."""
    total = 0
    for name, value in headers:
        total += 10 + 3 * len(name) + (len(value) if value is not None else 0)
    return total


def seal(
    records: Union[bytes, bytearray],
    count: int,
    base_timestamp: int,
    max_timestamp: int,
    attributes: int = 0,
    producer: Tuple[int, int] = NO_PRODUCER,
    sequence: int = -1,
) -> bytearray:
    """A batch of records that are encoded (and compressed, as the attributes say) already."""
    batch = bytearray(HEADER_BYTES)
    batch += records
    _header.pack_into(
        batch,
        0,
        0,
        len(batch) - START_BYTES,
        -1,
        2,
        0,
        attributes,
        count - 1,
        base_timestamp,
        max_timestamp,
        producer[0],
        producer[1],
        sequence,
        count,
    )
    _ints.pack_into(batch, 17, crc32c(memoryview(batch)[CHECKED_FROM:]))
    return batch


def reseal(batch: bytearray, producer: Tuple[int, int], sequence: int) -> None:
    """The same batch as another producer's, or at another sequence."""
    _producer.pack_into(batch, 43, producer[0], producer[1], sequence)
    _ints.pack_into(batch, 17, crc32c(memoryview(batch)[CHECKED_FROM:]))


class Batch:
    """A batch as it came; its header is read, its records are not."""

    __slots__ = (
        "base_offset",
        "last_offset",
        "leader_epoch",
        "attributes",
        "base_timestamp",
        "max_timestamp",
        "producer_id",
        "producer_epoch",
        "base_sequence",
        "count",
        "size",
        "_payload",
    )

    def __init__(self, view: memoryview, size: int) -> None:
        (
            self.base_offset,
            _,
            self.leader_epoch,
            _,
            _,
            self.attributes,
            last_offset_delta,
            self.base_timestamp,
            self.max_timestamp,
            self.producer_id,
            self.producer_epoch,
            self.base_sequence,
            self.count,
        ) = _header.unpack_from(view, 0)
        self.last_offset = self.base_offset + last_offset_delta
        #: On the wire.
        self.size = size
        self._payload = view[HEADER_BYTES:size]

    @property
    def codec(self) -> int:
        return int(self.attributes & CODEC_MASK)

    @property
    def is_control(self) -> bool:
        return bool(self.attributes & CONTROL)

    @property
    def is_transactional(self) -> bool:
        return bool(self.attributes & TRANSACTIONAL)

    @property
    def append_time(self) -> Optional[int]:
        """When the broker appended it, if that is the time its records have; ms since 1970."""
        return int(self.max_timestamp) if self.attributes & APPEND_TIME else None

    def control_type(self) -> int:
        """Of a control batch: 0 a transaction was aborted, 1 committed; others are the broker's."""
        for record in self.records("", 0, self.base_offset):
            key = record.key
            if isinstance(key, bytes) and len(key) >= 4:
                return int.from_bytes(key[2:4], "big")
        return -1

    def _inflated(self, limit: int) -> memoryview:
        """The bytes of the records."""
        codec = self.attributes & CODEC_MASK
        return memoryview(decompress(codec, self._payload, limit)) if codec else self._payload

    def records(
        self,
        topic: str,
        partition: int,
        from_offset: int = 0,
        key_deserializer: Deserializer = None,
        value_deserializer: Deserializer = None,
        limit: int = INFLATED_BYTES_MAX,
    ) -> List[ConsumerRecord]:
        """All records from that offset on."""
        payload = self._inflated(limit)
        if self.count >= _MANY:
            plain = columns(payload, self.count)
            if plain is not None:
                made = self._assemble(
                    plain, topic, partition, from_offset, key_deserializer, value_deserializer
                )
                if made is not None:
                    return made
        where = f"{topic}-{partition} from offset {self.base_offset}"
        try:
            found, end = read_fields(
                self, bytes(payload), topic, partition, from_offset, key_deserializer, value_deserializer
            )
        except (IndexError, ValueError) as error:
            raise CorruptBatchError(f"batch of {where}: {error}") from error
        if end != len(payload):
            raise CorruptBatchError(f"batch of {where}: {len(payload) - end} bytes too many")
        return found

    def _assemble(
        self,
        plain: Columns,
        topic: str,
        partition: int,
        from_offset: int,
        key_deserializer: Deserializer,
        value_deserializer: Deserializer,
    ) -> Optional[List[ConsumerRecord]]:
        """None when a deserializer has raised."""
        skip = max(0, from_offset - self.base_offset)
        times = plain.times[skip:]
        keys: Sequence[Any] = plain.keys[skip:]
        values: Sequence[Any] = plain.values[skip:]
        try:
            if key_deserializer is not None:
                keys = [None if key is None else key_deserializer(key) for key in keys]
            if value_deserializer is not None:
                values = list(map(value_deserializer, values))
        except Exception:
            return None
        base, append_time = self.base_timestamp, self.append_time
        if append_time is None:
            times = [base + time for time in times]
        else:
            times = [append_time] * len(times)
        first = self.base_offset + skip
        fields = zip(
            repeat(topic),
            repeat(partition),
            range(first, first + len(values)),
            times,
            repeat(0 if append_time is None else 1),
            keys,
            values,
            repeat(()),
            repeat(self.leader_epoch),
        )
        return list(map(_make_record, fields))


def batches(data: Union[bytes, memoryview], check_crcs: bool = True) -> Iterator[Batch]:
    """The batches in what a fetch answered. One that is cut off at the end is left out."""
    view = memoryview(data)
    p, end = 0, len(view)
    while end - p >= HEADER_BYTES:
        offset, length = _start.unpack_from(view, p)
        size = length + START_BYTES
        if view[p + 16] != 2:
            raise CorruptBatchError(f"the batch at offset {offset} has format {view[p + 16]}")
        if size < HEADER_BYTES:
            raise CorruptBatchError(f"the batch at offset {offset} is {size} bytes long")
        if size > end - p:
            return
        whole = view[p : p + size]
        if check_crcs:
            (crc,) = _ints.unpack_from(whole, 17)
            if crc32c(whole[CHECKED_FROM:]) != crc:
                raise CorruptBatchError(f"the checksum of the batch at offset {offset} is wrong")
        batch = Batch(whole, size)
        if batch.count < 0 or batch.last_offset < batch.base_offset:
            raise CorruptBatchError(f"the header of the batch at offset {offset} contradicts itself")
        yield batch
        p += size
