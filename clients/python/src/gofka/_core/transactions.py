"""Transactions (KIP-98): who this producer is, which partitions take part, how it all ends.

Place in the flow: producer.py calls these methods on the engine's thread; the sender asks `may_send`
before it takes a batch, and tells of batches that failed. The protocol is the one that adds partitions
and ends transactions explicitly; brokers of KIP-890 serve it as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Awaitable, Callable, Dict, Mapping, Optional, Set, TypeVar

from .. import errors
from .._errors import BrokerConnectionError, ClientTimeoutError, GofkaError, IllegalStateError
from ..records import ConsumerGroupMetadata, OffsetAndMetadata, TopicPartition
from .accumulator import Part
from .client import GROUP, TRANSACTION, Client
from .message import Message, Request
from .producer_options import ProducerConfig
from .record_batch import NO_PRODUCER
from .tasks import Signal

if TYPE_CHECKING:
    from .sender import Sender

R = TypeVar("R", bound=Message)

LANE = "coordinator"
NEW, READY, IN, ENDING, ABORTABLE, FATAL = "new", "ready", "in", "ending", "abortable", "fatal"
#: The coordinator has not said whether it is committed; only committing again can tell.
UNSURE = "unsure"

_FORGET = (errors.NotCoordinatorError.code, errors.CoordinatorNotAvailableError.code)
_FATAL = (
    errors.ProducerFencedError.code,
    errors.InvalidProducerEpochError.code,
    errors.InvalidProducerIdMappingError.code,
    errors.TransactionalIdAuthorizationFailedError.code,
    errors.InvalidTxnStateError.code,
    errors.UnsupportedVersionError.code,
    errors.ClusterAuthorizationFailedError.code,
)


class Transactions:
    def __init__(self, client: Client, config: ProducerConfig, sender: Sender) -> None:
        self.client = client
        self.engine = client.engine
        self.config = config
        self.sender = sender
        assert config.transactional_id is not None
        self.id: str = config.transactional_id
        self.state = NEW
        self.error: Optional[GofkaError] = None
        self.is_aborting = False
        self._parts: Set[Part] = set()
        self._wanted: Dict[Part, None] = {}
        self._adding = False
        self._added = Signal(self.engine)
        self._has_offsets = False
        self._must_bump = False

    # What the sender calls.

    def may_send(self, part: Part) -> bool:
        """Whether its partition is in the transaction; it is added if not."""
        if part in self._parts:
            return True
        if self.state in (IN, ENDING) and not self.is_aborting:
            self._wanted[part] = None
            if not self._adding:
                self._adding = True
                self.engine.daemon(self._add_partitions(), "add partitions")
        return False

    def batch_failed(self, error: GofkaError) -> None:
        code = error.code if isinstance(error, errors.BrokerError) else None
        if code in _FATAL or error.fatal:
            self._fatal(error)
        elif self.state in (IN, ENDING):
            self._abortable(error)
        self._must_bump = True

    def check_sending(self) -> None:
        """Raises unless records may be sent now. From any thread."""
        if self.state == IN:
            return
        if self.error is not None:
            raise self.error
        if self.state == NEW:
            raise IllegalStateError("call init_transactions() first")
        if self.state == UNSURE:
            raise IllegalStateError("call commit_transaction() again first")
        raise IllegalStateError("call begin_transaction() first")

    # What the producer calls.

    async def init(self) -> None:
        if self.state != NEW:
            raise IllegalStateError("init_transactions() has been called before")
        await self._check_served()
        await self._init_producer_id(self.config.block_s)
        self.state = READY

    def begin(self) -> None:
        if self.error is not None:
            raise self.error
        if self.state != READY:
            needs = "init_transactions()" if self.state == NEW else "the end of the one before"
            raise IllegalStateError(f"begin_transaction() needs {needs} first")
        self.state = IN

    async def commit(self) -> None:
        if self.error is not None:
            raise self.error
        if self.state not in (IN, UNSURE):
            raise IllegalStateError("commit_transaction() without begin_transaction()")
        self.state = ENDING
        await self.sender.flush()
        if self.error is not None:
            raise self.error
        try:
            await self._end(True)
        except GofkaError as error:
            if self.state == ENDING and isinstance(error, ClientTimeoutError):
                self.state = UNSURE
            elif self.state == ENDING:
                self._abortable(error)
            raise
        self._over()

    async def abort(self) -> None:
        if self.state == FATAL and self.error is not None:
            raise self.error
        if self.state not in (IN, ENDING, ABORTABLE):
            raise IllegalStateError("abort_transaction() without a transaction")
        self.is_aborting = True
        try:
            self.sender.drop_queued()
            await self.sender.flush()
            await self._end(False)
            if self._must_bump:
                await self._init_producer_id(self.config.block_s)
            self._over()
        finally:
            self.is_aborting = False

    async def send_offsets(
        self,
        offsets: Mapping[TopicPartition, OffsetAndMetadata],
        group: ConsumerGroupMetadata,
    ) -> None:
        """Commit a consumer's offsets as part of the transaction."""
        from .._protocol.add_offsets_to_txn import AddOffsetsToTxnRequest
        from .._protocol.txn_offset_commit import TxnOffsetCommitRequest

        self.check_sending()
        if not offsets:
            return
        producer_id, epoch = self.sender.producer
        add = AddOffsetsToTxnRequest(self.id, producer_id, epoch, group.group_id)
        await self._guarded(
            self._ask(TRANSACTION, self.id, add, lambda answer: int(answer.error_code))
        )
        self._has_offsets = True
        by_topic: Dict[str, Any] = {}
        for (topic, partition), committed in offsets.items():
            by_topic.setdefault(topic, []).append(
                TxnOffsetCommitRequest.Topic.Partition(
                    partition, committed.offset, committed.leader_epoch, committed.metadata
                )
            )
        request = TxnOffsetCommitRequest(
            self.id,
            group.group_id,
            producer_id,
            epoch,
            group.generation_id,
            group.member_id,
            group.group_instance_id,
            [TxnOffsetCommitRequest.Topic(topic, parts) for topic, parts in by_topic.items()],
        )

        def worst(answer: Any) -> int:
            codes = [part.error_code for topic in answer.topics for part in topic.partitions]
            return next((int(code) for code in codes if code), 0)

        await self._guarded(self._ask(GROUP, group.group_id, request, worst, max_version=4))

    # Inside.

    def _over(self) -> None:
        self._parts.clear()
        self._wanted.clear()
        self._has_offsets = False
        self._must_bump = False
        self.error = None
        self.state = READY

    def _abortable(self, error: GofkaError) -> None:
        if self.state != FATAL:
            self.state, self.error = ABORTABLE, error

    def _fatal(self, error: GofkaError) -> None:
        self.state, self.error = FATAL, error
        self.sender.fatal = error
        self.sender.fail_all(error)

    async def _guarded(self, work: Awaitable[R]) -> R:
        """What fails makes the transaction abortable, or the producer useless."""
        try:
            return await work
        except GofkaError as error:
            code = error.code if isinstance(error, errors.BrokerError) else None
            if code in _FATAL or error.fatal:
                self._fatal(error)
            else:
                self._abortable(error)
            raise

    async def _check_served(self) -> None:
        """A broker without transactions says so at once, not by never having a coordinator."""
        from .._protocol.add_partitions_to_txn import AddPartitionsToTxnRequest
        from .._protocol.end_txn import EndTxnRequest

        await self.client.cluster.refresh()
        for node_id in list(self.client.cluster.brokers)[:1]:
            for request in (AddPartitionsToTxnRequest, EndTxnRequest):
                await self.client.version(node_id, request)

    async def _init_producer_id(self, limit_s: float) -> None:
        from .._protocol.init_producer_id import InitProducerIdRequest

        producer_id, epoch = self.sender.producer
        request = InitProducerIdRequest(self.id, self.config.transaction_timeout_ms)
        if producer_id >= 0:
            request.producer_id, request.producer_epoch = producer_id, epoch
        code_of: Callable[[Any], int] = lambda answer: int(answer.error_code)
        try:
            answer = await self._ask(
                TRANSACTION, self.id, request, code_of, max_version=5, limit_s=limit_s
            )
        except GofkaError as error:
            bad = error.code if isinstance(error, errors.BrokerError) else None
            if bad in _FATAL:
                self._fatal(error)
            raise
        self.sender.producer = (answer.producer_id, answer.producer_epoch)
        with self.sender.accumulator.lock:
            for part in self.sender.accumulator.parts.values():
                part.producer, part.must_reset = NO_PRODUCER, False

    async def _add_partitions(self) -> None:
        from .._protocol.add_partitions_to_txn import AddPartitionsToTxnRequest

        try:
            while self._wanted and not self.is_aborting and self.state in (IN, ENDING):
                parts = list(self._wanted)
                by_topic: Dict[str, Any] = {}
                for part in parts:
                    by_topic.setdefault(part.topic, []).append(part.number)
                topics = [
                    AddPartitionsToTxnRequest.V3AndBelowTopic(topic, numbers)
                    for topic, numbers in by_topic.items()
                ]
                producer_id, epoch = self.sender.producer
                request = AddPartitionsToTxnRequest((), self.id, producer_id, epoch, topics)

                def worst(answer: Any) -> int:
                    codes = [
                        part.partition_error_code
                        for topic in answer.results_by_topic_v3_and_below
                        for part in topic.results_by_partition
                    ]
                    named = [code for code in codes if code and code != 55]
                    return int(named[0]) if named else 0

                try:
                    await self._guarded(
                        self._ask(TRANSACTION, self.id, request, worst, max_version=3)
                    )
                except GofkaError as error:
                    self._wanted.clear()
                    if self.state != FATAL:
                        self.sender.drop_queued(error)
                    return
                for part in parts:
                    self._wanted.pop(part, None)
                    self._parts.add(part)
        finally:
            self._adding = False
            self._added.set()
            self.sender.wake()

    async def _end(self, commit: bool) -> None:
        from .._protocol.end_txn import EndTxnRequest

        while self._adding:
            await self._added.wait()
        if not self._parts and not self._has_offsets:
            return
        producer_id, epoch = self.sender.producer
        request = EndTxnRequest(self.id, producer_id, epoch, commit)
        code_of: Callable[[Any], int] = lambda answer: int(answer.error_code)
        try:
            await self._ask(TRANSACTION, self.id, request, code_of, max_version=4)
        except GofkaError as error:
            code = error.code if isinstance(error, errors.BrokerError) else None
            if code in _FATAL:
                self._fatal(error)
            raise

    async def _ask(
        self,
        kind: int,
        key: str,
        request: Request[R],
        code_of: Callable[[R], int],
        max_version: Optional[int] = None,
        limit_s: Optional[float] = None,
    ) -> R:
        """Ask the coordinator until it has answered with success or with what will not pass."""
        limit = self.config.block_s if limit_s is None else limit_s
        deadline = self.engine.now + limit
        backoff = self.client.backoff()
        name = type(request).__name__.replace("Request", "")
        last: Optional[GofkaError] = None
        while self.engine.now < deadline or last is None:
            try:
                node_id = await self.client.coordinator(key, kind)
                answer = await self.client.ask(
                    node_id, request, lane=LANE, max_version=max_version
                )
                code = code_of(answer)
                if not code:
                    return answer
                last = errors.for_code(code, name)
                if code in _FORGET:
                    self.client.forget_coordinator(key, kind)
                if not last.retriable and code not in _FORGET:
                    raise last
            except GofkaError as error:
                if error is last:
                    raise
                if not error.retriable and not (
                    isinstance(error, BrokerConnectionError) and error.retriable
                ):
                    raise
                self.client.forget_coordinator(key, kind)
                last = error
            left = deadline - self.engine.now
            await self.engine.sleep(max(0.0, min(backoff.next(), left)))
        late = ClientTimeoutError(f"{name}: not done within {limit:.3g} s")
        raise late from last
