"""Finding repeats for the pure LZ encoders (snappy and LZ4), as both formats describe them.

Place in the flow: snappy.py and lz4_block.py turn what this finds into their own tokens.

A loop over bytes would cost a microsecond each. So positions are tried in growing steps while nothing
repeats (as both reference encoders do), four bytes are looked up in a dictionary at a time, and the
length of a repeat is found by comparing whole slices.
"""

from __future__ import annotations

from typing import Callable

_MIN = 4


def common_prefix(data: bytes, a: int, b: int, most: int) -> int:
    """How many bytes from ``a`` and from ``b`` are the same; at most ``most``."""
    length = 0
    step = 16
    while length < most:
        size = min(step, most - length)
        left = data[a + length : a + length + size]
        right = data[b + length : b + length + size]
        if left != right:
            differing = int.from_bytes(left, "little") ^ int.from_bytes(right, "little")
            return length + ((differing & -differing).bit_length() - 1) // 8
        length += size
        step = min(step * 4, 65536)
    return length


def find_matches(
    data: bytes,
    start: int,
    end: int,
    match_end: int,
    distance_max: int,
    emit: Callable[[int, int, int, int], None],
) -> int:
    """Calls ``emit(literal_from, at, distance, length)`` for each repeat in ``data[start:end]``.

    A repeat begins before ``end`` and reaches no further than ``match_end``. Returns where the
    literals begin that are left over.
    """
    seen: "dict[bytes, int]" = {}
    get = seen.get
    at = literal = start
    misses = 32
    last = min(end, match_end - _MIN + 1)
    while at < last:
        word = data[at : at + _MIN]
        before = get(word)
        seen[word] = at
        if before is None or at - before > distance_max:
            at += misses >> 5
            misses += 1
            continue
        length = _MIN + common_prefix(data, before + _MIN, at + _MIN, match_end - at - _MIN)
        emit(literal, at, at - before, length)
        at += length
        literal = at
        misses = 32
        # One position inside the repeat, so that the next one like it is found as a whole.
        inside = at - 2
        seen[data[inside : inside + _MIN]] = inside
    return literal
