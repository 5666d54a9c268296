"""What the core asks of a shell, and what a shell tells the core. The core has no other door.

A shell calls the core from one thread only (its own thread, or the event loop's), and runs
:meth:`Engine.run` after whatever it told.
"""

from __future__ import annotations

from typing import Any, Callable, NamedTuple, Optional, Protocol, TypeVar, Union

from .tasks import Engine, Promise

T = TypeVar("T")


class Address(NamedTuple):
    host: str
    port: int


class Listener(Protocol):
    """The core's end of a connection: what a shell calls."""

    def on_open(self) -> None: ...

    def on_data(self, data: bytes) -> None: ...

    def on_closed(self, error: Optional[BaseException]) -> None:
        """Once, the last call; `error` is None when the peer closed in order."""


class Link(Protocol):
    """The shell's end of a connection: what the core calls."""

    def write(
        self, data: Union[bytes, bytearray], on_written: Optional[Callable[[], None]] = None
    ) -> None:
        """Queue bytes, from a turn of the engine only. `on_written`: the kernel has all of them."""

    def close(self) -> None:
        """Drop it; `on_closed` is not called any more."""


class Ports(Protocol):
    """A shell, as the core sees it."""

    @property
    def engine(self) -> Engine: ...

    def connect(self, address: Address, listener: Listener, tls: Optional[Any]) -> Link:
        """Start connecting; `tls` is an ``ssl.SSLContext``. The answer comes by the listener."""
        ...

    def wall_ms(self) -> int:
        """The wall clock: ms since 1970."""
        ...

    def offload(self, work: Callable[[], T]) -> Promise[T]:
        """Run blocking work elsewhere (a token callback, a name look-up)."""
        ...
