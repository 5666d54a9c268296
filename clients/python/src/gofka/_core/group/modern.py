"""A member of a group by the consumer protocol (KIP-848; Kafka's ConsumerMembershipManager): heartbeats
are all there is. They bring what the member is to own; it gives up what it must, tells so, and gets
the rest when others have given that up.

    heartbeat -> target -> give up what is not in it -> take over what is new -> heartbeat: owned now

A heartbeat names only what has changed since the last that was answered. After one without an answer
everything is told again: the coordinator may know less than we think.

Place in the flow: the consumer's core owns one when group_protocol is "consumer".
"""

from __future__ import annotations

import base64
from typing import Dict, List, Optional, Sequence, Tuple

from ..._errors import GofkaError, IllegalStateError
from ..._log import get_logger
from ..._protocol.consumer_group_heartbeat import (
    ConsumerGroupHeartbeatRequest,
    ConsumerGroupHeartbeatResponse,
)
from ...errors import for_code
from ...records import TopicPartition
from .. import codes
from ..tasks import Signal, Task
from .coordinator import CoordinatorLink
from .membership import LOST, NO_GENERATION, REVOKED, GroupOptions, Identity, Owner, by_topic, split

log = get_logger("gofka.group")

_JOIN_EPOCH = 0
_LEAVE_EPOCH = -1
#: A static member that will be back: nobody else gets its partitions meanwhile.
_STATIC_LEAVE_EPOCH = -2
_LEAVE_WITHIN_S = 5.0
_NAMES_AGAIN_S = 0.2
_RETRY_MAX_S = 1.0

#: What a heartbeat told, to be compared: topics and the pattern of others, and what is owned.
_Said = Tuple[Tuple[List[str], Optional[str]], List[TopicPartition]]


class ModernMembership:
    def __init__(self, link: CoordinatorLink, options: GroupOptions, owner: Owner) -> None:
        self._link = link
        self._engine = link.client.engine
        self._cluster = link.client.cluster
        self._options = options
        self._owner = owner
        # From version 1 on the member chooses its id; for older brokers it is a wish (KIP-1082).
        member_id = base64.urlsafe_b64encode(self._engine.random.getrandbits(128).to_bytes(16, "big"))
        self.identity = Identity(
            member_id.decode().rstrip("="), NO_GENERATION, options.instance_id
        )
        self.watched_topics: Sequence[str] = ()
        self._owned: Dict[TopicPartition, None] = {}
        #: As the coordinator last said, by topic id; None: nothing that has not been carried out.
        self._target: Optional[Dict[bytes, List[int]]] = None
        #: What the coordinator has answered to; None: it may know nothing.
        self._known: Optional[_Said] = None
        #: The application knows of all that is owned.
        self._is_granted = False
        self._is_expelled = False
        self._is_suspended = False
        self.is_over = False
        self._is_busy = False
        self._changed = Signal(self._engine)
        self._news = Signal(self._engine)
        self._main: Optional[Task[None]] = None
        self._heart: Optional[Task[None]] = None
        self.rebalances = 0

    # ------------------------------------------------------------ what the owner calls

    @property
    def is_settled(self) -> bool:
        is_in = self.identity.generation_id > _JOIN_EPOCH and not self._is_expelled
        return is_in and self._target is None and not self._is_busy and not self._has_news()

    def start(self) -> None:
        self._main = self._engine.daemon(self._run(), "consumer group member")

    def refreshed(self) -> None:
        self._changed.set()
        if self.identity.generation_id > _JOIN_EPOCH and self._has_news():
            self._news.set()

    def commit_refused(self, code: int, by: Identity) -> None:
        if by.generation_id != self.identity.generation_id or self.is_over:
            return
        if code == codes.STALE_MEMBER_EPOCH:
            self._news.set()
        elif code in codes.EXPELLED:
            self._expel("its commit was refused")
        elif code == codes.FENCED_INSTANCE_ID:
            self._fail(for_code(code, f"group {self._options.group_id}"))

    def suspend(self) -> None:
        if self._is_suspended or self.is_over:
            return
        self._is_suspended = True
        self._engine.daemon(self._say_goodbye(self.identity), "leave group")
        self._expel("the application did not ask for records in time")

    def resume(self) -> None:
        if self._is_suspended:
            self._is_suspended = False
            self._changed.set()

    def expelled(self) -> bool:
        return self.identity.generation_id == NO_GENERATION

    async def leave(self) -> None:
        identity, was_over = self.identity, self.is_over
        self._end()
        if self._main is not None:
            self._main.cancel()
        if not was_over:
            await self._say_goodbye(identity)

    # ------------------------------------------------------------ what is owned

    async def _run(self) -> None:
        while not self.is_over:
            self._is_busy = True
            did_something = await self._advance()
            self._is_busy = False
            if not did_something:
                await self._changed.wait()

    async def _advance(self) -> bool:
        if self._is_expelled:
            self._is_expelled = False
            if self._owned:
                await self._release(list(self._owned), LOST)
        elif self._is_suspended:
            return False
        elif self.identity.generation_id == NO_GENERATION:
            if not self._owner.subscribed() and self._owner.broker_pattern is None:
                return False
            self._join()
        elif self._target is not None:
            await self._reconcile(self._target)
        else:
            if self._has_news():
                self._news.set()
            return False
        return True

    async def _reconcile(self, target: Dict[bytes, List[int]]) -> None:
        names = self._cluster.names
        if any(topic_id not in names for topic_id in target):
            await self._learn_names()
            return
        wanted = [TopicPartition(names[each], p) for each, ps in target.items() for p in ps]
        taken, added = split(list(self._owned), wanted)
        if taken:
            await self._release(taken, REVOKED)
            return
        if self._target is target:
            self._target = None
        if not added and self._is_granted:
            return  # It was told once more, and nothing of it is new.
        self._is_granted = True
        self.rebalances += 1
        for partition in added:
            self._owned[partition] = None
        await self._owner.grant(added)

    async def _learn_names(self) -> None:
        try:
            await self._cluster.refresh(self._owner.subscribed())
        except GofkaError as error:
            log.info("group %s: topics by id: %s", self._options.group_id, error)
        await self._engine.sleep(_NAMES_AGAIN_S)

    async def _release(self, partitions: List[TopicPartition], kind: str) -> None:
        self._is_granted = False
        await self._owner.release(partitions, kind)
        for partition in partitions:
            self._owned.pop(partition, None)

    def _saying(self) -> _Said:
        wanted = list(self._owner.subscribed()), self._owner.broker_pattern
        return wanted, sorted(self._owned)

    def _has_news(self) -> bool:
        """Something that the coordinator has not been told."""
        return self._known != self._saying()

    # ------------------------------------------------------------ heartbeats

    def _join(self) -> None:
        self.identity = self.identity._replace(generation_id=_JOIN_EPOCH)
        self._known = None
        self._stop_heart()
        self._heart = self._engine.daemon(self._beat(), "heartbeats")

    def _stop_heart(self) -> None:
        if self._heart is not None:
            self._heart.cancel()
        self._heart = None

    async def _beat(self) -> None:
        backoff = self._link.client.backoff()
        interval_s = _RETRY_MAX_S
        while True:
            # What is waiting to be given up is still ours; what is new is so only when we say so.
            said = self._saying()
            try:
                answer = await self._link.ask(self._request(said))
            except GofkaError as error:
                log.info("group %s: heartbeat: %s", self._options.group_id, error)
                if not codes.may_pass(error, self._link.client):
                    return self._fail(error)
                self._known = None
                await self._engine.sleep(min(backoff.next(), interval_s, _RETRY_MAX_S))
                continue
            code = answer.error_code
            if code in codes.COORDINATOR_BUSY:
                self._link.heed(code)
                self._known = None
                await self._engine.sleep(min(backoff.next(), interval_s, _RETRY_MAX_S))
                continue
            if code in codes.EXPELLED:
                return self._expel("the coordinator does not know it")
            if code:
                about = answer.error_message or f"group {self._options.group_id}"
                return self._fail(for_code(code, about))
            backoff.reset()
            self._known = said
            interval_s = answer.heartbeat_interval_ms / 1000
            self._heard(answer)
            if not self._may_tell():
                await self._news.wait(interval_s)

    def _may_tell(self) -> bool:
        """There is news while nothing is being carried out whose end is news as well."""
        return self._target is None and not self._is_busy and self._has_news()

    def _heard(self, answer: ConsumerGroupHeartbeatResponse) -> None:
        member_id = answer.member_id or self.identity.member_id
        self.identity = Identity(member_id, answer.member_epoch, self._options.instance_id)
        if answer.assignment is not None:
            told = answer.assignment.topic_partitions
            self._target = {bytes(each.topic_id): list(each.partitions) for each in told}
        self._changed.set()

    def _request(self, said: _Said) -> ConsumerGroupHeartbeatRequest:
        options, known = self._options, self._known
        (topics, pattern), owned = said
        request = ConsumerGroupHeartbeatRequest(
            group_id=options.group_id,
            member_id=self.identity.member_id,
            member_epoch=self.identity.generation_id,
            # A static member gives its name whenever it speaks.
            instance_id=options.instance_id,
        )
        if known is None:
            request.rebalance_timeout_ms = int(options.rebalance_timeout_s * 1000)
            request.server_assignor = options.remote_assignor
            request.rack_id = options.rack
        if known is None or known[0][0] != topics:
            request.subscribed_topic_names = topics
        if pattern != (None if known is None else known[0][1]):
            # Without a text it would be left as it was.
            request.subscribed_topic_regex = pattern or ""
        if known is None or known[1] != owned:
            request.topic_partitions = [
                ConsumerGroupHeartbeatRequest.TopicPartition(self._id_of(topic), partitions)
                for topic, partitions in by_topic(owned).items()
            ]
        return request

    def _id_of(self, topic: str) -> bytes:
        info = self._cluster.topics.get(topic)
        return bytes(16) if info is None else info.topic_id

    # ------------------------------------------------------------ the end of it

    def _expel(self, reason: str) -> None:
        self._stop_heart()
        self._target = None
        self._is_granted = False
        self.identity = self.identity._replace(generation_id=NO_GENERATION)
        self._is_expelled = True
        log.info("group %s: out of the group: %s", self._options.group_id, reason)
        self._changed.set()

    def _fail(self, error: GofkaError) -> None:
        self._end()
        if error.__class__.__name__ == "UnsupportedVersionError":
            error = IllegalStateError(f"group_protocol 'consumer' is not served there: {error}")
        self._owner.group_failed(error)

    def _end(self) -> None:
        self.is_over = True
        self._stop_heart()
        self.identity = self.identity._replace(generation_id=NO_GENERATION)
        self._changed.set()

    async def _say_goodbye(self, identity: Identity) -> None:
        if identity.generation_id == NO_GENERATION:
            return
        request = ConsumerGroupHeartbeatRequest(
            group_id=self._options.group_id,
            member_id=identity.member_id,
            member_epoch=_LEAVE_EPOCH if identity.instance_id is None else _STATIC_LEAVE_EPOCH,
            instance_id=identity.instance_id,
        )
        try:
            await self._link.ask(request, timeout_s=_LEAVE_WITHIN_S)
        except GofkaError as error:
            log.info("group %s: leaving: %s", self._options.group_id, error)
