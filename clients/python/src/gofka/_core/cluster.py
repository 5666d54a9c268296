"""What is known of the cluster: brokers, topics, who leads which partition; and how it is kept fresh.

Place in the flow: the cores look leaders up here; whoever is told NOT_LEADER_OR_FOLLOWER calls
:meth:`Cluster.stale`, or :meth:`Cluster.learn_leader` when the answer named the new one (KIP-951).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Dict, Iterable, List, Optional, Sequence, Set, Tuple

from .._errors import ClientTimeoutError, GofkaError
from .ports import Address
from .tasks import Cancelled, Signal, Task

if TYPE_CHECKING:
    from .._protocol.metadata import MetadataResponse
    from .client import Client


class Broker:
    __slots__ = ("node_id", "host", "port", "rack")

    def __init__(self, node_id: int, host: str, port: int, rack: Optional[str]) -> None:
        self.node_id = node_id
        self.host = host
        self.port = port
        self.rack = rack

    @property
    def address(self) -> Address:
        return Address(self.host, self.port)


class PartitionInfo:
    """`leader` is None when there is none. Lists are of node ids."""

    __slots__ = ("leader", "leader_epoch", "replicas", "isr", "offline", "error_code")

    def __init__(
        self,
        leader: Optional[int],
        leader_epoch: int,
        replicas: Sequence[int],
        isr: Sequence[int],
        offline: Sequence[int],
        error_code: int,
    ) -> None:
        self.leader = leader
        self.leader_epoch = leader_epoch
        self.replicas = replicas
        self.isr = isr
        self.offline = offline
        self.error_code = error_code


class TopicInfo:
    """`topic_id` is 16 zero bytes when the broker does not tell it."""

    __slots__ = ("name", "topic_id", "error_code", "is_internal", "partitions", "all", "available")

    def __init__(
        self,
        name: str,
        topic_id: bytes,
        error_code: int,
        is_internal: bool,
        partitions: Dict[int, PartitionInfo],
    ) -> None:
        self.name = name
        self.topic_id = topic_id
        self.error_code = error_code
        self.is_internal = is_internal
        self.partitions = partitions
        #: Partition numbers, sorted: all, and those that have a leader.
        self.all: List[int] = sorted(partitions)
        self.available = [each for each in self.all if partitions[each].leader is not None]


class Cluster:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._engine = client.engine
        self.brokers: Dict[int, Broker] = {}
        self.topics: Dict[str, TopicInfo] = {}
        self.names: Dict[bytes, str] = {}
        self.controller_id: Optional[int] = None
        self.cluster_id: Optional[str] = None
        self.updated = Signal(self._engine)
        #: Whether asking for a topic may create it, where the broker allows.
        self.auto_create = False
        self._watched: Set[str] = set()
        self._watch_all = False
        self._asked: Optional[Set[str]] = None
        self._refreshing: Optional[Task[None]] = None
        self._is_stale = False
        self._keeper: Optional[Task[None]] = None
        self._wake = Signal(self._engine)

    def leader(self, topic: str, partition: int) -> Optional[int]:
        info = self.topics.get(topic)
        if info is None:
            return None
        known = info.partitions.get(partition)
        return None if known is None else known.leader

    def watch(self, topics: Iterable[str]) -> None:
        new = set(topics) - self._watched
        if new:
            self._watched |= new
            self._keep()
            if any(topic not in self.topics for topic in new):
                self.stale()

    def unwatch(self, topics: Iterable[str]) -> None:
        self._watched -= set(topics)

    def watch_all(self) -> None:
        if not self._watch_all:
            self._watch_all = True
            self._keep()
            self.stale()

    def stale(self) -> None:
        """Something is out of date: refresh soon, at the pace of the back-off."""
        self._is_stale = True
        self._keep()
        self._wake.set()

    async def refresh(self, topics: Optional[Iterable[str]] = None) -> None:
        """Ask now; or join who is asking, if that is about the same topics."""
        wanted = None if topics is None else set(topics)
        while self._refreshing is not None and not self._refreshing.done:
            asked = self._asked
            enough = asked is None or (wanted is not None and wanted <= asked)
            try:
                await self._refreshing
            except GofkaError:
                if enough:
                    raise
            if enough:
                return
        if wanted is not None:
            wanted |= self._watched
        self._asked = None if self._watch_all else (wanted or set(self._watched))
        self._is_stale = False
        self._refreshing = self._engine.spawn(self._ask(self._asked), "metadata")
        await self._refreshing

    async def topic(self, name: str, timeout_s: float) -> TopicInfo:
        """Wait until the topic is known and has partitions; raises what stood in the way."""
        from ..errors import for_code

        deadline = self._engine.now + timeout_s
        backoff = self._client.backoff()
        self._watched.add(name)
        self._keep()
        last: Optional[GofkaError] = None
        while True:
            info = self.topics.get(name)
            if info is not None and info.partitions:
                return info
            if info is not None and info.error_code:
                last = for_code(info.error_code, f"topic {name!r}")
                if not last.retriable:
                    raise last
            left = deadline - self._engine.now
            if left <= 0:
                if last is not None:
                    raise last
                raise ClientTimeoutError(f"no metadata of topic {name!r} in {timeout_s:.3g} s")
            try:
                task = self._engine.spawn(self.refresh([name]), "topic")
                await self._engine.within(left, task, f"metadata of topic {name!r}")
                last = None
            except GofkaError as error:
                if not error.retriable:
                    raise
                if not isinstance(error, ClientTimeoutError):
                    last = error
            info = self.topics.get(name)
            if info is None or not info.partitions:
                pause = min(backoff.next(), max(0.0, deadline - self._engine.now))
                await self._engine.sleep(pause)

    def learn_leader(
        self,
        topic: str,
        partition: int,
        leader_id: int,
        leader_epoch: int,
        endpoints: Iterable[Tuple[int, str, int, Optional[str]]] = (),
    ) -> bool:
        """A broker told who leads now; endpoints are (node id, host, port, rack). False: no news."""
        info = self.topics.get(topic)
        known = None if info is None else info.partitions.get(partition)
        if info is None or known is None or leader_id < 0 or leader_epoch <= known.leader_epoch:
            return False
        for node_id, host, port, rack in endpoints:
            self._put_broker(Broker(node_id, host, port, rack))
        if leader_id not in self.brokers:
            return False
        known.leader, known.leader_epoch = leader_id, leader_epoch
        self.updated.set()
        return True

    def close(self) -> None:
        for task in (self._keeper, self._refreshing):
            if task is not None:
                task.cancel()

    def forget_brokers(self) -> None:
        """Start over from the bootstrap servers."""
        self.brokers = {}
        self.controller_id = None

    def _put_broker(self, broker: Broker) -> None:
        old = self.brokers.get(broker.node_id)
        self.brokers[broker.node_id] = broker
        if old is not None and old.address != broker.address:
            self._client.retire_node(broker.node_id)

    async def _ask(self, topics: Optional[Set[str]]) -> None:
        from .._protocol.metadata import MetadataRequest

        asked = (
            None if topics is None else [MetadataRequest.Topic(name=name) for name in sorted(topics)]
        )
        request = MetadataRequest(asked, allow_auto_topic_creation=self.auto_create)
        answer = await self._client.ask_any(request, min_version=4)
        if answer.error_code:
            from ..errors import RebootstrapRequiredError, for_code

            if answer.error_code == RebootstrapRequiredError.code:
                self.forget_brokers()
            raise for_code(answer.error_code, "Metadata")
        self._take(answer, topics)

    def _take(self, answer: MetadataResponse, asked: Optional[Set[str]]) -> None:
        seen = {broker.node_id for broker in answer.brokers}
        for broker in answer.brokers:
            self._put_broker(Broker(broker.node_id, broker.host, broker.port, broker.rack))
        if seen:
            for node_id in [each for each in self.brokers if each not in seen]:
                del self.brokers[node_id]
                self._client.retire_node(node_id)
        self.cluster_id = answer.cluster_id
        self.controller_id = answer.controller_id if answer.controller_id >= 0 else None
        told: Set[str] = set()
        lacking = False
        for topic in answer.topics:
            if topic.name is None:
                continue
            told.add(topic.name)
            old = self.topics.get(topic.name)
            same = old is not None and old.topic_id == topic.topic_id
            partitions: Dict[int, PartitionInfo] = {}
            for each in topic.partitions:
                leader = each.leader_id if each.leader_id >= 0 else None
                epoch = each.leader_epoch
                before = old.partitions.get(each.partition_index) if same and old else None
                if before is not None and before.leader_epoch > epoch >= 0:
                    leader, epoch = before.leader, before.leader_epoch  # Old news (KIP-320).
                if leader is None or each.error_code:
                    lacking = True
                partitions[each.partition_index] = PartitionInfo(
                    leader,
                    epoch,
                    each.replica_nodes,
                    each.isr_nodes,
                    each.offline_replicas,
                    each.error_code,
                )
            if topic.error_code and old is not None and old.partitions and not partitions:
                if topic.error_code == 5:  # LEADER_NOT_AVAILABLE: what was known is the better guess.
                    lacking = True
                    continue
            info = TopicInfo(
                topic.name, topic.topic_id, topic.error_code, topic.is_internal, partitions
            )
            self.topics[topic.name] = info
            if not topic.error_code and any(topic.topic_id):
                self.names[topic.topic_id] = topic.name
        for name in [each for each in self.topics if asked is None or each in asked]:
            if name not in told:
                gone = self.topics.pop(name)
                self.names.pop(gone.topic_id, None)
        self._client.count("metadata_refreshes")
        if lacking:
            self.stale()
        self.updated.set()

    def _keep(self) -> None:
        if self._keeper is None and not self._client.closed:
            self._keeper = self._engine.daemon(self._keep_fresh(), "metadata keeper")

    async def _keep_fresh(self) -> None:
        backoff = self._client.backoff()
        while True:
            if not self._is_stale:
                await self._wake.wait(self._client.options.metadata_max_age_s)
                if not self._is_stale:
                    self._is_stale = True  # It is of age.
            # Others may have refreshed, or more may have gone stale, within the pause.
            await self._engine.sleep(backoff.next())
            if not self._is_stale:
                backoff.reset()
                continue
            try:
                await self.refresh(None if self._watch_all else ())
                if not self._is_stale:
                    backoff.reset()
            except Cancelled:
                raise
            except GofkaError:
                self._is_stale = True
