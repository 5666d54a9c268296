"""What consumers of a classic group tell one another by way of the coordinator: subscriptions and
assignments, each with a version in front (Kafka's ConsumerProtocol). Of a newer version one reads what
one knows.

Place in the flow: classic.py writes its subscription and reads its assignment; leader.py the reverse.
"""

from __future__ import annotations

import struct
from typing import List, Optional, Sequence, Tuple, Type, TypeVar, Union

from ..._errors import ProtocolError
from ..._protocol.consumer_protocol_assignment import ConsumerProtocolAssignment
from ..._protocol.consumer_protocol_subscription import ConsumerProtocolSubscription
from ...records import TopicPartition
from ..message import Message
from .assignors.assignor import GroupMember
from .membership import by_topic

M = TypeVar("M", bound=Message)
CONSUMER = "consumer"
_VERSION = 3
_SHORT = struct.Struct(">h")
_PREFIX = _SHORT.pack(_VERSION)
Bytes = Union[bytes, bytearray, memoryview]


def subscription_bytes(
    topics: Sequence[str],
    owned: Sequence[TopicPartition],
    generation_id: int,
    user_data: Optional[bytes],
    rack: Optional[str],
) -> bytes:
    told = ConsumerProtocolSubscription(
        topics=list(topics),
        user_data=user_data,
        owned_partitions=[
            ConsumerProtocolSubscription.OwnedPartition(topic, partitions)
            for topic, partitions in by_topic(owned).items()
        ],
        generation_id=generation_id,
        rack_id=rack,
    )
    return _PREFIX + told.encode(_VERSION)


def read_subscription(member_id: str, instance_id: Optional[str], data: Bytes) -> GroupMember:
    """:raises ProtocolError: it is none."""
    body, version = _versioned(data)
    told = _read(ConsumerProtocolSubscription, body, version)
    return GroupMember(
        member_id,
        instance_id,
        list(told.topics),
        [TopicPartition(each.topic, p) for each in told.owned_partitions for p in each.partitions],
        told.generation_id,
        None if told.user_data is None else bytes(told.user_data),
        told.rack_id,
    )


def assignment_bytes(partitions: Sequence[TopicPartition]) -> bytes:
    told = ConsumerProtocolAssignment(
        assigned_partitions=[
            ConsumerProtocolAssignment.AssignedPartition(topic, indexes)
            for topic, indexes in by_topic(partitions).items()
        ]
    )
    return _PREFIX + told.encode(_VERSION)


def read_assignment(data: Bytes) -> List[TopicPartition]:
    """Whom the leader has forgotten gets no bytes at all, which is an empty assignment.

    :raises ProtocolError: it is none.
    """
    if not len(data):
        return []
    body, version = _versioned(data)
    told = _read(ConsumerProtocolAssignment, body, version)
    return [
        TopicPartition(each.topic, p) for each in told.assigned_partitions for p in each.partitions
    ]


def _versioned(data: Bytes) -> Tuple[memoryview, int]:
    view = memoryview(data)
    if len(view) < 2:
        raise ProtocolError("no version in front")
    version = _SHORT.unpack_from(view)[0]
    if version < 0:
        raise ProtocolError(f"version {version}")
    return view[2:], min(version, _VERSION)


def _read(kind: Type[M], body: memoryview, version: int) -> M:
    """Bytes behind what is known are a newer version's."""
    try:
        told, _ = kind.read(body, 0, version)
    except (struct.error, IndexError, ValueError, OverflowError) as error:
        raise ProtocolError(f"no {kind.__name__} v{version}: {error}") from error
    return told  # type: ignore[no-any-return]
