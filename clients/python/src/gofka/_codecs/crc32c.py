"""CRC-32C, the checksum of record batches: by a native package where there is one, else in Python.

A loop over bytes is slow in Python, while XOR and shifts of huge integers run at the speed of memory.
So the message is taken as integers, and shortened before the loop sees it. The checksum is the
remainder of a polynomial mod P; P divides some polynomials of very few terms, such as
x^6777 + x^484 + x^100 + 1. So x^6777 may be replaced by x^484 + x^100 + 1: the front of a message is
taken off and XORed, three times shifted, onto what follows, and the remainder stays the same. Squaring
doubles the exponents and keeps it a multiple of P, so there is one such polynomial for every size of
message. Below some thousand bits, where no multiple of four terms exists, one of six does the same.

A long message goes block by block, with the eighth power of the first: whole bytes, few enough to stay in
the processor's cache, and the same shifts and masks for each. What is left is one block.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Tuple, Union

Buffer = Union[bytes, bytearray, memoryview]

_POLYNOMIAL = 0x82F63B78
#: A multiple of P of four terms, and one of six, by their exponents but 0.
_LONG = (6777, 484, 100)
_SHORT = (290, 136, 113, 107, 32)
#: Bits from which the long multiple can be used, and below which the loop is as quick.
_LONG_BITS_MIN = 16_000
_SHORT_BITS_MIN = 500
#: The eighth power of the long one takes off so many bytes, which is so many bits.
_BLOCK = 6777
_BITS, _B, _C = (exponent << 3 for exponent in _LONG)
_MASK_B, _MASK_C = (1 << _B) - 1, (1 << _C) - 1
#: Shorter messages are taken as of these sizes, with zeros in front.
_SIZES = (128, 256, 512, 1024, 2048, 4096, _BLOCK)


def _make_table() -> List[int]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (_POLYNOMIAL if value & 1 else 0)
        table.append(value)
    return table


_table = _make_table()

#: How many bits to take off, their mask, and by how much to shift them, one after another; and what is left.
_Steps = Tuple[List[Tuple[int, int, Tuple[int, ...]]], int]
_steps: Dict[int, _Steps] = {}


def _steps_of(size: int) -> _Steps:
    """How a message of that size is shortened."""
    found = _steps.get(size)
    if found is not None:
        return found
    steps, bits = [], size * 8
    while bits > _SHORT_BITS_MIN:
        exponents = _LONG if bits > _LONG_BITS_MIN else _SHORT
        # The highest exponent is to be between a third and two thirds of what is left.
        double = 0
        while exponents[0] * 3 << double <= bits:
            double += 1
        a, *others = (exponent << double for exponent in exponents)
        off = min(bits - a, a - others[0]) & ~7
        a -= off
        steps.append((off, (1 << off) - 1, (*(a - other for other in others), a)))
        bits -= off
    return _steps.setdefault(size, (steps, bits))


def crc32c_python(data: Buffer) -> int:
    """The checksum without any package."""
    size = len(data)
    if size * 8 < _SHORT_BITS_MIN:
        return _loop(data, 0xFFFFFFFF) ^ 0xFFFFFFFF
    if size <= _BLOCK:
        block = next(each for each in _SIZES if each >= size)
        # Bit 0 is the coefficient of the highest power: the order is reflected, as in all of CRC-32C.
        number = (int.from_bytes(data, "little") ^ 0xFFFFFFFF) << (block - size) * 8
    else:
        block, number = _BLOCK, _fold_blocks(data, size)
    steps, left = _steps_of(block)
    for off, mask, shifts in steps:
        front = number & mask
        number >>= off
        for shift in shifts:
            number ^= front << shift
    return _loop(number.to_bytes(left >> 3, "little"), 0) ^ 0xFFFFFFFF


def _fold_blocks(data: Buffer, size: int) -> int:
    """One block with the same remainder."""
    from_bytes = int.from_bytes
    p = (size - 1) % _BLOCK + 1
    number = from_bytes(data[:p], "little") << _BITS - 8 * p
    # The first 32 bits are inverted; some may stand in the next block.
    number ^= 0xFFFFFFFF << _BITS - 8 * p
    over = number >> _BITS
    number ^= over << _BITS
    while p < size:
        # What the block would put onto itself, and that put on in turn.
        low = number & _MASK_B ^ (number & _MASK_C) << _B - _C
        low ^= low << _B - _C ^ low << _B
        number ^= number >> _B ^ number >> _C ^ low << _BITS - 2 * _B
        number ^= from_bytes(data[p : p + _BLOCK], "little") ^ over
        over = 0
        p += _BLOCK
    return number

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
