"""Which partition a record goes to.

Place in the flow: the producer asks its partitioner for every record whose partition the caller has
not named, after the key and value were serialized.

``Producer(partitioner=...)`` takes one of the names in :data:`PARTITIONERS`, an object with the
methods of :class:`Partitioner`, or a plain function as kafka-python has it:
``partitioner(key_bytes, all_partitions, available_partitions) -> partition``.
"""

from __future__ import annotations

import random
import sys
import zlib
from typing import Any, Callable, Dict, List, Optional, Sequence, Union

__all__ = [
    "PARTITIONERS",
    "ConsistentPartitioner",
    "DefaultPartitioner",
    "Partitioner",
    "RoundRobinPartitioner",
    "StickyPartitioner",
    "make_partitioner",
    "murmur2",
]

_M = 0x5BD1E995
_MASK = 0xFFFFFFFF
_SEED = 0x9747B28C


class Partitioner:
    """What the producer needs of one. It is called on the thread that calls ``send``."""

    def partition(
        self, topic: str, key: Optional[bytes], partitions: Sequence[int], available: Sequence[int]
    ) -> int:
        """One of ``partitions`` (all of the topic, from 0). ``available``: those that have a leader."""
        raise NotImplementedError

    def on_new_batch(self, topic: str) -> None:
        """A batch of the topic takes no more records: a sticky one goes on to another partition."""


def murmur2(data: bytes) -> int:
    """MurmurHash2 of 32 bits with the seed that Kafka chose, as an unsigned number.

    The same as ``org.apache.kafka.common.utils.Utils.murmur2`` but for the sign.
    """
    size = len(data)
    h = (_SEED ^ size) & _MASK
    whole = size & ~3
    if whole:
        words = memoryview(data)[:whole].cast("I") if _LITTLE else _words(data, whole)
        for word in words:
            word = word * _M & _MASK
            word = (word ^ word >> 24) * _M
            h = (h * _M ^ word) & _MASK
    if whole != size:
        h = (h ^ int.from_bytes(data[whole:], "little")) * _M & _MASK
    h = (h ^ h >> 13) * _M & _MASK
    return h ^ h >> 15


_LITTLE = sys.byteorder == "little"


def _words(data: bytes, whole: int) -> "List[int]":
    return [int.from_bytes(data[at : at + 4], "little") for at in range(0, whole, 4)]


class _Sticky:
    """One partition of a topic until its batch is closed, then another (KIP-480)."""

    def __init__(self) -> None:
        self._current: Dict[str, int] = {}

    def pick(self, topic: str, partitions: Sequence[int], available: Sequence[int]) -> int:
        current = self._current.get(topic)
        if current is not None and current < len(partitions):
            return current
        choices = available or partitions
        chosen = choices[int(random.random() * len(choices))]
        self._current[topic] = chosen
        return chosen

    def next(self, topic: str) -> None:
        self._current.pop(topic, None)


class DefaultPartitioner(Partitioner):
    """As Java's: records with a key by its murmur2, the others by batches to one partition after another."""

    def __init__(self) -> None:
        self._sticky = _Sticky()

    def partition(
        self, topic: str, key: Optional[bytes], partitions: Sequence[int], available: Sequence[int]
    ) -> int:
        if key is None:
            return self._sticky.pick(topic, partitions, available)
        return partitions[(murmur2(key) & 0x7FFFFFFF) % len(partitions)]

    def on_new_batch(self, topic: str) -> None:
        self._sticky.next(topic)


class StickyPartitioner(Partitioner):
    """Keys count for nothing: all records go by batches to one partition after another."""

    def __init__(self) -> None:
        self._sticky = _Sticky()

    def partition(
        self, topic: str, key: Optional[bytes], partitions: Sequence[int], available: Sequence[int]
    ) -> int:
        return self._sticky.pick(topic, partitions, available)

    def on_new_batch(self, topic: str) -> None:
        self._sticky.next(topic)


class RoundRobinPartitioner(Partitioner):
    """Every record to the next partition, whatever its key."""

    def __init__(self) -> None:
        self._next: Dict[str, int] = {}

    def partition(
        self, topic: str, key: Optional[bytes], partitions: Sequence[int], available: Sequence[int]
    ) -> int:
        choices = available or partitions
        number = self._next.get(topic, 0)
        self._next[topic] = number + 1
        return choices[number % len(choices)]


class ConsistentPartitioner(Partitioner):
    """By the CRC-32 of the key, as librdkafka's ``consistent_random``, its default, and ``consistent``.

    :param keyless: where records without a key (or with an empty one) go: ``"random"``, or ``"hash"``
        for the one partition that an empty key hashes to.
    """

    def __init__(self, keyless: str = "random") -> None:
        if keyless not in ("random", "hash"):
            raise ValueError("keyless is 'random' or 'hash'")
        self._random = keyless == "random"

    def partition(
        self, topic: str, key: Optional[bytes], partitions: Sequence[int], available: Sequence[int]
    ) -> int:
        if not key and self._random:
            choices = available or partitions
            return choices[int(random.random() * len(choices))]
        return partitions[zlib.crc32(key or b"") % len(partitions)]


PlainFunction = Callable[[Optional[bytes], List[int], List[int]], int]


class _Plain(Partitioner):
    def __init__(self, function: PlainFunction) -> None:
        self._function = function

    def partition(
        self, topic: str, key: Optional[bytes], partitions: Sequence[int], available: Sequence[int]
    ) -> int:
        return self._function(key, list(partitions), list(available))


#: What the names stand for; "murmur2" is another name of the default.
PARTITIONERS: Dict[str, Callable[[], Partitioner]] = {
    "default": DefaultPartitioner,
    "murmur2": DefaultPartitioner,
    "sticky": StickyPartitioner,
    "round_robin": RoundRobinPartitioner,
    "consistent": lambda: ConsistentPartitioner("hash"),
    "consistent_random": ConsistentPartitioner,
}


def make_partitioner(given: Union[None, str, Partitioner, PlainFunction]) -> Partitioner:
    """What a producer uses for its ``partitioner`` option; None is the default one.

    :raises ValueError: there is none of that name.
    :raises TypeError: it is nothing that could be one.
    """
    if given is None:
        return DefaultPartitioner()
    if isinstance(given, str):
        if given not in PARTITIONERS:
            raise ValueError(f"partitioner {given!r} is none of {', '.join(PARTITIONERS)}")
        return PARTITIONERS[given]()
    if callable(getattr(given, "partition", None)):
        return given if isinstance(given, Partitioner) else _Foreign(given)
    if callable(given):
        return _Plain(given)
    raise TypeError("partitioner is a name, a function or an object with a method partition")


class _Foreign(Partitioner):
    """An object that has `partition`, and `on_new_batch` if it wants to."""

    def __init__(self, given: Any) -> None:
        self._given = given

    def partition(
        self, topic: str, key: Optional[bytes], partitions: Sequence[int], available: Sequence[int]
    ) -> int:
        return int(self._given.partition(topic, key, partitions, available))

    def on_new_batch(self, topic: str) -> None:
        if hasattr(self._given, "on_new_batch"):
            self._given.on_new_batch(topic)
