"""Snappy: the raw format (google/snappy, format_description.txt) and the framing of xerial's Java
library, which is what Java's producers write and what every Kafka broker accepts.

Place in the flow: _codecs/__init__.py calls it for codec 2. cramjam or python-snappy do the blocks
where they are installed.
"""

from __future__ import annotations

import struct
from importlib import import_module
from typing import Any, Callable, Optional, Tuple

from .errors import CodecError
from .matches import find_matches

_MAGIC = b"\x82SNAPPY\x00"
_HEADER = _MAGIC + struct.pack(">ii", 1, 1)
_LENGTH = struct.Struct(">i")
#: Of the writer's blocks, as xerial's: a copy need not reach further than 16 bits.
_BLOCK = 32 * 1024
_FRAGMENT = 65536

Block = Callable[[bytes], bytes]


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def compress_raw_pure(data: bytes) -> bytes:
    """One raw block."""
    out = bytearray(_varint(len(data)))

    def literal(begin: int, end: int) -> None:
        size = end - begin - 1
        if size < 60:
            out.append(size << 2)
        elif size < 0x100:
            out.extend((60 << 2, size))
        else:
            out.extend((61 << 2, size & 0xFF, size >> 8))
        out.extend(data[begin:end])

    def emit(begin: int, at: int, distance: int, length: int) -> None:
        if at > begin:
            literal(begin, at)
        while length > 64:
            # Four bytes at least are left for the last one.
            size = 64 if length >= 68 else 60
            out.extend(((size - 1) << 2 | 2, distance & 0xFF, distance >> 8))
            length -= size
        if length < 12 and distance < 2048:
            out.extend((distance >> 8 << 5 | (length - 4) << 2 | 1, distance & 0xFF))
        else:
            out.extend(((length - 1) << 2 | 2, distance & 0xFF, distance >> 8))

    for begin in range(0, len(data), _FRAGMENT):
        end = min(begin + _FRAGMENT, len(data))
        rest = find_matches(data, begin, end, end, 0xFFFF, emit)
        if rest < end:
            literal(rest, end)
    return bytes(out)


def _raw_length(data: bytes) -> Tuple[int, int]:
    """What the block says it comes to, and where its tokens begin."""
    value = shift = 0
    for at, byte in enumerate(data[:5]):
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            if value > 0xFFFFFFFF:
                break
            return value, at + 1
        shift += 7
    raise CodecError("snappy: no length at the start of a block")


def decompress_raw_pure(data: bytes) -> bytes:
    """One raw block; its length has been checked against the bound."""
    total, at = _raw_length(data)
    out = bytearray()
    size = len(data)
    try:
        while at < size:
            tag = data[at]
            kind = tag & 3
            if kind == 0:
                length = (tag >> 2) + 1
                at += 1
                if length > 60:
                    width = length - 60
                    length = int.from_bytes(data[at : at + width], "little") + 1
                    at += width
                if length > size - at:
                    raise CodecError("snappy: literals end before they should")
                out += data[at : at + length]
                at += length
                continue
            if kind == 1:
                length = (tag >> 2 & 7) + 4
                distance = tag >> 5 << 8 | data[at + 1]
                at += 2
            elif kind == 2:
                length = (tag >> 2) + 1
                distance = data[at + 1] | data[at + 2] << 8
                at += 3
            else:
                length = (tag >> 2) + 1
                distance = int.from_bytes(data[at + 1 : at + 5], "little")
                at += 5
            begin = len(out) - distance
            if distance == 0 or begin < 0:
                raise CodecError("snappy: a copy from before the start")
            if distance >= length:
                out += out[begin : begin + length]
            else:
                out += (out[begin:] * (length // distance + 1))[:length]
            if len(out) > total:
                break
    except IndexError:
        raise CodecError("snappy: a copy ends before it should") from None
    if len(out) != total:
        raise CodecError(f"snappy: {total} bytes were promised")
    return bytes(out)


def _cramjam() -> Tuple[Block, Block]:
    native: Any = import_module("cramjam").snappy
    return (
        lambda data: bytes(native.compress_raw(data)),
        lambda data: bytes(native.decompress_raw(data)),
    )


def _python_snappy() -> Tuple[Block, Block]:
    native: Any = import_module("snappy")
    return lambda data: bytes(native.compress(data)), lambda data: bytes(native.decompress(data))


def _native() -> Tuple[Optional[Block], Optional[Block]]:
    for find in (_cramjam, _python_snappy):
        try:
            return find()
        except ImportError:
            continue
    return None, None


_native_compress, _native_decompress = _native()


def _block(data: bytes, room: int) -> bytes:
    total, _ = _raw_length(data)
    if total > room:
        raise CodecError("snappy: more bytes than are allowed")
    if _native_decompress is None:
        return decompress_raw_pure(data)
    try:
        return _native_decompress(data)
    except Exception as error:
        raise CodecError(f"snappy: {error}") from None


def compress(data: bytes, level: Optional[int] = None) -> bytes:
    """In xerial's framing. There are no levels."""
    pack = _native_compress or compress_raw_pure
    parts = [_HEADER]
    for begin in range(0, len(data), _BLOCK):
        block = pack(data[begin : begin + _BLOCK])
        parts.append(_LENGTH.pack(len(block)))
        parts.append(block)
    return b"".join(parts)


def decompress(data: bytes, limit: int) -> bytes:
    """Of xerial's framing or of one raw block; at most ``limit`` bytes."""
    if not data.startswith(_MAGIC):
        return _block(data, limit)
    if len(data) < len(_HEADER):
        raise CodecError("snappy: the header ends before it should")
    at = len(_HEADER)
    parts = []
    room = limit
    while at < len(data):
        if at + 4 > len(data):
            raise CodecError("snappy: a block's length is cut off")
        size = _LENGTH.unpack_from(data, at)[0]
        at += 4
        if size < 0 or size > len(data) - at:
            raise CodecError("snappy: a block is cut off")
        part = _block(data[at : at + size], room)
        room -= len(part)
        parts.append(part)
        at += size
    return b"".join(parts)
