"""LZ4 frames (lz4_Frame_format.md 1.6), as Kafka stores them for codec 3 (KIP-57).

Place in the flow: _codecs/__init__.py calls it; lz4_block.py does what is inside.

Written as Java's producer does: independent blocks of 64 KiB, no checksum beside the header's, because
the batch around it has one. Read is every frame the format allows, linked blocks included.
"""

from __future__ import annotations

import struct
from typing import Optional

from .errors import CodecError
from .lz4_block import compress_block, decompress_block
from .xxhash32 import xxh32

_MAGIC = 0x184D2204
_WORD = struct.Struct("<I")
_BLOCK_SIZES = {4: 1 << 16, 5: 1 << 18, 6: 1 << 20, 7: 1 << 22}
_AS_IT_IS = 0x80000000
_WINDOW = 65536

_VERSION = 0x40
_INDEPENDENT = 0x20
_BLOCK_CHECKSUM = 0x10
_CONTENT_SIZE = 0x08
_CONTENT_CHECKSUM = 0x04
_DICTIONARY = 0x01


def _header() -> bytes:
    descriptor = bytes((_VERSION | _INDEPENDENT, 4 << 4))
    return _WORD.pack(_MAGIC) + descriptor + bytes((xxh32(descriptor) >> 8 & 0xFF,))


_HEADER = _header()


def compress(data: bytes, level: Optional[int] = None) -> bytes:
    """One frame. Levels change nothing: the quick encoder is the only one."""
    parts = [_HEADER]
    for begin in range(0, len(data), _WINDOW):
        chunk = data[begin : begin + _WINDOW]
        block = compress_block(chunk)
        if len(block) < len(chunk):
            parts.append(_WORD.pack(len(block)))
            parts.append(block)
        else:
            parts.append(_WORD.pack(len(chunk) | _AS_IT_IS))
            parts.append(chunk)
    parts.append(b"\x00\x00\x00\x00")
    return b"".join(parts)


def decompress(data: bytes, limit: int) -> bytes:
    """Of one or several frames; at most ``limit`` bytes."""
    out = bytearray()
    at = 0
    try:
        while at < len(data) or at == 0:
            at = _frame(data, at, out, limit)
    except (struct.error, IndexError):
        raise CodecError("lz4: a frame ends before it should") from None
    return bytes(out)


def _frame(data: bytes, at: int, out: bytearray, limit: int) -> int:
    if _WORD.unpack_from(data, at)[0] != _MAGIC:
        raise CodecError("lz4: this is no frame")
    flags, sizes = data[at + 4], data[at + 5]
    if flags & 0xC0 != _VERSION:
        raise CodecError("lz4: a version of frames that there is not")
    if flags & _DICTIONARY:
        raise CodecError("lz4: the frame needs a dictionary")
    block_max = _BLOCK_SIZES.get(sizes >> 4)
    if block_max is None:
        raise CodecError("lz4: a size of blocks that there is not")
    end = at + 6 + (8 if flags & _CONTENT_SIZE else 0)
    if data[end] != xxh32(data[at + 4 : end]) >> 8 & 0xFF:
        raise CodecError("lz4: the header's checksum is wrong")
    begin = len(out)
    at = _blocks(data, end + 1, out, limit, flags, block_max)
    if flags & _CONTENT_CHECKSUM:
        if _WORD.unpack_from(data, at)[0] != xxh32(bytes(out[begin:])):
            raise CodecError("lz4: the content's checksum is wrong")
        at += 4
    return at


def _blocks(
    data: bytes, at: int, out: bytearray, limit: int, flags: int, block_max: int
) -> int:
    first = len(out)
    while True:
        size = _WORD.unpack_from(data, at)[0]
        at += 4
        if size == 0:
            return at
        is_raw = size & _AS_IT_IS
        size &= ~_AS_IT_IS
        if size > block_max or size > len(data) - at:
            raise CodecError("lz4: a block is cut off or too large")
        block = data[at : at + size]
        at += size
        if flags & _BLOCK_CHECKSUM:
            if _WORD.unpack_from(data, at)[0] != xxh32(block):
                raise CodecError("lz4: a block's checksum is wrong")
            at += 4
        room = min(block_max, limit - len(out))
        if is_raw:
            if size > room:
                raise CodecError("lz4: more bytes than are allowed")
            out += block
        else:
            before = b"" if flags & _INDEPENDENT else bytes(out[max(first, len(out) - _WINDOW) :])
            out += decompress_block(block, room, before)
