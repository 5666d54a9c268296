"""Zstandard (RFC 8878), for codec 4 (KIP-110): by the standard library from Python 3.14 on, else by one
of the packages zstandard or cramjam. There is no pure one: its entropy coding would take seconds per
megabyte.

Place in the flow: _codecs/__init__.py calls it; what is missing is said when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Callable, List, Optional, Tuple

from .errors import CodecError, MissingCodecError

Compress = Callable[[bytes, Optional[int]], bytes]
Decompress = Callable[[bytes, int], bytes]
_LEVEL = 3
_TOO_MUCH = "zstd: more bytes than are allowed"


def _standard() -> Tuple[Compress, Decompress]:
    native: Any = import_module("compression.zstd")

    def decompress(data: bytes, limit: int) -> bytes:
        parts: List[bytes] = []
        room = limit
        rest = data
        while rest or not parts:
            unpacker = native.ZstdDecompressor()
            part = unpacker.decompress(rest, room + 1)
            if len(part) > room:
                raise CodecError(_TOO_MUCH)
            if not unpacker.eof:
                raise CodecError("zstd: the end is missing")
            parts.append(part)
            room -= len(part)
            rest = unpacker.unused_data
        return b"".join(parts)

    return lambda data, level: bytes(native.compress(data, level=level)), decompress


def _zstandard() -> Tuple[Compress, Decompress]:
    native: Any = import_module("zstandard")

    def compress(data: bytes, level: Optional[int]) -> bytes:
        return bytes(native.ZstdCompressor(level=_LEVEL if level is None else level).compress(data))

    def decompress(data: bytes, limit: int) -> bytes:
        parts: List[bytes] = []
        room = limit
        rest = data
        while rest or not parts:
            unpacker = native.ZstdDecompressor().decompressobj()
            # It takes no bound for its output, so it is fed little at a time: each byte of input
            # comes to at most one block of 128 KiB.
            size = 0
            part = bytearray()
            for size in range(0, len(rest), _STEP):
                part += unpacker.decompress(rest[size : size + _STEP])
                if len(part) > room:
                    raise CodecError(_TOO_MUCH)
                if unpacker.eof:
                    break
            if not unpacker.eof:
                raise CodecError("zstd: the end is missing")
            parts.append(bytes(part))
            room -= len(part)
            rest = unpacker.unused_data + rest[size + _STEP :]
        return b"".join(parts)

    return compress, decompress


_STEP = 1024
_FIRST_GUESS = 4


def _cramjam() -> Tuple[Compress, Decompress]:
    native = import_module("cramjam").zstd

    def decompress(data: bytes, limit: int) -> bytes:
        room = min(limit, max(len(data) * _FIRST_GUESS, 4096))
        while True:
            buffer = bytearray(room + 1)
            try:
                size = native.decompress_into(data, buffer)
            except Exception as error:
                # It says the same of damage and of a buffer that is full.
                if room >= limit:
                    raise CodecError(f"zstd: damaged, or more than is allowed ({error})") from None
            else:
                if size <= room:
                    return bytes(buffer[:size])
                if room >= limit:
                    raise CodecError(_TOO_MUCH)
            room = min(limit, room * 4)

    return lambda data, level: bytes(native.compress(data, _LEVEL if level is None else level)), decompress


def _find() -> Optional[Tuple[Compress, Decompress]]:
    for find in (_standard, _zstandard, _cramjam):
        try:
            return find()
        except ImportError:
            continue
    return None


_found: Optional[Tuple[Compress, Decompress]] = None


def _codec() -> Tuple[Compress, Decompress]:
    global _found
    if _found is None:
        _found = _find()
    if _found is None:
        raise MissingCodecError(
            "zstd needs Python 3.14 or later, or an extra: pip install 'gofka[zstd]'"
        )
    return _found


def require() -> None:
    """:raises MissingCodecError: this interpreter cannot do zstd."""
    _codec()


def compress(data: bytes, level: Optional[int] = None) -> bytes:
    """One frame. ``level``: 1 to 22, 3 when None."""
    return _codec()[0](data, level)


def decompress(data: bytes, limit: int) -> bytes:
    """At most ``limit`` bytes."""
    _, unpack = _codec()
    try:
        return unpack(data, limit)
    except (CodecError, MemoryError):
        raise
    except Exception as error:
        raise CodecError(f"zstd: {error}") from None
