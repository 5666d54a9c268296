"""A consumer without its thread: subscription, assignment, group, positions and what is fetched ahead.

Place in the flow: consumer.py and aio/consumer.py are its shells. ``async def`` methods run on the
engine's thread; the few that the application's thread calls directly say so, and take no lock.

    subscription.py     which topics
    group/              the group: what is ours
    positions.py        where to begin in it
    fetcher.py          what has been fetched of it
    group/offsets.py    how far it has been read

The application works on what a poll gave it until it polls again. So partitions are given up, taken over
and told to the listener only while it is in a poll: nobody else reads a partition, nor commits for it,
while the application still works on its records. Such a step waits as a :class:`Gate`.
"""

from __future__ import annotations

from collections import deque
from typing import Deque, Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Set

from .._errors import ClientTimeoutError, IllegalStateError
from .._protocol.metadata import MetadataRequest
from ..records import ConsumerGroupMetadata, OffsetAndMetadata, OffsetAndTimestamp
from ..records import SubscriptionPattern, TopicPartition
from .client import Client
from .commits import CommitCallback, Commits
from .consumer_options import ConsumerSettings
from .fetcher import Fetcher, fetch_options
from .group.coordinator import CoordinatorLink
from .group.membership import LOST, REVOKED, Identity, Membership
from .group.make import make_membership
from .group.offsets import GroupOffsets
from .hand_out import HandOut
from .list_offsets import list_offsets
from .partition import AssignedPartition
from .ports import Ports
from .positions import Positions
from .subscription import Subscription, TopicPattern
from .tasks import Promise, Signal
from .watches import Watches

ASSIGNED = "assigned"


class Gate(NamedTuple):
    """Something that waits for the application to be in a poll."""

    kind: str
    partitions: List[TopicPartition]
    passed: Promise[None]


class ConsumerCore(HandOut):
    """One consumer. See the module's text for who may call what."""

    def __init__(self, ports: Ports, settings: ConsumerSettings) -> None:
        super().__init__(Client(ports, settings.common), settings)
        self.engine = ports.engine
        self.client.told_metrics = self.metrics
        self.client.cluster.auto_create = settings.auto_create
        #: The application waits in a poll.
        self.is_polling = False
        self.partitions: Dict[TopicPartition, AssignedPartition] = {}
        self._gates: Deque[Gate] = deque()
        self._failure: Optional[Exception] = None
        self.is_commit_due = False
        self._something = Signal(self.engine)
        self._is_assigned_by_hand = False
        self._is_closed = False
        self.membership: Optional[Membership] = None
        self._watches = Watches(self)
        self._link = CoordinatorLink(self.client, settings.group_id) if settings.group_id else None
        self._offsets = (
            GroupOffsets(self._link, self._identity, self._commit_refused) if self._link else None
        )
        self.commits = Commits(self.client, self.partitions, self._offsets)
        self._subscription = Subscription(
            self.client, settings.exclude_internal, self._subscription_changed, self.fail
        )
        options, gone = fetch_options(settings), self._gone
        self._fetcher = Fetcher(self.client, options, self.woken, gone, gone, self.fail)
        self._fetcher.partitions = self.partitions
        self._positions: Optional[Positions] = None

    def _start(self) -> None:
        """With the first partition or subscription."""
        if self._positions is not None:
            return
        self._positions = Positions(
            self.client,
            self.partitions,
            self._offsets,
            self.settings.reset_to,
            self.settings.read_committed,
            self._fetcher.wake,
            self.fail,
        )
        self._watches.start(self._fetcher.wake)

    # ------------------------------------------------------------ polls

    @property
    def wants_wake(self) -> bool:
        """Called by the application's thread: fetching has stopped for want of room."""
        return self._fetcher.is_starved

    def wake_fetcher(self) -> None:
        self._fetcher.wake()

    def rewind(self) -> None:
        """What could not be decoded is fetched anew."""
        for partition in self.order:
            if partition.is_stuck:
                partition.rewind()
        self._fetcher.wake()

    def woken(self) -> None:
        """Whoever waits looks again."""
        self._something.set()

    def attend(self) -> None:
        self.attention = True
        self._something.set()

    def fail(self, error: Exception) -> None:
        """The next poll raises it."""
        if self._failure is None or not getattr(self._failure, "fatal", False):
            self._failure = error
        self.attend()

    async def wait(self, timeout_s: float) -> None:
        """Until there is something for a poll, or the time is over."""
        if self.membership is None and not self.partitions and self._subscription.is_empty:
            raise IllegalStateError("nothing is subscribed to or assigned")
        if self.attention or self.has_records():
            return
        self.is_polling = True
        if self.membership is not None:
            self.membership.resume()
        try:
            await self._something.wait(timeout_s)
        finally:
            self.is_polling = False

    async def next_gate(self) -> Optional[Gate]:
        """What the application is to be told now; raises what has gone wrong."""
        if self._gates:
            gate = self._gates.popleft()
            if gate.kind == REVOKED and self.membership is not None and self.membership.expelled():
                gate = gate._replace(kind=LOST)
            if gate.kind == ASSIGNED:
                self._add(gate.partitions)
            elif gate.kind == REVOKED and self.settings.auto_commit:
                await self.commits.quietly(self.commits.open(gate.partitions))
            return gate
        self.attention = False
        if self.is_commit_due:
            self.is_commit_due = False
            offsets = self.commits.open(self.partitions)
            self.engine.daemon(self.commits.quietly(offsets), "auto commit")
        failure = self._failure
        if failure is not None:
            if getattr(failure, "fatal", False) or (self.membership is not None and self.membership.is_over):
                self.attention = True
            else:
                self._failure = None
            raise failure
        return None

    def gate_passed(self, gate: Gate) -> None:
        """The application has been told."""
        if gate.kind == ASSIGNED:
            # The listener may have sought: what has a position keeps it.
            held = [self.partitions[tp] for tp in gate.partitions if tp in self.partitions]
            if self._positions is not None:
                self._positions.want(held)
        gate.passed.resolve(None)

    async def _pass_gate(self, kind: str, partitions: Sequence[TopicPartition]) -> None:
        passed: Promise[None] = self.engine.promise()
        self._gates.append(Gate(kind, list(partitions), passed))
        self.attend()
        await passed

    # ------------------------------------------------------------ what the membership tells

    def subscribed(self) -> List[str]:
        return self._subscription.topics

    @property
    def broker_pattern(self) -> Optional[str]:
        return self._subscription.broker_pattern

    async def release(self, partitions: Sequence[TopicPartition], kind: str) -> None:
        if kind == LOST:
            # Not read any further, even before the application hears of it.
            self._forget(partitions)
        await self._pass_gate(kind, partitions)
        self._forget(partitions)

    async def grant(self, partitions: Sequence[TopicPartition]) -> None:
        await self._pass_gate(ASSIGNED, partitions)

    def group_failed(self, error: Exception) -> None:
        self.fail(error)
        held = list(self.partitions)
        if held:
            self.engine.daemon(self.release(held, LOST), "after the group")

    def _subscription_changed(self) -> None:
        if self.membership is not None:
            self.membership.refreshed()
            self.client.cluster.watch(self.membership.watched_topics)

    def _identity(self) -> Optional[Identity]:
        return None if self.membership is None else self.membership.identity

    def _commit_refused(self, code: int, by: Identity) -> None:
        if self.membership is not None:
            self.membership.commit_refused(code, by)

    # ------------------------------------------------------------ partitions

    def _add(self, partitions: Iterable[TopicPartition]) -> None:
        for tp in partitions:
            if tp not in self.partitions:
                self.partitions[tp] = AssignedPartition(tp)
        self.order = tuple(self.partitions.values())
        self.client.metrics["assigned_partitions"] = len(self.partitions)

    def _forget(self, partitions: Iterable[TopicPartition]) -> None:
        for tp in partitions:
            gone = self.partitions.pop(tp, None)
            if gone is not None:
                gone.is_held = False
        self.order = tuple(self.partitions.values())
        self.client.metrics["assigned_partitions"] = len(self.partitions)

    def partition(self, tp: TopicPartition) -> AssignedPartition:
        """:raises IllegalStateError: it is not assigned."""
        found = self.partitions.get(tp)
        if found is None:
            raise IllegalStateError(f"{tp[0]}-{tp[1]} is not assigned to this consumer")
        return found

    def _gone(self, partition: AssignedPartition, end: Optional[int] = None) -> None:
        """The log has nothing at its position, or something else from `end` on."""
        assert self._positions is not None
        if end is None:
            self._positions.reset(partition)
        else:
            self._positions.truncated(partition, end)

    async def subscribe(self, topics: Sequence[str], pattern: TopicPattern) -> None:
        if self._is_assigned_by_hand:
            raise IllegalStateError("partitions were assigned by hand; unsubscribe first")
        is_modern = self._link is not None and self.settings.protocol == "consumer"
        if isinstance(pattern, SubscriptionPattern) and not is_modern:
            raise IllegalStateError('a SubscriptionPattern needs a group with group_protocol="consumer"')
        self._start()
        self._subscription.choose(topics, pattern)
        if self.membership is None:
            self.membership = make_membership(self, self._link)
            self.membership.start()

    async def assign(self, partitions: Sequence[TopicPartition]) -> None:
        if self.membership is not None:
            raise IllegalStateError("topics were subscribed to; unsubscribe first")
        self._start()
        self._is_assigned_by_hand = bool(partitions)
        self._forget([tp for tp in self.partitions if tp not in set(partitions)])
        self._add(partitions)
        topics = {tp.topic for tp in partitions}
        self.client.cluster.watch(topics)
        if self._positions is not None:
            self._positions.want(list(self.partitions.values()))

    async def seek(self, tp: TopicPartition, offset: int) -> None:
        self.partition(tp).seek(offset)
        self._fetcher.wake()

    async def seek_to(self, partitions: Sequence[TopicPartition], where: int) -> None:
        found = [self.partition(tp) for tp in partitions or list(self.partitions)]
        for each in found:
            each.seek(None, where)
        if self._positions is not None:
            self._positions.wake()

    async def pause(self, partitions: Sequence[TopicPartition], is_paused: bool) -> None:
        for each in [self.partition(tp) for tp in partitions]:
            each.is_paused = is_paused
        self._fetcher.wake()
        self.woken()

    async def position(self, tp: TopicPartition, timeout_s: float) -> int:
        until = self.engine.now + timeout_s
        while True:
            found = self.partition(tp)
            if found.position is not None:
                return found.position
            if self._failure is not None and not self._gates:
                await self.next_gate()
            if self.engine.now >= until:
                raise ClientTimeoutError(f"no position of {tp[0]}-{tp[1]} in {timeout_s:.3g} s")
            await self._something.wait(min(0.02, max(0.001, until - self.engine.now)))

    # ------------------------------------------------------------ offsets and topics

    async def commit(
        self, offsets: Optional[Mapping[TopicPartition, OffsetAndMetadata]], timeout_s: float
    ) -> None:
        """All open positions when ``offsets`` is None."""
        await self.commits.commit(offsets, self.membership, timeout_s)

    def commit_later(
        self, offsets: Dict[TopicPartition, OffsetAndMetadata], callback: Optional[CommitCallback]
    ) -> None:
        telling = self.commits.and_tell(offsets, self.membership, callback)
        self.engine.daemon(telling, "commit")

    def uncommitted(self) -> Dict[TopicPartition, OffsetAndMetadata]:
        """Called by the application's thread: what :meth:`commit` would commit now."""
        return self.commits.open([each.tp for each in self.order])

    async def offsets(
        self, times: Mapping[TopicPartition, int], timeout_s: float
    ) -> Dict[TopicPartition, OffsetAndTimestamp]:
        """For times in ms since 1970, or list_offsets.EARLIEST and LATEST."""
        return await list_offsets(self.client, times, timeout_s, self.settings.read_committed)

    def group_metadata(self) -> ConsumerGroupMetadata:
        if self._link is None:
            raise IllegalStateError("there is no group_id")
        who = self._identity() or Identity("", -1, self.settings.instance_id)
        return ConsumerGroupMetadata(
            self._link.group_id, who.generation_id, who.member_id, who.instance_id
        )

    async def partitions_for_topic(self, topic: str) -> Optional[Set[int]]:
        cluster = self.client.cluster
        await cluster.refresh([topic])
        info = cluster.topics.get(topic)
        return set(info.all) if info is not None and info.all else None

    async def topics(self) -> List[str]:
        """All topics that may be seen, but Kafka's own."""
        answer = await self.client.ask_any(MetadataRequest(None), min_version=4)
        return sorted(each.name for each in answer.topics if each.name and not each.is_internal)

    # ------------------------------------------------------------ the end

    async def begin_leaving(self, autocommit: bool) -> Gate:
        """Commits what is to be committed, and says what the application is to be told."""
        held = list(self.partitions)
        for gate in self._gates:
            gate.passed.resolve(None)
        self._gates.clear()
        membership = self.membership
        is_out = membership is not None and membership.expelled()
        kind = LOST if is_out else REVOKED
        if autocommit and self.settings.auto_commit and not is_out:
            await self.commits.quietly(self.commits.open(held))
        told = held if membership is not None else []
        return Gate(kind, told, self.engine.promise())

    async def leave(self) -> None:
        """Out of the group; nothing is subscribed to or assigned any more."""
        membership, self.membership = self.membership, None
        self._forget(list(self.partitions))
        self._subscription.stop()
        self._is_assigned_by_hand = False
        self._gates.clear()
        self._failure = None
        if membership is not None:
            await membership.leave()

    def close(self) -> None:
        """After :meth:`leave`."""
        self._is_closed = True
        self._fetcher.close()
        if self._positions is not None:
            self._positions.close()
        self._watches.stop()
        self.client.close()

    def metrics(self) -> Dict[str, float]:
        """Counters since the start, and the lag of each partition."""
        told = dict(self.client.metrics)
        told["bytes_fetched"] = self._fetcher.bytes_fetched
        told["fetches"] = self._fetcher.fetches
        told["bytes_buffered"] = sum(each.buffered for each in self.order)
        if self.membership is not None:
            told["rebalances"] = self.membership.rebalances
        for each in self.order:
            lag = each.lag(self.settings.read_committed)
            if lag is not None:
                told[f"lag.{each.topic}-{each.partition}"] = lag
        return told
