"""What every generated message has (see ``_protocol/``)."""

from __future__ import annotations

from struct import error as PackError
from typing import Any, ClassVar, Generic, Tuple, Type, TypeVar

from .._errors import ProtocolError

M = TypeVar("M", bound="Message")
R = TypeVar("R", bound="Message")


class Struct:
    """A part of a message: fields are attributes, all have defaults."""

    __slots__: ClassVar[Tuple[str, ...]] = ()

    def write(self, w: bytearray, version: int) -> None:
        raise NotImplementedError

    @classmethod
    def read(cls, b: memoryview, p: int, version: int) -> Tuple[Any, int]:
        raise NotImplementedError

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
        return f"{type(self).__qualname__}({fields})"

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    __hash__ = None  # type: ignore[assignment]


class Message(Struct):
    """A request, a response or a record.

    A field that a version lacks may only be set where Kafka says it can be ignored; encoding raises
    UnsupportedVersionError otherwise, and decoding gives its default. uuids are 16 bytes; ``bytes``
    fields may be given as any buffer and are decoded as memoryviews of the frame.
    """

    __slots__ = ()
    #: -1 for what is no request or response.
    api_key: ClassVar[int] = -1
    #: Lowest and highest version known here.
    versions: ClassVar[Tuple[int, int]] = (0, 0)
    #: First version with compact lengths and tagged fields (KIP-482).
    flexible_from: ClassVar[int] = 1 << 15

    def encode_into(self, w: bytearray, version: int) -> None:
        """Append the body, without its header."""
        try:
            self.write(w, version)
        except (PackError, AttributeError, TypeError, OverflowError) as error:
            what = f"{type(self).__name__} v{version} cannot be written: {error}"
            raise ProtocolError(what) from error

    def encode(self, version: int) -> bytes:
        """The body without its header."""
        w = bytearray()
        self.encode_into(w, version)
        return bytes(w)

    @classmethod
    def decode(cls: Type[M], data: memoryview, version: int, start: int = 0) -> M:
        """Raises :class:`gofka.errors.ProtocolError` when `data` is not one of these."""
        try:
            message, end = cls.read(data, start, version)
        except (PackError, IndexError, ValueError, OverflowError) as error:
            raise ProtocolError(f"no {cls.__name__} v{version}: {error}") from error
        if end != len(data):
            raise ProtocolError(f"{len(data) - end} bytes follow a {cls.__name__} v{version}")
        return message  # type: ignore[no-any-return]


class Request(Message, Generic[R]):
    """A request whose response is an `R`."""

    __slots__ = ()
    #: First version with request header 2 and response header 1.
    headers_from: ClassVar[int] = 1 << 15
    response: ClassVar[Type[Message]]
