"""The asyncio twins: the same names and options as in `gofka`, awaited.

    from gofka.aio import Producer, Consumer, Admin
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._core.consumer_face import RebalanceListener as RebalanceListener
    from .admin import Admin as Admin
    from .consumer import Consumer as Consumer
    from .producer import Producer as Producer
    from .producer import RecordFuture as RecordFuture

_homes = {
    "Admin": "admin",
    "Consumer": "consumer",
    "Producer": "producer",
    "RebalanceListener": "consumer",
    "RecordFuture": "producer",
}


def __getattr__(name: str) -> object:
    home = _homes.get(name)
    if home is None:
        raise AttributeError(f"module 'gofka.aio' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"gofka.aio.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> "list[str]":
    return sorted([*globals(), *_homes])
