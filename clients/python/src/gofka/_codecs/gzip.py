"""gzip (RFC 1952) through the standard library's zlib, for codec 1.

Place in the flow: _codecs/__init__.py calls it.
"""

from __future__ import annotations

import zlib
from typing import List, Optional

from .errors import CodecError

_GZIP = 31


def compress(data: bytes, level: Optional[int] = None) -> bytes:
    """``level``: -1 to 9; zlib's own choice when None."""
    packer = zlib.compressobj(-1 if level is None else level, zlib.DEFLATED, _GZIP)
    return packer.compress(data) + packer.flush()


def decompress(data: bytes, limit: int) -> bytes:
    """Of one or several members; at most ``limit`` bytes."""
    parts: List[bytes] = []
    room = limit
    rest = data
    while rest or not parts:
        unpacker = zlib.decompressobj(_GZIP)
        try:
            part = unpacker.decompress(rest, room + 1)
        except zlib.error as error:
            raise CodecError(f"gzip: {error}") from None
        if len(part) > room:
            raise CodecError("gzip: more bytes than are allowed")
        if not unpacker.eof:
            raise CodecError("gzip: the end is missing")
        parts.append(part)
        room -= len(part)
        rest = unpacker.unused_data
    return b"".join(parts)
