"""What users see of records: what was read, where it was written, what was committed."""

from __future__ import annotations

from typing import Any, NamedTuple, Optional, Sequence, Tuple

#: Name and value; order and repetitions are kept, the value may be None.
Header = Tuple[str, Optional[bytes]]


class TopicPartition(NamedTuple):
    topic: str
    partition: int


class OffsetAndMetadata(NamedTuple):
    """A committed offset: of the record to be read next."""

    offset: int
    metadata: str = ""
    leader_epoch: int = -1


class OffsetAndTimestamp(NamedTuple):
    offset: int
    timestamp: int
    leader_epoch: int = -1


class RecordMetadata(NamedTuple):
    """Where a record was written. `offset` is -1 when acks=0; `timestamp` in ms since 1970."""

    topic: str
    partition: int
    offset: int
    timestamp: int


class ConsumerRecord(NamedTuple):
    """A record as it was read. `timestamp` in ms since 1970; 0 create time, 1 log append time."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    timestamp_type: int
    key: Any
    value: Any
    headers: Sequence[Header]
    leader_epoch: int = -1


class SubscriptionPattern(NamedTuple):
    """A regular expression (RE2) that the broker matches whole names with; for ``group_protocol="consumer"``.

    Consumers so need not look at all topics themselves (KIP-848).
    """

    pattern: str


class ConsumerGroupMetadata(NamedTuple):
    """Who a consumer is in its group; what a producer needs to commit offsets in a transaction."""

    group_id: str
    generation_id: int = -1
    member_id: str = ""
    group_instance_id: Optional[str] = None
