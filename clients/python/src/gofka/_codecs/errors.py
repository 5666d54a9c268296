"""Errors of the codecs.

Place in the flow: raised below the record batches, which know the partition and offset.
"""

from __future__ import annotations

from .._errors import CorruptBatchError, MissingCodecError

__all__ = ["CodecError", "MissingCodecError"]


class CodecError(CorruptBatchError):
    """The bytes are not what the codec's format allows, or they come to more than the bound."""
