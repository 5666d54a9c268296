"""How the sticky assignors share out: everybody keeps what they have as far as balance allows, what is
free goes to those with the least. Where all subscribe to the same topics the result is as even as can
be with as few moves as can be; where they do not, no single move would make it more even.

Place in the flow: sticky.py calls it with what members say they have.
"""

from __future__ import annotations

from typing import Dict, List, Mapping, NamedTuple, Sequence, Set, Tuple

from ....records import TopicPartition
from .assignor import Assignments, GroupMember, member_order, partitions_of, topics_to_assign


class Claim(NamedTuple):
    """What a member says it has."""

    member: GroupMember
    owned: Sequence[TopicPartition]
    generation_id: int


class _Share:
    def __init__(self, member_id: str, topics: Set[str]) -> None:
        self.member_id = member_id
        self.topics = topics
        #: In the order they came; a dictionary for its order and its quick look-up.
        self.partitions: Dict[TopicPartition, None] = {}


def share_out(claims: Sequence[Claim], counts: Mapping[str, int]) -> Assignments:
    members = sorted((claim.member for claim in claims), key=member_order)
    topics = topics_to_assign(members, counts)
    everything = partitions_of(topics, counts)
    wanted = set(topics)
    shares = [_Share(member.member_id, wanted & set(member.topics)) for member in members]
    by_id = {share.member_id: share for share in shares}
    owners = _owners(claims)
    for partition in everything:
        owner = by_id.get(owners.get(partition, ""))
        if owner is not None and partition.topic in owner.topics:
            owner.partitions[partition] = None
    if all(len(share.topics) == len(topics) for share in shares):
        _share_evenly(shares, everything)
    else:
        _share_as_possible(shares, everything)
    return {share.member_id: list(share.partitions) for share in shares}


def _owners(claims: Sequence[Claim]) -> Dict[TopicPartition, str]:
    """Of several claims that of the latest generation counts; of two in one generation, none."""
    owners: Dict[TopicPartition, Tuple[int, str]] = {}
    for claim in claims:
        member_id = claim.member.member_id
        for partition in claim.owned:
            generation_id, other = owners.get(partition, (-2, ""))
            if generation_id < claim.generation_id:
                owners[partition] = claim.generation_id, member_id
            elif generation_id == claim.generation_id and other != member_id:
                owners[partition] = generation_id, ""
    return {partition: member_id for partition, (_, member_id) in owners.items()}


def _share_evenly(shares: List[_Share], everything: List[TopicPartition]) -> None:
    """Any member may have any partition: the sizes are known beforehand, and so is who keeps how many."""
    if not shares:
        return
    least, extras = divmod(len(everything), len(shares))
    quotas = []
    # Whoever has enough for an extra one keeps it: that saves a move.
    for share in shares:
        has_extra = extras > 0 and len(share.partitions) > least
        extras -= has_extra
        quotas.append(least + has_extra)
    for place, quota in enumerate(quotas):
        if extras > 0 and quota == least:
            quotas[place] += 1
            extras -= 1
    for share, quota in zip(shares, quotas):
        for partition in list(share.partitions)[quota:]:
            del share.partitions[partition]
    free = _free(shares, everything)
    free.reverse()
    for share, quota in zip(shares, quotas):
        while len(share.partitions) < quota:
            share.partitions[free.pop()] = None


def _free(shares: List[_Share], everything: List[TopicPartition]) -> List[TopicPartition]:
    taken = {partition for share in shares for partition in share.partitions}
    return [partition for partition in everything if partition not in taken]


def _share_as_possible(shares: List[_Share], everything: List[TopicPartition]) -> None:
    candidates: Dict[str, List[_Share]] = {}
    for topic, _ in everything:
        if topic not in candidates:
            candidates[topic] = [share for share in shares if topic in share.topics]
    # Those that few may have come first: the others can still even things out.
    free = _free(shares, everything)
    free.sort(key=lambda partition: len(candidates[partition.topic]))
    for partition in free:
        _least_loaded(candidates[partition.topic]).partitions[partition] = None
    # Each move makes the sum of the squares of all loads smaller, so this ends.
    while any(_give_away(share, candidates) for share in shares):
        pass


def _least_loaded(shares: List[_Share]) -> _Share:
    return min(shares, key=lambda share: len(share.partitions))


def _give_away(giver: _Share, candidates: Dict[str, List[_Share]]) -> bool:
    """One partition to somebody who has at least two less."""
    for partition in giver.partitions:
        taker = _least_loaded(candidates[partition.topic])
        if len(taker.partitions) + 2 <= len(giver.partitions):
            del giver.partitions[partition]
            taker.partitions[partition] = None
            return True
    return False
