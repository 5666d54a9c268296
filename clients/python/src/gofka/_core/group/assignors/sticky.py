"""The sticky assignors: balanced, and as much as can be stays where it is.

Place in the flow: see assignor.py. sharing.py is how they share out.

What they write into a member's subscription is, byte for byte, what Kafka's StickyAssignor and
CooperativeStickyAssignor do, so that members written in Java and ours share a group. No version
stands in front: whoever reads tries the newest first.
"""

from __future__ import annotations

import struct
from typing import Dict, List, Mapping, Optional, Sequence, Set, Tuple

from ....records import TopicPartition
from .assignor import Assignments, Assignor, GroupMember, LastAssignment
from .sharing import Claim, share_out

_INT = struct.Struct(">i")
_SHORT = struct.Struct(">h")


class StickyAssignor(Assignor):
    """Members give everything up for a rebalance and remember in their user data what they had."""

    name = "sticky"

    def user_data(self, last: Optional[LastAssignment]) -> Optional[bytes]:
        if last is None:
            return None
        by_topic: Dict[str, List[int]] = {}
        for topic, partition in last.partitions:
            by_topic.setdefault(topic, []).append(partition)
        parts = [_INT.pack(len(by_topic))]
        for topic, partitions in by_topic.items():
            name = topic.encode()
            parts += (_SHORT.pack(len(name)), name)
            parts.append(struct.pack(f">i{len(partitions)}i", len(partitions), *partitions))
        parts.append(_INT.pack(last.generation_id))
        return b"".join(parts)

    def assign(self, members: Sequence[GroupMember], counts: Mapping[str, int]) -> Assignments:
        claims = []
        for member in members:
            owned, generation_id = read_sticky(member.user_data)
            claims.append(Claim(member, owned, generation_id))
        return share_out(claims, counts)


class CooperativeStickyAssignor(Assignor):
    """Members keep what they own while a rebalance goes on.

    What is to move is first taken from its owner and given to nobody; the owner gives it up and joins
    again, and in that second rebalance it is free (KIP-429).
    """

    name = "cooperative-sticky"
    is_cooperative = True

    def user_data(self, last: Optional[LastAssignment]) -> Optional[bytes]:
        return _INT.pack(-1 if last is None else last.generation_id)

    def assign(self, members: Sequence[GroupMember], counts: Mapping[str, int]) -> Assignments:
        claims = [Claim(member, member.owned, _generation(member)) for member in members]
        holders: Dict[TopicPartition, Set[str]] = {}
        for member in members:
            for partition in member.owned:
                holders.setdefault(partition, set()).add(member.member_id)
        return {
            member_id: [
                each for each in partitions if each not in holders or member_id in holders[each]
            ]
            for member_id, partitions in share_out(claims, counts).items()
        }


def _generation(member: GroupMember) -> int:
    """Older clients have no field of their own for it."""
    if member.generation_id >= 0 or member.user_data is None or len(member.user_data) < 4:
        return member.generation_id
    return int(_INT.unpack_from(member.user_data)[0])


def read_sticky(data: Optional[bytes]) -> Tuple[List[TopicPartition], int]:
    """Nothing where it cannot be read: the member is then one that had nothing."""
    if data is None:
        return [], -1
    owned = []
    try:
        at = 4
        for _ in range(_bounded(_INT.unpack_from(data)[0], data)):
            size = _SHORT.unpack_from(data, at)[0]
            at += 2
            topic = bytes(data[at : at + size]).decode()
            at += size
            count = _bounded(_INT.unpack_from(data, at)[0], data)
            partitions = struct.unpack_from(f">{count}i", data, at + 4)
            owned += [TopicPartition(topic, partition) for partition in partitions]
            at += 4 + 4 * count
        # Version 0 ends here.
        return owned, int(_INT.unpack_from(data, at)[0]) if len(data) >= at + 4 else -1
    except (struct.error, ValueError):
        return [], -1


def _bounded(count: int, data: bytes) -> int:
    if not 0 <= count <= len(data):
        raise ValueError("a count that cannot be")
    return count
