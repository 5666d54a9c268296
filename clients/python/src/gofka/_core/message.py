"""What every generated message has (see ``_protocol/``)."""

from __future__ import annotations

from typing import ClassVar, Generic, Tuple, Type, TypeVar

M = TypeVar("M", bound="Message")
R = TypeVar("R", bound="Message")


class Message:
    """A request, a response or a record. Fields are attributes; all have defaults.

    Fields that a version lacks are left out when encoding and get their default when decoding.
    uuids are 16 bytes, ``bytes`` fields may be given as any buffer and are decoded as memoryviews.
    """

    __slots__ = ()
    #: -1 for what is no request or response.
    api_key: ClassVar[int] = -1
    #: Lowest and highest version known here.
    versions: ClassVar[Tuple[int, int]] = (0, 0)
    #: First version with compact lengths and tagged fields (KIP-482).
    flexible_from: ClassVar[int] = 1 << 15

    def encode(self, version: int) -> bytes:
        """The body without its header."""
        raise NotImplementedError

    @classmethod
    def decode(cls: Type[M], data: memoryview, version: int) -> M:
        """Raises :class:`gofka.errors.ProtocolError` when `data` is not one of these."""
        raise NotImplementedError


class Request(Message, Generic[R]):
    """A request whose response is an `R`."""

    __slots__ = ()
    #: First version with request header 2 and response header 1.
    headers_from: ClassVar[int] = 1 << 15
    response: ClassVar[Type[Message]]
