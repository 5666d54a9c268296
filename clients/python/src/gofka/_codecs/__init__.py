"""Compression of record batches: gzip, snappy, LZ4 and zstd by Kafka's numbers.

Place in the flow: the record batches call :func:`compress` when one is closed and :func:`decompress`
when its records are first looked at. Every decompression is told how much may come out. A codec is
loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any, Dict, Optional, Union

from .errors import CodecError, MissingCodecError

__all__ = ["CODECS", "CodecError", "MissingCodecError", "codec_number", "compress", "decompress"]

#: What ``compression_type`` may be, and the number that stands in a batch's attributes.
CODECS: Dict[str, int] = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
_MODULES = {1: "gzip", 2: "snappy", 3: "lz4_frame", 4: "zstd"}
_loaded: Dict[int, Any] = {}


def _module(codec: int) -> Any:
    if codec not in _MODULES:
        raise CodecError(f"there is no codec {codec}")
    module = _loaded[codec] = import_module(f"gofka._codecs.{_MODULES[codec]}")
    return module


def codec_number(name: Optional[str]) -> int:
    """The number of a codec by its name; None is no compression.

    :raises ValueError: there is no such codec.
    :raises MissingCodecError: there is, but this interpreter cannot do it.
    """
    number = CODECS.get("none" if name is None else name)
    if number is None:
        raise ValueError(f"compression_type {name!r} is none of {', '.join(CODECS)}")
    if number == 4:
        _module(number).require()
    return number


def compress(codec: int, data: bytes, level: Optional[int] = None) -> bytes:
    """``data`` in the codec of that number; ``level`` means what it means to the codec.

    :raises MissingCodecError: zstd without a package that can do it.
    """
    if codec == 0:
        return data
    packed: bytes = (_loaded.get(codec) or _module(codec)).compress(data, level)
    return packed


def decompress(codec: int, data: Union[bytes, bytearray, memoryview], limit: int) -> bytes:
    """What ``data`` comes to, at most ``limit`` bytes of it.

    :raises CodecError: it is damaged, or comes to more, or there is no such codec.
    :raises MissingCodecError: zstd without a package that can do it.
    """
    whole = data if isinstance(data, bytes) else bytes(data)
    if codec == 0:
        return whole
    unpacked: bytes = (_loaded.get(codec) or _module(codec)).decompress(whole, limit)
    return unpacked
