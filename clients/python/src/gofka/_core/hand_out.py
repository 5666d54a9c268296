"""How records get from what was fetched to the application.

Place in the flow: the base of the consumer's core. The application's thread calls what is here, without
a lock: what it reads is written as a whole by the engine's thread, and the reverse.
"""

from __future__ import annotations

from typing import Dict, List, Optional, Sequence

from .._errors import GofkaError
from ..records import ConsumerRecord, TopicPartition
from .client import Client
from .consumer_options import ConsumerSettings
from .partition import AssignedPartition


class HandOut:
    def __init__(self, client: Client, settings: ConsumerSettings) -> None:
        self.client = client
        self.settings = settings
        #: A poll has something to attend to.
        self.attention = False
        #: What is read; replaced as a whole by the engine's thread, never changed.
        self.order: Sequence[AssignedPartition] = ()
        #: Written by the application's thread: the polls it made.
        self.polls = 0
        self._turn = 0

    def next_ready(self) -> Optional[AssignedPartition]:
        """A partition with decoded records, in turn; None when nothing is there.

        :raises CorruptBatchError: see :meth:`AssignedPartition.fill`; to be followed by
            :meth:`ConsumerCore.rewind` on the engine's thread.
        :raises SerializationError: the same.
        """
        order, settings = self.order, self.settings
        count = len(order)
        for place in range(self._turn, self._turn + count):
            partition = order[place % count]
            if partition.is_paused or not partition.is_held:
                continue
            if not partition.ready and not partition.chunks:
                continue
            if partition.fill(
                settings.key_deserializer,
                settings.value_deserializer,
                settings.read_committed,
                settings.check_crcs,
            ):
                self._turn = place % count
                return partition
        return None

    def take(self, most: int) -> Dict[TopicPartition, List[ConsumerRecord]]:
        """Up to so many records; partitions take turns."""
        taken: Dict[TopicPartition, List[ConsumerRecord]] = {}
        left = most
        while left > 0:
            try:
                partition = self.next_ready()
            except GofkaError:
                if taken:
                    # These come first; it is raised again when they have been handed out.
                    self.raise_again()
                    break
                raise
            if partition is None:
                break
            records = partition.take(left)
            left -= len(records)
            have = taken.get(partition.tp)
            taken[partition.tp] = records if have is None else have + records
        if taken:
            self._turn += 1
            self.client.count("records_consumed", most - left)
        return taken

    def raise_again(self) -> None:
        """What could not be decoded is to be tried again by the next poll."""
        for partition in self.order:
            if partition.is_stuck:
                partition.unstick()

    def has_records(self) -> bool:
        """There may be something to hand out."""
        return any(
            (each.chunks or each.has_more) and not each.is_paused and not each.is_stuck
            for each in self.order
        )
