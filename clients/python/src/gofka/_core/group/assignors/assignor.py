"""What an assignor is given and what it answers. In the classic protocol one member, the leader,
shares the partitions out among all (KIP-429 for what "cooperative" means).

Place in the flow: between the join, which brings everybody's subscription, and the sync.
"""

from __future__ import annotations

from typing import AbstractSet, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ....records import TopicPartition


class GroupMember(NamedTuple):
    """A member as its subscription tells of it."""

    member_id: str
    #: Static members (KIP-345) have one.
    instance_id: Optional[str]
    topics: Sequence[str]
    #: What it has not given up, and in which generation it got that; -1: nobody knows.
    owned: Sequence[TopicPartition] = ()
    generation_id: int = -1
    user_data: Optional[bytes] = None
    #: Where it is, if it says so.
    rack: Optional[str] = None


class LastAssignment(NamedTuple):
    """What a member was last assigned."""

    partitions: Sequence[TopicPartition]
    generation_id: int


#: Member id -> what it gets; every member has an entry.
Assignments = Dict[str, List[TopicPartition]]


#: Where the replicas of a partition are; without an entry nobody knows.
Racks = Mapping[TopicPartition, AbstractSet[str]]


class Assignor:
    """Base of all; applications may write their own."""

    #: The same in all clients, whatever they are written in.
    name = ""
    #: Members keep what they own through a rebalance and give up what they are told to.
    is_cooperative = False

    def user_data(self, last: Optional[LastAssignment]) -> Optional[bytes]:
        """What it wants to know of a member when it next assigns."""
        return None

    def assign(self, members: Sequence[GroupMember], counts: Mapping[str, int]) -> Assignments:
        """``counts``: partitions of each topic; topics that there are not are missing.

        The same input must give the same answer.
        """
        raise NotImplementedError

    def assign_by_rack(
        self, members: Sequence[GroupMember], counts: Mapping[str, int], racks: Racks
    ) -> Assignments:
        """The same, with regard for racks where the assignor has any (KIP-881)."""
        return self.assign(members, counts)


def java_order(text: str) -> bytes:
    """Java compares strings by UTF-16 units."""
    return text.encode("utf-16-be", "surrogatepass")


def member_order(member: GroupMember) -> Tuple[bool, bytes]:
    """Static members first, by instance id, so that they keep their places under another member id."""
    if member.instance_id is not None:
        return False, java_order(member.instance_id)
    return True, java_order(member.member_id)


def topics_to_assign(members: Sequence[GroupMember], counts: Mapping[str, int]) -> List[str]:
    """Topics that somebody subscribes to and that there are, in order."""
    topics = {topic for member in members for topic in member.topics}
    return sorted((topic for topic in topics if counts.get(topic, 0) > 0), key=java_order)


def partitions_of(topics: Sequence[str], counts: Mapping[str, int]) -> List[TopicPartition]:
    return [TopicPartition(topic, index) for topic in topics for index in range(counts[topic])]
