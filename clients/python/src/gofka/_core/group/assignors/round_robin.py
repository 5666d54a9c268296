"""The round-robin assignor.

Place in the flow: see assignor.py.
"""

from __future__ import annotations

from typing import Mapping, Sequence

from .assignor import (
    Assignments,
    Assignor,
    GroupMember,
    member_order,
    partitions_of,
    topics_to_assign,
)


class RoundRobinAssignor(Assignor):
    """All partitions of all topics in order are dealt out to the members in order.

    Members that are not subscribed are skipped (Kafka's RoundRobinAssignor).
    """

    name = "roundrobin"

    def assign(self, members: Sequence[GroupMember], counts: Mapping[str, int]) -> Assignments:
        ordered = sorted(members, key=member_order)
        assigned: Assignments = {member.member_id: [] for member in ordered}
        subscriptions = [frozenset(member.topics) for member in ordered]
        place = 0
        for partition in partitions_of(topics_to_assign(members, counts), counts):
            # Somebody is subscribed to it, or it would not be here.
            while partition.topic not in subscriptions[place]:
                place = (place + 1) % len(ordered)
            assigned[ordered[place].member_id].append(partition)
            place = (place + 1) % len(ordered)
        return assigned
