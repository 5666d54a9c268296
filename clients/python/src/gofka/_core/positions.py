"""Where a consumer begins in the partitions it gets: at what the group has committed, else where
``auto_offset_reset`` says; and where it goes on when the log has nothing at its position.

Place in the flow: the consumer's core tells it of partitions without a position; the fetcher goes on when
they have one.
"""

from __future__ import annotations

from typing import Callable, Dict, List, Optional

from .._errors import GofkaError, LogTruncationError, NoOffsetError
from .._log import get_logger
from ..errors import OffsetOutOfRangeError
from ..records import TopicPartition
from .client import Client
from .codes import may_pass
from .group.offsets import GroupOffsets
from .list_offsets import list_offsets
from .offset_reset import ResetTo
from .partition import LATEST, AssignedPartition
from .tasks import Signal, Task

log = get_logger("gofka.consumer")

_ROUND_S = 30.0


class Positions:
    """``found`` hears that some have a position now; ``failed`` of what no retry mends."""

    def __init__(
        self,
        client: Client,
        partitions: Dict[TopicPartition, AssignedPartition],
        offsets: Optional[GroupOffsets],
        reset_to: Optional[ResetTo],
        read_committed: bool,
        found: Callable[[], None],
        failed: Callable[[GofkaError], None],
    ) -> None:
        self._client = client
        self._partitions = partitions
        self._offsets = offsets
        self._reset_to = reset_to
        self._read_committed = read_committed
        self._found = found
        self._failed = failed
        self._wanted = Signal(client.engine)
        self._main: Task[None] = client.engine.daemon(self._run(), "positions")

    def close(self) -> None:
        self._main.cancel()

    def want(self, partitions: List[AssignedPartition]) -> None:
        """Look up where to begin in these; those that have a position keep it."""
        for each in partitions:
            if each.position is None and each.reset is None:
                each.wants_committed = True
        self._wanted.set()

    def reset(self, partition: AssignedPartition) -> None:
        """The log has nothing at its position."""
        at = partition.position
        if self._reset_to is None:
            partition.fetch_offset = None
            self._failed(
                OffsetOutOfRangeError(f"{partition.topic}-{partition.partition} at {at}")
            )
            return
        partition.seek(None, self._reset_to(self._client.ports.wall_ms()))
        self._wanted.set()

    def truncated(self, partition: AssignedPartition, end: int) -> None:
        """The log was written anew from an offset before the position on; -1: nobody knows from where."""
        about = f"{partition.topic}-{partition.partition} at {partition.position}"
        if self._reset_to is None:
            partition.fetch_offset = None
            self._failed(LogTruncationError(f"{about}, and the log ends at {end}"))
        elif end < 0:
            self.reset(partition)
        else:
            log.warning("%s was truncated: going on at %d", about, end)
            partition.seek(end)
            self._found()

    def wake(self) -> None:
        self._wanted.set()

    async def _run(self) -> None:
        backoff = self._client.backoff()
        while True:
            open_ones = [each for each in self._partitions.values() if self._is_open(each)]
            if not open_ones:
                await self._wanted.wait()
                continue
            try:
                await self._look_up(open_ones)
                backoff.reset()
            except GofkaError as error:
                if not may_pass(error, self._client):
                    for each in open_ones:
                        each.wants_committed, each.reset = False, None
                    self._failed(error)
                else:
                    await self._client.engine.sleep(backoff.next())

    @staticmethod
    def _is_open(partition: AssignedPartition) -> bool:
        return partition.position is None and (
            partition.wants_committed or partition.reset is not None
        )

    def _is_still(self, partition: AssignedPartition, version: int) -> bool:
        return partition.is_held and partition.version == version and partition.position is None

    async def _look_up(self, partitions: List[AssignedPartition]) -> None:
        versions = {each: each.version for each in partitions}
        with_group = [each for each in partitions if each.wants_committed]
        if with_group:
            committed = {}
            if self._offsets is not None:
                tps = [each.tp for each in with_group]
                committed = await self._offsets.committed(tps, _ROUND_S)
            for each in with_group:
                if not self._is_still(each, versions[each]):
                    continue
                each.wants_committed = False
                if each.tp in committed:
                    each.committed = committed[each.tp].offset
                    each.seek(each.committed)
                    each.epoch = each.fetch_epoch = committed[each.tp].leader_epoch
                elif self._reset_to is None:
                    about = f"{each.topic}-{each.partition}"
                    self._failed(NoOffsetError(f"{about} has no committed offset"))
                else:
                    each.reset = self._reset_to(self._client.ports.wall_ms())
        times = {
            each.tp: each.reset
            for each in partitions
            if each.reset is not None and self._is_still(each, versions[each])
        }
        if times:
            offsets = await list_offsets(self._client, times, _ROUND_S, self._read_committed)
            for each in partitions:
                if each.tp in offsets and self._is_still(each, versions[each]):
                    offset = offsets[each.tp].offset
                    if offset >= 0:
                        each.seek(offset)
                    else:
                        # Nothing is as young as that; what comes will be.
                        each.reset = LATEST
        self._found()
