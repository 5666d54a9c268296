"""What the consumer sees of a group, whichever protocol the group speaks.

Place in the flow: classic.py and modern.py are the two kinds; the consumer's core makes one of them and
is its owner.
"""

from __future__ import annotations

from typing import Dict, Iterable, List, NamedTuple, Optional, Protocol, Sequence, Tuple

from ...records import TopicPartition

#: What was taken by the group in order is "revoked"; what may be others' already is "lost".
REVOKED = "revoked"
LOST = "lost"
NO_GENERATION = -1


class Identity(NamedTuple):
    """Who a member is at the moment. ``generation_id`` is the member epoch in the consumer protocol."""

    member_id: str
    generation_id: int
    instance_id: Optional[str]


class GroupOptions(NamedTuple):
    """What both kinds of membership need to know; times in seconds."""

    group_id: str
    instance_id: Optional[str]
    session_timeout_s: float
    heartbeat_interval_s: float
    rebalance_timeout_s: float
    rack: Optional[str]
    #: Of the consumer protocol; None: the coordinator chooses.
    remote_assignor: Optional[str]


class Owner(Protocol):
    """The consumer, as its membership sees it."""

    def subscribed(self) -> List[str]:
        """Topics, in order."""

    @property
    def broker_pattern(self) -> Optional[str]:
        """What the broker is to match topics with, beside these."""

    async def release(self, partitions: Sequence[TopicPartition], kind: str) -> None:
        """Give them up: commit, tell the application, forget. Returns when that is done."""

    async def grant(self, partitions: Sequence[TopicPartition]) -> None:
        """They are ours now. Called with none too, so that the application hears of the rebalance."""

    def group_failed(self, error: Exception) -> None:
        """The membership is over; the application is to hear why."""


class Membership(Protocol):
    """One of the two kinds. All is called on the engine's thread."""

    identity: Identity
    @property
    def is_settled(self) -> bool:
        """All of the assignment has been carried out, and nothing is under way."""

    #: It has failed for good, or has been left.
    is_over: bool
    rebalances: int
    @property
    def watched_topics(self) -> Sequence[str]:
        """Of the group, when this member leads it."""


    def start(self) -> None:
        """Take part, from now on."""

    def refreshed(self) -> None:
        """The subscription or the metadata of its topics may have changed."""

    def commit_refused(self, code: int, by: Identity) -> None:
        """What the coordinator thinks of the member."""

    def suspend(self) -> None:
        """The application has not asked for records in time: leave, until it does."""

    def resume(self) -> None:
        """It has asked again."""

    def expelled(self) -> bool:
        """No generation: what is owned may be others' already."""

    async def leave(self) -> None:
        """Out of the group, for good; what was owned has been released."""


def by_topic(partitions: Iterable[TopicPartition]) -> Dict[str, List[int]]:
    """Topics in the order they come, each with its partitions."""
    topics: Dict[str, List[int]] = {}
    for topic, partition in partitions:
        topics.setdefault(topic, []).append(partition)
    return topics


def split(
    owned: Iterable[TopicPartition], wanted: Sequence[TopicPartition]
) -> Tuple[List[TopicPartition], List[TopicPartition]]:
    """What is to be given up, and what is new."""
    have, want = set(owned), set(wanted)
    return [each for each in owned if each not in want], [each for each in wanted if each not in have]
