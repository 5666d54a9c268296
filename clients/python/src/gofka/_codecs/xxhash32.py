"""xxHash, 32 bits: the checksum inside LZ4 frames (xxHash specification 0.1.1, section XXH32).

Place in the flow: lz4_frame.py asks for it for every frame's header, and for blocks and contents of
writers that add checksums there.
"""

from __future__ import annotations

import struct
from importlib import import_module
from typing import Callable, Optional

_P1 = 0x9E3779B1
_P2 = 0x85EBCA77
_P3 = 0xC2B2AE3D
_P4 = 0x27D4EB2F
_P5 = 0x165667B1
_M = 0xFFFFFFFF
_STRIPE = struct.Struct("<4I")
_WORD = struct.Struct("<I")


def xxh32_pure(data: bytes, seed: int = 0) -> int:
    """The hash of ``data`` as an unsigned number; about 4 MB/s."""
    size = len(data)
    whole = size & ~15
    if size >= 16:
        a = (seed + _P1 + _P2) & _M
        b = (seed + _P2) & _M
        c = seed
        d = (seed - _P1) & _M
        for w, x, y, z in _STRIPE.iter_unpack(memoryview(data)[:whole]):
            a = (a + w * _P2) & _M
            a = (a << 13 | a >> 19) * _P1 & _M
            b = (b + x * _P2) & _M
            b = (b << 13 | b >> 19) * _P1 & _M
            c = (c + y * _P2) & _M
            c = (c << 13 | c >> 19) * _P1 & _M
            d = (d + z * _P2) & _M
            d = (d << 13 | d >> 19) * _P1 & _M
        # The rotations above leave bits beyond 32 in place until the product is masked.
        h = (a << 1 | a >> 31) + (b << 7 | b >> 25) + (c << 12 | c >> 20) + (d << 18 | d >> 14)
    else:
        h = seed + _P5
    h = (h + size) & _M
    at = whole
    while at + 4 <= size:
        h = (h + _WORD.unpack_from(data, at)[0] * _P3) & _M
        h = ((h << 17 | h >> 15) & _M) * _P4 & _M
        at += 4
    while at < size:
        h = (h + data[at] * _P5) & _M
        h = ((h << 11 | h >> 21) & _M) * _P1 & _M
        at += 1
    h ^= h >> 15
    h = h * _P2 & _M
    h ^= h >> 13
    h = h * _P3 & _M
    return h ^ h >> 16


def _native() -> Optional[Callable[[bytes], int]]:
    try:
        digest = import_module("xxhash").xxh32_intdigest
    except ImportError:
        return None
    return lambda data: int(digest(data))


xxh32: Callable[[bytes], int] = _native() or xxh32_pure
