"""What the leader of a classic group does for all: it reads everybody's subscription, looks the topics
up, and lets the assignor that the group has agreed on share the partitions out. It goes on watching
how many partitions there are, because nobody else will.

Place in the flow: classic.py asks it between join and sync when this member leads.
"""

from __future__ import annotations

from typing import Dict, List, Optional, Sequence, Tuple

from ..._errors import IllegalStateError
from ..._protocol.join_group import JoinGroupResponse
from ...records import TopicPartition
from ..client import Client
from .assignors.assignor import Assignor, Racks
from .consumer_protocol import assignment_bytes, read_subscription


class GroupLeader:
    def __init__(self, client: Client, assignors: Sequence[Assignor]) -> None:
        self._cluster = client.cluster
        self._assignors = {assignor.name: assignor for assignor in assignors}
        #: What was last shared out; None: somebody else leads.
        self._counts: Optional[Dict[str, int]] = None
        self._racks: Racks = {}
        #: Of the whole group.
        self.topics: List[str] = []

    def resign(self) -> None:
        self._counts = None
        self.topics = []

    def saw_change(self) -> bool:
        """There are other numbers of partitions than were shared out, or they are elsewhere."""
        return self._counts is not None and (self._counts, self._racks) != self._look()

    async def lead(self, answer: JoinGroupResponse) -> List[Tuple[str, bytes]]:
        """Member ids with their assignments.

        :raises GofkaError: retriable when the topics cannot be looked up; else it cannot be done at all.
        """
        assignor = self._assignors.get(answer.protocol_name or "")
        if assignor is None:
            raise IllegalStateError(f"the group has agreed on {answer.protocol_name!r}")
        members = [
            read_subscription(each.member_id, each.group_instance_id, each.metadata)
            for each in answer.members
        ]
        self.topics = sorted({topic for member in members for topic in member.topics})
        self._cluster.watch(self.topics)
        await self._cluster.refresh(self.topics)
        counts, racks = self._counts, self._racks = self._look()
        # A leader that has only been away for a moment leaves everything as it is (KIP-814).
        if answer.skip_assignment:
            return []
        assigned = assignor.assign_by_rack(members, counts, racks)
        return [(member_id, assignment_bytes(each)) for member_id, each in assigned.items()]

    def _look(self) -> Tuple[Dict[str, int], Racks]:
        known = [self._cluster.topics[topic] for topic in self.topics if topic in self._cluster.topics]
        racks = {}
        for topic in known:
            for index, info in topic.partitions.items():
                found = frozenset(filter(None, map(self._rack_of, info.replicas)))
                if found:
                    racks[TopicPartition(topic.name, index)] = found
        return {topic.name: len(topic.partitions) for topic in known}, racks

    def _rack_of(self, node_id: int) -> Optional[str]:
        broker = self._cluster.brokers.get(node_id)
        return None if broker is None else broker.rack
