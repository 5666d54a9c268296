"""The records of a batch by columns, many at a time, where they are plain, as nearly all are.

Place in the flow: record_batch.py tries this first. What is not plain, or not right, it reads field by field,
and says what is wrong with it.

Plain are offsets without gaps, no headers, values of up to 8 KiB that are not null, keys shorter than 64
bytes, and times that start at the batch's and end within 8 s of it. Then the length of a record and the first
byte of its key's length tell where everything in it stands, and a `struct` made for that shape reads it in one
call; whether it was what it seemed is looked at column by column afterwards. Where all records have one shape,
their columns are slices with a step.
"""

from __future__ import annotations

import struct
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

Unpack = Callable[[Any, int], Tuple[Any, ...]]

#: A varint of at most two bytes holds less, when it is not negative.
_MOST = 8192
_SHAPES_MAX = 4096
#: How `struct` calls an unsigned integer of so many bytes.
_CODES = {1: "B", 2: "H", 3: "HB"}
#: How long a key is whose length is written so; 1 is that of null.
_KEYS = {1: 0, **{2 * size: size for size in range(64)}}
#: Offsets below have one byte, two, three.
_OFFSET_STEPS = ((0, 64, 1), (64, _MOST, 2), (_MOST, 1 << 20, 3))


class Columns(NamedTuple):
    """Times are behind the batch's."""

    times: List[int]
    keys: List[Optional[bytes]]
    values: List[bytes]


class _NotPlain(Exception):
    pass


class _Shapes(Dict[int, Unpack]):
    """What reads a record, by its length as it is written, and the first byte of its key's."""

    def __init__(self, time_width: int, offset_width: int) -> None:
        super().__init__()
        self._begin = f"<x{_CODES[time_width]}{_CODES[offset_width]}B"
        #: Attributes, time, offset, lengths of one byte, and no headers.
        self._beside = 1 + time_width + offset_width + 1 + 1 + 1

    def __missing__(self, code: int) -> Unpack:
        size, key = code >> 8, code & 255
        if size & 1 or size >= 2 * _MOST:
            raise _NotPlain
        key = _KEYS[key]
        value = (size >> 1) - self._beside - key
        width = 1
        if value >= 64:
            value -= 1
            width = 2
        if value < (0, 0, 64)[width]:
            raise _NotPlain
        made: Unpack = struct.Struct(
            f"{self._begin}{key}s{_CODES[width]}{value}sB"
        ).unpack_from
        if len(self) >= _SHAPES_MAX:
            self.clear()
        self[code] = made
        return made


_shapes = {(time, offset): _Shapes(time, offset) for time in (1, 2) for offset in (1, 2, 3)}
#: Varints of up to two bytes as `struct` reads them, and back. Made when first needed.
_written: Tuple[int, ...] = ()
_read: Dict[int, int] = {}
#: Their first bytes, and their second, where there is one.
_offsets: List[bytes] = []
#: What the first byte of a number that is not negative may be, alone and with another behind; and the second.
_EVEN = bytes(range(0, 128, 2))
_EVEN_WITH_MORE = bytes(range(128, 256, 2))
_LAST = bytes(range(1, 128))


def _make_tables() -> None:
    global _written
    doubled = range(0, 2 * _MOST, 2)
    written = tuple([z if z < 128 else z & 127 | 128 | z >> 7 << 8 for z in doubled])
    _read.update(zip(written, range(_MOST)))
    _offsets[:] = [bytes([each & 255 for each in written]), bytes([each >> 8 for each in written])]
    _written = written


def columns(data: memoryview, count: int) -> Optional[Columns]:
    """Of that many records, which are all that `data` has; None when they are not plain."""
    if not _written:
        _make_tables()
    found = Columns([], [], [])
    p, copy = 0, bytes(data)
    try:
        for first, end, width in _OFFSET_STEPS:
            if first >= count:
                break
            end = min(end, count)
            after = _add_alike(found, copy, p, first, end, width)
            if after is None:
                rows, after = _various(copy, p, end - first, width)
                _add(found, list(zip(*rows)), first, end)
            p = after
    except (_NotPlain, KeyError, IndexError, struct.error):
        return None
    return found if p == len(copy) and len(found.values) == count else None


def _add_alike(
    found: Columns, data: bytes, p: int, first: int, end: int, offset_width: int
) -> Optional[int]:
    """Records that have all the shape of the first, and where they end; None if they do not.

    :raises IndexError: there is not one.
    """
    size, head = data[p], 1
    if size > 127:
        size, head = size & 127 | data[p + 1] << 7, 2
    count, step = end - first, head + (size >> 1)
    stop = p + step * count
    time_at = p + head + 1
    time_width = 1 if data[time_at] < 128 else 2
    offset_at = time_at + time_width
    key_at = offset_at + offset_width
    key_size = _KEYS.get(data[key_at], -1)
    value_at = key_at + 1 + key_size
    value_size, value_width = data[value_at], 1
    if value_size > 127:
        value_size, value_width = value_size | data[value_at + 1] << 8, 2
    value_size = _read.get(value_size, -1)
    last = p + step - 1
    if min(key_size, value_size) < 0 or value_at + value_width + value_size != last or stop > len(data):
        return None
    # All bytes that tell lengths are those of the first.
    for at in {p, p + head - 1, key_at, value_at, value_at + value_width - 1, last}:
        if data[at:stop:step] != data[at : at + 1] * count:
            return None
    if data[last] or any(
        data[offset_at + place : stop : step] != _offset_bytes(first, end, place, offset_width)
        for place in range(offset_width)
    ):
        return None
    low, high = data[time_at:stop:step], data[time_at + 1 : stop : step]
    if time_width == 1:
        if low.translate(None, _EVEN):
            return None
        found.times.extend([time >> 1 for time in low])
    else:
        if low.translate(None, _EVEN_WITH_MORE) or high.translate(None, _LAST):
            return None
        found.times.extend([(a & 127 | b << 7) >> 1 for a, b in zip(low, high)])
    if data[key_at] == 1:
        found.keys.extend([None] * count)
    else:
        found.keys.extend([data[at : at + key_size] for at in range(key_at + 1, stop, step)])
    values_at = range(value_at + value_width, stop, step)
    found.values.extend([data[at : at + value_size] for at in values_at])
    return stop


def _offset_bytes(first: int, end: int, place: int, width: int) -> bytes:
    """Of each offset the byte at that place of its varint."""
    if width < 3:
        return _offsets[place][first:end]
    shift, more = 7 * place, 128 if place < width - 1 else 0
    return bytes([z >> shift & 127 | more for z in range(2 * first, 2 * end, 2)])


def _various(
    data: bytes, p: int, count: int, offset_width: int
) -> Tuple[List[Tuple[Any, ...]], int]:
    """The fields of each record."""
    short, long = _shapes[1, offset_width], _shapes[2, offset_width]
    # Where the key's length is, if the time has one byte.
    key_at = 2 + offset_width
    rows: List[Tuple[Any, ...]] = []
    add = rows.append
    for _ in range(count):
        size = data[p]
        if size < 128:
            p += 1
        else:
            size = size & 127 | data[p + 1] << 7
            p += 2
        if data[p + 1] < 128:
            add(short[size << 8 | data[p + key_at]](data, p))
        else:
            add(long[size << 8 | data[p + key_at + 1]](data, p))
        p += size >> 1
    return rows, p


def _add(found: Columns, fields: Sequence[Sequence[Any]], first: int, end: int) -> None:
    """:raises _NotPlain: they are not.
    :raises KeyError: the same.
    """
    times, key_sizes, keys, value_sizes, values, headers = (fields[0], *fields[-5:])
    count, read = end - first, _read
    if any(headers) or not _are_offsets(fields[1:-5], first, end):
        raise _NotPlain
    if [read[each] for each in value_sizes] != list(map(len, values)):
        raise _NotPlain
    without = key_sizes.count(1)
    if without == count:
        found.keys.extend([None] * count)
    else:
        # What the first has was taken for all that seemed alike.
        if [_KEYS[size] for size in key_sizes] != list(map(len, keys)):
            raise _NotPlain
        found.keys.extend([None if size == 1 else key for size, key in zip(key_sizes, keys)])
    found.times.extend([read[each] for each in times])
    found.values.extend(values)


def _are_offsets(fields: Sequence[Sequence[int]], first: int, end: int) -> bool:
    if len(fields) == 1:
        return fields[0] == _written[first:end]
    low, high = fields
    doubled = range(2 * first, 2 * end, 2)
    return list(low) == [0x8080 | z & 127 | (z & 0x3F80) << 1 for z in doubled] and list(high) == [
        z >> 14 for z in doubled
    ]
