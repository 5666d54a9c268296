"""A Kafka client in pure Python.

    from gofka import Producer, Consumer, Admin

Names are loaded when they are first asked for, so that importing the package costs next to nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._core.consumer_face import RebalanceListener as RebalanceListener
    from .admin import Admin as Admin
    from .consumer import Consumer as Consumer
    from .errors import GofkaError as GofkaError
    from .producer import Producer as Producer
    from .producer import RecordFuture as RecordFuture
    from .records import ConsumerGroupMetadata as ConsumerGroupMetadata
    from .records import ConsumerRecord as ConsumerRecord
    from .records import OffsetAndMetadata as OffsetAndMetadata
    from .records import OffsetAndTimestamp as OffsetAndTimestamp
    from .records import RecordMetadata as RecordMetadata
    from .records import SubscriptionPattern as SubscriptionPattern
    from .records import TopicPartition as TopicPartition

__version__ = "0.1.0"

_homes = {
    "Producer": "producer",
    "RecordFuture": "producer",
    "RecordMetadata": "records",
    "SubscriptionPattern": "records",
    "TopicPartition": "records",
    "Consumer": "consumer",
    "ConsumerRecord": "records",
    "OffsetAndMetadata": "records",
    "OffsetAndTimestamp": "records",
    "ConsumerGroupMetadata": "records",
    "RebalanceListener": "_core.consumer_face",
    "Admin": "admin",
    "GofkaError": "errors",
}


def __getattr__(name: str) -> object:
    home = _homes.get(name)
    if home is None:
        raise AttributeError(f"module 'gofka' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"gofka.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> "list[str]":
    return sorted([*globals(), *_homes])
