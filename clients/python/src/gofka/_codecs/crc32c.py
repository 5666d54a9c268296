"""CRC-32C, the checksum of record batches: by a native package where there is one, else in Python.

A loop over bytes is slow in Python, while XOR and shifts of huge integers run at the speed of memory.
So the message is taken as one integer, and shortened before the loop sees it. The checksum is the
remainder of a polynomial mod P; P divides some polynomials of very few terms, such as
x^6777 + x^484 + x^100 + 1. So x^6777 may be replaced by x^484 + x^100 + 1: the front of a message is
taken off and XORed, three times shifted, onto what follows, and the remainder stays the same. Squaring
doubles the exponents and keeps it a multiple of P, so there is one such polynomial for every size of
message. Below some thousand bits, where no multiple of four terms exists, one of six does the same.
"""

from __future__ import annotations

from typing import Any, Callable, List, Optional, Union

Buffer = Union[bytes, bytearray, memoryview]

_POLYNOMIAL = 0x82F63B78
#: Bits from which the long multiple can be used, and below which the loop is as quick.
_LONG_BITS_MIN = 16_000
_SHORT_BITS_MIN = 500


def _make_table() -> List[int]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (_POLYNOMIAL if value & 1 else 0)
        table.append(value)
    return table


_table = _make_table()


def crc32c_python(data: Buffer) -> int:
    """The checksum without any package."""
    bits = len(data) * 8
    if bits < _SHORT_BITS_MIN:
        return _loop(data, 0xFFFFFFFF) ^ 0xFFFFFFFF
    # Bit 0 is the coefficient of the highest power: the order is reflected, as in all of CRC-32C.
    number = int.from_bytes(data, "little") ^ 0xFFFFFFFF
    while bits > _LONG_BITS_MIN:
        # x^a = x^b + x^c + 1, with a between a third and two thirds of what is left.
        a, double = 6777, 0
        while a * 3 <= bits:
            a <<= 1
            double += 1
        b, c = 484 << double, 100 << double
        off = min(bits - a, a - b) & ~7
        front = number & ((1 << off) - 1)
        a -= off
        number = (number >> off) ^ (front << a - b) ^ (front << a - c) ^ (front << a)
        bits -= off
    while bits > _SHORT_BITS_MIN:
        # x^a = x^b + x^c + x^d + x^e + 1.
        a, double = 290, 0
        while a * 3 <= bits:
            a <<= 1
            double += 1
        b, c, d, e = 136 << double, 113 << double, 107 << double, 32 << double
        off = min(bits - a, a - b) & ~7
        front = number & ((1 << off) - 1)
        a -= off
        number = (
            (number >> off)
            ^ (front << a - b)
            ^ (front << a - c)
            ^ (front << a - d)
            ^ (front << a - e)
            ^ (front << a)
        )
        bits -= off
    return _loop(number.to_bytes(bits >> 3, "little"), 0) ^ 0xFFFFFFFF


def _loop(data: Buffer, crc: int) -> int:
    table = _table
    for byte in data:
        crc = table[(crc ^ byte) & 255] ^ crc >> 8
    return crc


def _find_native() -> Optional[Callable[[Any], int]]:
    try:
        import google_crc32c
    except ImportError:
        pass
    else:
        if google_crc32c.implementation == "c":
            return lambda data: int(google_crc32c.value(bytes(data)))
    try:
        import crc32c as package
    except ImportError:
        return None
    return lambda data: int(package.crc32c(data))


_chosen: Optional[Callable[[Any], int]] = None


def crc32c(data: Buffer) -> int:
    """The checksum, the quickest way there is."""
    global _chosen
    if _chosen is None:
        _chosen = _find_native() or crc32c_python
    return _chosen(data)
