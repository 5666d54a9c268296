"""LZ4 blocks (lz4_Block_format.md): what stands inside the frames.

Place in the flow: lz4_frame.py cuts frames and calls this for each block. The packages lz4 or cramjam
do it where they are installed.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Callable, Optional, Tuple

from .errors import CodecError
from .matches import find_matches

#: The last five bytes are literals, and no repeat begins within the last twelve.
_LAST_LITERALS = 5
_NO_MATCH_WITHIN = 12


def _more(out: bytearray, length: int) -> None:
    while length >= 255:
        out.append(255)
        length -= 255
    out.append(length)


def compress_block_pure(data: bytes) -> bytes:
    """One block that depends on no other."""
    out = bytearray()
    size = len(data)

    def emit(begin: int, at: int, distance: int, length: int) -> None:
        literals = at - begin
        extra = length - 4
        out.append(min(literals, 15) << 4 | min(extra, 15))
        if literals >= 15:
            _more(out, literals - 15)
        out.extend(data[begin:at])
        out.extend((distance & 0xFF, distance >> 8))
        if extra >= 15:
            _more(out, extra - 15)

    rest = find_matches(data, 0, size - _NO_MATCH_WITHIN, size - _LAST_LITERALS, 0xFFFF, emit)
    literals = size - rest
    out.append(min(literals, 15) << 4)
    if literals >= 15:
        _more(out, literals - 15)
    out.extend(data[rest:])
    return bytes(out)


def _length(data: bytes, at: int, length: int) -> Tuple[int, int]:
    while True:
        byte = data[at]
        at += 1
        length += byte
        if byte != 255:
            return length, at


def decompress_block_pure(data: bytes, most: int, before: bytes = b"") -> bytes:
    """At most ``most`` bytes. ``before``: the 64 KiB in front of it that linked blocks may refer to."""
    out = bytearray(before)
    end = len(before) + most
    size = len(data)
    at = 0
    try:
        while True:
            token = data[at]
            at += 1
            length = token >> 4
            if length == 15:
                length, at = _length(data, at, 15)
            if length > size - at:
                raise CodecError("lz4: literals end before they should")
            if length:
                out += data[at : at + length]
                at += length
            if at == size:
                break
            distance = data[at] | data[at + 1] << 8
            at += 2
            length = (token & 15) + 4
            if length == 19:
                length, at = _length(data, at, 19)
            begin = len(out) - distance
            if distance == 0 or begin < 0:
                raise CodecError("lz4: a repeat from before the start")
            if length > end - len(out):
                raise CodecError("lz4: more bytes than are allowed")
            if distance >= length:
                out += out[begin : begin + length]
            else:
                out += (out[begin:] * (length // distance + 1))[:length]
    except IndexError:
        raise CodecError("lz4: a block ends before it should") from None
    if len(out) > end:
        raise CodecError("lz4: more bytes than are allowed")
    return bytes(out[len(before) :]) if before else bytes(out)


Compress = Callable[[bytes], bytes]
Decompress = Callable[[bytes, int], bytes]


def _lz4() -> Tuple[Compress, Decompress]:
    native: Any = import_module("lz4.block")
    return (
        lambda data: bytes(native.compress(data, store_size=False)),
        lambda data, most: bytes(native.decompress(data, uncompressed_size=most)),
    )


def _cramjam() -> Tuple[Compress, Decompress]:
    native: Any = import_module("cramjam").lz4

    def decompress(data: bytes, most: int) -> bytes:
        # Its decompress_block fills up with zeros to the length that it is told.
        out = bytearray(most)
        return bytes(out[: native.decompress_block_into(data, out)])

    return lambda data: bytes(native.compress_block(data, store_size=False)), decompress


def _native() -> Tuple[Optional[Compress], Optional[Decompress]]:
    for find in (_lz4, _cramjam):
        try:
            return find()
        except ImportError:
            continue
    return None, None


native_compress, native_decompress = _native()


def compress_block(data: bytes) -> bytes:
    return (native_compress or compress_block_pure)(data)


def decompress_block(data: bytes, most: int, before: bytes = b"") -> bytes:
    if native_decompress is None or before:
        return decompress_block_pure(data, most, before)
    try:
        return native_decompress(data, most)
    except Exception as error:
        raise CodecError(f"lz4: {error}") from None
