"""Zig-zag varints, as they stand inside of record batches."""

from __future__ import annotations

from typing import List, Tuple


def encode(value: int) -> bytes:
    """Of any number of 64 bits."""
    value = (value << 1) ^ (value >> 63)
    if value < 128:
        return bytes((value,))
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


#: The encodings of 0 to 4095, which nearly all lengths and deltas are.
SMALL: List[bytes] = [encode(value) for value in range(4096)]


def decode(data: bytes, p: int) -> Tuple[int, int]:
    """The value and where the next one starts. Raises IndexError or ValueError."""
    value = data[p]
    p += 1
    if value > 127:
        value &= 127
        shift = 7
        while True:
            byte = data[p]
            p += 1
            value |= (byte & 127) << shift
            if byte < 128:
                break
            shift += 7
            if shift > 63:
                raise ValueError("a varint of more than 64 bits")
    return (value >> 1) ^ -(value & 1), p
