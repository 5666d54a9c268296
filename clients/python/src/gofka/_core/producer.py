"""What both producers are made of, beside their shells.

Place in the flow: producer.py and aio/producer.py make one each, and append through it.
"""

from __future__ import annotations

from typing import Any, Callable, List, Mapping, Optional, Sequence, Union

from .._errors import (
    ClientClosedError,
    ClientTimeoutError,
    IllegalStateError,
    RecordTooLargeError,
    SerializationError,
)
from ..records import Header
from .accumulator import Accumulator, record_bytes_max
from .client import Client
from .cluster import TopicInfo
from .producer_options import ProducerConfig, Serializer
from .sender import Sender
from .transactions import Transactions

Headers = Union[Sequence[Header], Mapping[str, Optional[bytes]], None]


class ProducerCore:
    """See the module's text."""

    def __init__(self, ports: Any, options: Mapping[str, Any], wake: Callable[[], None]) -> None:
        self.config = ProducerConfig(options)
        self.client = Client(ports, self.config.common)
        self.client.cluster.auto_create = self.config.auto_create
        self.accumulator = Accumulator(self.config, wake)
        self.sender = Sender(self.client, self.config, self.accumulator)
        self.transactions: Optional[Transactions] = None
        if self.config.transactional_id is not None:
            self.transactions = Transactions(self.client, self.config, self.sender)
            self.sender.transactions = self.transactions

    def serialized(self, serializer: Optional[Serializer], what: str, given: Any) -> Optional[bytes]:
        if serializer is not None:
            try:
                given = serializer(given)
            except Exception as error:
                raise SerializationError(f"{what}_serializer raised {error!r}") from error
        if given is None or isinstance(given, bytes):
            return given
        if isinstance(given, (bytearray, memoryview)):
            return bytes(given)
        if isinstance(given, str) and serializer is None:
            return given.encode()
        kind = type(given).__name__
        raise SerializationError(f"the {what} is {kind}, and not bytes; set {what}_serializer")

    def headers_of(self, headers: Headers) -> Optional[List[Header]]:
        if not headers:
            return None
        pairs = list(headers.items() if isinstance(headers, Mapping) else headers)
        for pair in pairs:
            legal = isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[0], str)
            if not legal or not (pair[1] is None or isinstance(pair[1], (bytes, bytearray))):
                raise SerializationError(f"a header is a text and bytes or None, not {pair!r}")
        return pairs

    def check_size(
        self, key: Optional[bytes], value: Optional[bytes], headers: Optional[List[Header]]
    ) -> None:
        size = record_bytes_max(key, value, headers)
        limit = min(self.config.request_bytes_max, self.config.memory)
        if size > limit:
            raise RecordTooLargeError(f"a record of {size} bytes, and the limit is {limit}")

    def pick(self, info: TopicInfo, key: Optional[bytes], partition: Optional[int]) -> int:
        if partition is None:
            chosen = self.config.partitioner.partition(info.name, key, info.all, info.available)
        else:
            chosen = partition
        if chosen not in info.partitions:
            count = len(info.partitions)
            raise IllegalStateError(f"{info.name} has {count} partitions, and no {chosen!r}")
        return chosen

    async def close(self, timeout_s: Optional[float]) -> None:
        """Deliver what waits, as long as `timeout_s` allows, then end."""
        self.sender.closing = True
        if self.transactions is not None and self.transactions.state != "ready":
            self.sender.drop_queued()
        try:
            if timeout_s is None or timeout_s > 0:
                flushing = self.client.engine.spawn(self.sender.flush(), "last flush")
                if timeout_s is None:
                    await flushing
                else:
                    await self.client.engine.within(timeout_s, flushing, "close")
        except ClientTimeoutError:
            pass
        finally:
            self.sender.fail_all(ClientClosedError("the producer was closed before delivery"))
            self.client.close()
