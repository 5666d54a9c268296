"""The range assignor: of each topic every subscriber gets one run of neighbouring partitions.

So topics with as many partitions are shared out alike and can be joined. The first get one more where it does
not come out even. Where racks make a difference (KIP-881), each first takes what has a replica in its rack,
and of topics that can be joined the same numbers (Kafka's RangeAssignor).

Place in the flow: see assignor.py.
"""

from __future__ import annotations

from typing import Callable, Dict, List, Mapping, Sequence, Tuple

from ....records import TopicPartition
from .assignor import (
    Assignments,
    Assignor,
    GroupMember,
    Racks,
    member_order,
    partitions_of,
    topics_to_assign,
)

_May = Callable[[GroupMember, TopicPartition], bool]


class RangeAssignor(Assignor):
    """See the module's text."""

    name = "range"

    def assign(self, members: Sequence[GroupMember], counts: Mapping[str, int]) -> Assignments:
        return self.assign_by_rack(members, counts, {})

    def assign_by_rack(
        self, members: Sequence[GroupMember], counts: Mapping[str, int], racks: Racks
    ) -> Assignments:
        ordered = sorted(members, key=member_order)
        shares = [
            _Share(
                [member for member in ordered if topic in member.topics],
                partitions_of([topic], counts),
                racks,
            )
            for topic in topics_to_assign(members, counts)
        ]
        if any(share.is_rack_aware for share in shares):
            _share_by_rack(shares)
        assigned: Assignments = {member.member_id: [] for member in ordered}
        for share in shares:
            share.take_turns(lambda *_: True)
            for member_id, partitions in share.given.items():
                assigned[member_id] += sorted(partitions)
        return assigned


class _Share:
    """One topic while it is shared out."""

    def __init__(
        self, subscribers: List[GroupMember], partitions: List[TopicPartition], racks: Racks
    ) -> None:
        self.subscribers = subscribers
        self.count = len(partitions)
        self.given: Dict[str, List[TopicPartition]] = {each.member_id: [] for each in subscribers}
        # Extras: members that may still have one more than the least.
        self._least, self._extras = divmod(len(partitions), len(subscribers))
        self._free = partitions
        self._racks = racks
        known = [racks.get(each, frozenset()) for each in partitions]
        everywhere = frozenset().union(*known)
        # Somebody is better off with one than with another.
        self.is_rack_aware = any(each.rack in everywhere for each in subscribers) and any(
            len(each) < len(everywhere) for each in known
        )

    def is_near(self, member: GroupMember, partition: TopicPartition) -> bool:
        """Who has no rack may as well have any."""
        return member.rack is None or member.rack in self._racks.get(partition, ())

    def take_turns(self, may: _May) -> None:
        """Each takes what it may have, as much as there is room for."""
        for member in self.subscribers:
            room = self._room(member)
            self._give(member, [each for each in self._free if may(member, each)][:room])

    def is_for(self, member: GroupMember, index: int) -> bool:
        return self._room(member) > 0 and any(
            self.is_near(member, each) for each in self._free if each.partition == index
        )

    def give_one(self, member: GroupMember, index: int) -> None:
        self._give(member, [each for each in self._free if each.partition == index])

    def _room(self, member: GroupMember) -> int:
        return max(0, self._least + (self._extras > 0) - len(self.given[member.member_id]))

    def _give(self, member: GroupMember, partitions: List[TopicPartition]) -> None:
        if not partitions:
            return
        given = self.given[member.member_id]
        given += partitions
        if len(given) > self._least:
            self._extras -= 1
        gone = set(partitions)
        self._free = [each for each in self._free if each not in gone]


def _share_by_rack(shares: Sequence[_Share]) -> None:
    """Topics with the same subscribers and as many partitions can be joined."""
    joinable: Dict[Tuple[int, Tuple[str, ...]], List[_Share]] = {}
    for share in shares:
        key = (share.count, tuple(share.given))
        joinable.setdefault(key, []).append(share)
    for alike in joinable.values():
        first = alike[0]
        if len(alike) == 1:
            if first.is_rack_aware:
                first.take_turns(first.is_near)
            continue
        for index in range(first.count):
            # To the first for whom it is in the rack in all of the topics.
            for member in first.subscribers:
                if all(share.is_for(member, index) for share in alike):
                    for share in alike:
                        share.give_one(member, index)
                    break
