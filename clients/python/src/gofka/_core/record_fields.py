"""Records of a batch, field by field, one after another.

Place in the flow: record_batch.py comes here with batches that plain_records.py has not taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, List, Optional, Sequence, Tuple

from .._errors import SerializationError
from ..records import ConsumerRecord, Header
from . import varint

if TYPE_CHECKING:
    from .record_batch import Batch

Deserializer = Optional[Callable[[bytes], Any]]
_decode = varint.decode


def read_fields(
    batch: "Batch",
    data: bytes,
    topic: str,
    partition: int,
    from_offset: int,
    key_deserializer: Deserializer,
    value_deserializer: Deserializer,
) -> Tuple[List[ConsumerRecord], int]:
    """All records from that offset on, and where they end in the data.

    :raises IndexError: they go on behind it.
    :raises ValueError: they are not right.
    :raises SerializationError: a deserializer has raised.
    """
    found: List[ConsumerRecord] = []
    add, make, decode = found.append, tuple.__new__, _decode
    base_offset, base_timestamp = batch.base_offset, batch.base_timestamp
    append_time = batch.append_time
    timestamp_type = 0 if append_time is None else 1
    epoch = batch.leader_epoch
    size = len(data)
    p = 0
    # Varints of one and two bytes, which nearly all are, are read in place.
    for _ in range(batch.count):
        n = data[p]
        if n < 128:
            p += 1
            n >>= 1
        elif data[p + 1] < 128:
            n = (n & 127 | data[p + 1] << 7) >> 1
            p += 2
        else:
            n, p = decode(data, p)
        end = p + n
        if n < 6 or end > size:
            raise ValueError(f"a record of {n} bytes where {size - p} are left")
        delta = data[p + 1]
        if delta < 128:
            p += 2
            delta = (delta >> 1) ^ -(delta & 1)
        else:
            delta, p = decode(data, p + 1)
        timestamp = base_timestamp + delta if append_time is None else append_time
        offset = data[p]
        if offset < 128:
            p += 1
            offset = (offset >> 1) ^ -(offset & 1)
        elif data[p + 1] < 128:
            offset = offset & 127 | data[p + 1] << 7
            offset = (offset >> 1) ^ -(offset & 1)
            p += 2
        else:
            offset, p = decode(data, p)
        offset += base_offset
        n = data[p]
        if n == 1:
            key: Any = None
            p += 1
        else:
            if n < 128:
                n = (n >> 1) ^ -(n & 1)
                p += 1
            else:
                n, p = decode(data, p)
            q = p + n
            if n < 0 or q > end:
                raise ValueError(f"a key of {n} bytes")
            key = data[p:q]
            p = q
        n = data[p]
        if n == 1:
            value: Any = None
            p += 1
        else:
            if n < 128:
                n = (n >> 1) ^ -(n & 1)
                p += 1
            elif data[p + 1] < 128:
                n = n & 127 | data[p + 1] << 7
                n = (n >> 1) ^ -(n & 1)
                p += 2
            else:
                n, p = decode(data, p)
            q = p + n
            if n < 0 or q > end:
                raise ValueError(f"a value of {n} bytes")
            value = data[p:q]
            p = q
        if data[p] == 0:
            p += 1
            headers: Sequence[Header] = ()
        else:
            headers, p = _read_headers(data, p, end)
        if p != end:
            raise ValueError("a record is not as long as it says")
        if offset >= from_offset:
            if key_deserializer is not None and key is not None:
                try:
                    key = key_deserializer(key)
                except Exception as error:
                    raise _refused("key", topic, partition, offset, error) from error
            if value_deserializer is not None and value is not None:
                try:
                    value = value_deserializer(value)
                except Exception as error:
                    raise _refused("value", topic, partition, offset, error) from error
            add(
                make(
                    ConsumerRecord,
                    (
                        topic,
                        partition,
                        offset,
                        timestamp,
                        timestamp_type,
                        key,
                        value,
                        headers,
                        epoch,
                    ),
                )
            )
    return found, p


def _read_headers(data: bytes, p: int, end: int) -> Tuple[List[Header], int]:
    count, p = _decode(data, p)
    if count < 0 or count > end - p:
        raise ValueError(f"{count} headers")
    headers: List[Header] = []
    for _ in range(count):
        size, p = _decode(data, p)
        if size < 0 or p + size > end:
            raise ValueError(f"a header's name of {size} bytes")
        name = data[p : p + size].decode()
        p += size
        size, p = _decode(data, p)
        if size == -1:
            headers.append((name, None))
            continue
        if size < 0 or p + size > end:
            raise ValueError(f"a header of {size} bytes")
        headers.append((name, data[p : p + size]))
        p += size
    return headers, p


def _refused(
    what: str, topic: str, partition: int, offset: int, error: Exception
) -> SerializationError:
    where = f"{topic}-{partition} at offset {offset}"
    return SerializationError(f"the {what}_deserializer raised at {where}: {error!r}")
