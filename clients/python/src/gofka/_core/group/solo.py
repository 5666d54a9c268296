"""A consumer that subscribes without a group: all partitions of its topics are its own, and nobody
coordinates anything (as kafka-python has it for ``group_id=None``).

Place in the flow: the consumer's core owns one instead of a membership.
"""

from __future__ import annotations

from typing import List, Optional, Sequence

from ...records import TopicPartition
from ..client import Client
from ..tasks import Signal, Task
from .membership import NO_GENERATION, REVOKED, Identity, Owner, split


class SoloMembership:
    def __init__(self, client: Client, owner: Owner) -> None:
        self._engine = client.engine
        self._cluster = client.cluster
        self._owner = owner
        self.identity = Identity("", NO_GENERATION, None)
        self.watched_topics: Sequence[str] = ()
        self.is_settled = False
        self.is_over = False
        self.rebalances = 0
        self._owned: List[TopicPartition] = []
        self._changed = Signal(self._engine)
        self._main: Optional[Task[None]] = None

    def start(self) -> None:
        self._main = self._engine.daemon(self._run(), "subscription without a group")

    async def _run(self) -> None:
        while True:
            known = self._cluster.topics
            subscribed = self._owner.subscribed()
            wanted = [
                TopicPartition(topic, index)
                for topic in subscribed
                for index in (known[topic].all if topic in known else ())
            ]
            taken, added = split(self._owned, wanted)
            self._owned = wanted
            if taken:
                await self._owner.release(taken, REVOKED)
            if added:
                self.rebalances += 1
                await self._owner.grant(added)
            if not taken and not added:
                self.is_settled = True
                await self._changed.wait()

    def refreshed(self) -> None:
        self.is_settled = False
        self._changed.set()

    def commit_refused(self, code: int, by: Identity) -> None:
        """Nothing is committed without a group."""

    def suspend(self) -> None:
        """Nobody waits for this consumer."""

    def resume(self) -> None:
        """It was never away."""

    def expelled(self) -> bool:
        return False

    async def leave(self) -> None:
        if self._main is not None:
            self._main.cancel()
