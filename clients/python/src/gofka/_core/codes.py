"""Kafka's error codes that the consumer's and the admin's core act upon, by their names.

Place in the flow: ``gofka.errors`` has a class for every code, for people; this is for comparisons.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._errors import BrokerConnectionError, GofkaError

if TYPE_CHECKING:
    from .client import Client

NONE = 0
UNKNOWN_SERVER_ERROR = -1
OFFSET_OUT_OF_RANGE = 1
UNKNOWN_TOPIC_OR_PARTITION = 3
LEADER_NOT_AVAILABLE = 5
NOT_LEADER_OR_FOLLOWER = 6
REQUEST_TIMED_OUT = 7
COORDINATOR_LOAD_IN_PROGRESS = 14
COORDINATOR_NOT_AVAILABLE = 15
NOT_COORDINATOR = 16
ILLEGAL_GENERATION = 22
UNKNOWN_MEMBER_ID = 25
REBALANCE_IN_PROGRESS = 27
UNSUPPORTED_VERSION = 35
NOT_CONTROLLER = 41
KAFKA_STORAGE_ERROR = 56
GROUP_ID_NOT_FOUND = 69
FETCH_SESSION_ID_NOT_FOUND = 70
INVALID_FETCH_SESSION_EPOCH = 71
FENCED_LEADER_EPOCH = 74
UNKNOWN_LEADER_EPOCH = 75
OFFSET_NOT_AVAILABLE = 78
MEMBER_ID_REQUIRED = 79
FENCED_INSTANCE_ID = 82
UNSTABLE_OFFSET_COMMIT = 88
UNKNOWN_TOPIC_ID = 100
FENCED_MEMBER_EPOCH = 110
UNRELEASED_INSTANCE_ID = 111
STALE_MEMBER_EPOCH = 113

#: The coordinator is another one by now, or will be.
COORDINATOR_MOVED = frozenset((COORDINATOR_NOT_AVAILABLE, NOT_COORDINATOR))
#: Asking again later may help.
COORDINATOR_BUSY = COORDINATOR_MOVED | {
    COORDINATOR_LOAD_IN_PROGRESS,
    REQUEST_TIMED_OUT,
    UNKNOWN_SERVER_ERROR,
}
#: The group has gone on without this member: what it owned may be others' already.
EXPELLED = frozenset(
    (UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION, FENCED_MEMBER_EPOCH, GROUP_ID_NOT_FOUND)
)
#: The leader is another one by now, or the topic is being made.
LEADER_MOVED = frozenset(
    (
        UNKNOWN_TOPIC_OR_PARTITION,
        LEADER_NOT_AVAILABLE,
        NOT_LEADER_OR_FOLLOWER,
        KAFKA_STORAGE_ERROR,
        FENCED_LEADER_EPOCH,
        UNKNOWN_LEADER_EPOCH,
        OFFSET_NOT_AVAILABLE,
        UNKNOWN_TOPIC_ID,
    )
)


def may_pass(error: GofkaError, client: Client) -> bool:
    """Asking again may help.

    What looks like another protocol or like TLS is a broker that goes down, once there is a cluster.
    """
    if isinstance(error, BrokerConnectionError):
        return error.retriable or bool(client.cluster.brokers)
    return error.retriable
