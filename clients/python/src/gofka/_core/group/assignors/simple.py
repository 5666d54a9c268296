"""The assignors that remember nothing: range and round-robin.

Place in the flow: see assignor.py.
"""

from __future__ import annotations

from typing import Mapping, Sequence

from ....records import TopicPartition
from .assignor import (
    Assignments,
    Assignor,
    GroupMember,
    member_order,
    partitions_of,
    topics_to_assign,
)


class RangeAssignor(Assignor):
    """Of each topic every subscriber gets one run of neighbouring partitions.

    So topics with as many partitions are shared out alike and can be joined. The first get one more
    where it does not come out even (Kafka's RangeAssignor, without its regard for racks).
    """

    name = "range"

    def assign(self, members: Sequence[GroupMember], counts: Mapping[str, int]) -> Assignments:
        ordered = sorted(members, key=member_order)
        assigned: Assignments = {member.member_id: [] for member in ordered}
        for topic in topics_to_assign(members, counts):
            subscribers = [member for member in ordered if topic in member.topics]
            least, extras = divmod(counts[topic], len(subscribers))
            begin = 0
            for place, member in enumerate(subscribers):
                end = begin + least + (place < extras)
                run = (TopicPartition(topic, index) for index in range(begin, end))
                assigned[member.member_id].extend(run)
                begin = end
        return assigned


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
