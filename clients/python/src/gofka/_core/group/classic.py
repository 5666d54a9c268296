"""A member of a group by the classic protocol (KIP-62; Kafka's AbstractCoordinator and
ConsumerCoordinator): it joins, the leader among the members shares partitions out, each fetches its
share, and heartbeats tell when to join again.

    what must be given up is given up -> join -> (the leader: assign) -> sync -> take over -> heartbeats

Eager members give up everything before they join. Cooperative ones keep what they own and give up,
after the sync, what was taken from them; then they join once more so that it can go to others
(KIP-429). One step is under way at a time; what comes up meanwhile is noted and comes next.

Place in the flow: the consumer's core owns one when group_protocol is "classic".
"""

from __future__ import annotations

from typing import Dict, List, Optional, Sequence, Tuple, TypeVar

from ..._errors import GofkaError
from ..._log import get_logger
from ..._protocol.heartbeat import HeartbeatRequest
from ..._protocol.join_group import JoinGroupRequest, JoinGroupResponse
from ..._protocol.leave_group import LeaveGroupRequest
from ..._protocol.sync_group import SyncGroupRequest
from ...errors import for_code
from ...records import TopicPartition
from .. import codes
from ..message import Message, Request
from ..tasks import Signal, Task
from .assignors.assignor import Assignor, LastAssignment
from .consumer_protocol import CONSUMER, read_assignment, subscription_bytes
from .coordinator import CoordinatorLink
from .leader import GroupLeader
from .membership import LOST, NO_GENERATION, REVOKED, GroupOptions, Identity, Owner, split

log = get_logger("gofka.group")
R = TypeVar("R", bound=Message)

#: Beyond the rebalance itself, which a join waits for.
_ANSWER_WITHIN_S = 5.0
_LEAVE_WITHIN_S = 5.0
_PASSING = codes.COORDINATOR_BUSY | {codes.REBALANCE_IN_PROGRESS}


class ClassicMembership:
    def __init__(
        self, link: CoordinatorLink, options: GroupOptions, assignors: Sequence[Assignor], owner: Owner
    ) -> None:
        self._link = link
        self._engine = link.client.engine
        self._options = options
        self._assignors = assignors
        self._owner = owner
        self._is_cooperative = all(each.is_cooperative for each in assignors)
        self._leader = GroupLeader(link.client, assignors)
        self.identity = Identity("", NO_GENERATION, options.instance_id)
        #: A dictionary for its order and its quick look-up.
        self._owned: Dict[TopicPartition, None] = {}
        #: Of the last generation that was completed; it outlives what is owned.
        self._last: Optional[LastAssignment] = None
        #: From the last sync, still to be taken over.
        self._assigned: Optional[List[TopicPartition]] = None
        self._rejoin_reason: Optional[str] = None
        self._is_expelled = False
        self._is_suspended = False
        self.is_over = False
        self._is_busy = False
        self._joined_topics: List[str] = []
        self._changed = Signal(self._engine)
        self._backoff = link.client.backoff()
        self._main: Optional[Task[None]] = None
        self._heart: Optional[Task[None]] = None
        #: The join or sync under way; it is given up when the application stops asking for records.
        self._step: Optional[Task[None]] = None
        self.rebalances = 0

    # ------------------------------------------------------------ what the owner calls

    @property
    def is_settled(self) -> bool:
        return (
            self.identity.generation_id != NO_GENERATION
            and self._assigned is None
            and self._rejoin_reason is None
            and not self._is_expelled
            and not self._is_busy
        )

    @property
    def watched_topics(self) -> Sequence[str]:
        return self._leader.topics

    def start(self) -> None:
        self._rejoin_reason = ""
        self._main = self._engine.daemon(self._run(), "classic group member")

    def refreshed(self) -> None:
        if self.identity.generation_id != NO_GENERATION:
            if self._owner.subscribed() != self._joined_topics:
                self._rejoin("subscription changed")
            elif self._leader.saw_change():
                self._rejoin("partitions of a topic changed")
        self._changed.set()

    def commit_refused(self, code: int, by: Identity) -> None:
        # While it joins, the answer to that tells more, and this one may be of the generation before.
        if by.generation_id != self.identity.generation_id or self._step or self.is_over:
            return
        if code == codes.REBALANCE_IN_PROGRESS:
            self._rejoin("the group rebalances")
        elif code in codes.EXPELLED or code == codes.FENCED_INSTANCE_ID:
            self._member_refused(code)

    def suspend(self) -> None:
        if self._is_suspended or self.is_over:
            return
        self._is_suspended = True
        if self._step is not None:
            self._step.cancel()
        identity = self.identity
        self._expel("the application did not ask for records in time", "")
        self._engine.daemon(self._say_goodbye(identity, "poll timeout"), "leave group")

    def resume(self) -> None:
        if self._is_suspended:
            self._is_suspended = False
            self._rejoin("")

    def expelled(self) -> bool:
        return self.identity.generation_id == NO_GENERATION

    async def leave(self) -> None:
        identity = self.identity
        was_over = self.is_over
        self._end()
        if self._main is not None:
            self._main.cancel()
        if self._step is not None:
            self._step.cancel()
        if not was_over:
            await self._say_goodbye(identity, "the consumer is closed")

    # ------------------------------------------------------------ one step after another

    def _rejoin(self, reason: str) -> None:
        if self._rejoin_reason is None:
            self._rejoin_reason = reason
        self._changed.set()

    async def _run(self) -> None:
        while not self.is_over:
            self._is_busy = True
            try:
                did_something = await self._advance()
            except GofkaError as error:
                self._fail(error)
                return
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
        elif self._assigned is not None:
            await self._take_over(self._assigned)
        elif self._rejoin_reason is not None and self._owner.subscribed():
            subscribed = set(self._owner.subscribed())
            to_give_up = [
                each
                for each in self._owned
                if not self._is_cooperative or each.topic not in subscribed
            ]
            if to_give_up:
                await self._release(to_give_up, REVOKED)
            else:
                await self._join_as_step()
        else:
            return False
        return True

    async def _release(self, partitions: List[TopicPartition], kind: str) -> None:
        await self._owner.release(partitions, kind)
        for partition in partitions:
            self._owned.pop(partition, None)

    async def _take_over(self, assigned: List[TopicPartition]) -> None:
        taken, added = split(list(self._owned), assigned)
        if taken:
            # Nobody gets them before we have joined again without them.
            self._rejoin("partitions were given up")
            return await self._release(taken, REVOKED)
        self._assigned = None
        for partition in added:
            self._owned[partition] = None
        await self._owner.grant(added)

    # ------------------------------------------------------------ join and sync

    async def _join_as_step(self) -> None:
        """A task of its own, so that it can be given up."""
        step = self._step = self._engine.spawn(self._join(), "join group")
        ended = self._engine.promise()
        step.on_done(lambda _: ended.resolve(None))
        await ended
        self._step = None
        error = step.error
        if isinstance(error, GofkaError) and codes.may_pass(error, self._link.client):
            log.info("group %s: joining again: %s", self._options.group_id, error)
            self._rejoin("no answer from the coordinator")
            await self._engine.sleep(self._backoff.next())
        elif isinstance(error, Exception):
            raise error

    async def _join(self) -> None:
        options = self._options
        self._stop_heart()
        self._joined_topics = list(self._owner.subscribed())
        reason, member_id = self._rejoin_reason, self.identity.member_id
        # The broker closes our eyes to what happens from here on: it is told with the answer.
        self._rejoin_reason = None
        try:
            answer = await self._ask(
                JoinGroupRequest(
                    group_id=options.group_id,
                    session_timeout_ms=int(options.session_timeout_s * 1000),
                    rebalance_timeout_ms=int(options.rebalance_timeout_s * 1000),
                    member_id=member_id,
                    group_instance_id=options.instance_id,
                    protocol_type=CONSUMER,
                    protocols=[
                        JoinGroupRequest.Protocol(each.name, self._metadata_for(each))
                        for each in self._assignors
                    ],
                    reason=reason or None,
                )
            )
        except BaseException:
            self._rejoin("")
            raise
        if answer.error_code == codes.MEMBER_ID_REQUIRED:
            self.identity = self.identity._replace(member_id=answer.member_id)
            return self._rejoin("")
        if answer.error_code:
            self._rejoin(reason or "")
            return await self._refused(answer.error_code)
        self.identity = Identity(answer.member_id, answer.generation_id, options.instance_id)
        try:
            await self._sync(answer)
        except BaseException:
            self._rejoin("the sync was not answered")
            raise

    def _metadata_for(self, assignor: Assignor) -> bytes:
        owned = list(self._owned)
        generation_id = NO_GENERATION
        if owned and self._last is not None:
            generation_id = self._last.generation_id
        user_data = assignor.user_data(self._last)
        return subscription_bytes(
            self._joined_topics, owned, generation_id, user_data, self._options.rack
        )

    async def _sync(self, joined: JoinGroupResponse) -> None:
        assignments: List[Tuple[str, bytes]] = []
        if joined.leader == joined.member_id:
            assignments = await self._leader.lead(joined)
        else:
            self._leader.resign()
        answer = await self._ask(
            SyncGroupRequest(
                group_id=self._options.group_id,
                generation_id=joined.generation_id,
                member_id=joined.member_id,
                group_instance_id=self._options.instance_id,
                protocol_type=CONSUMER,
                protocol_name=joined.protocol_name,
                assignments=[SyncGroupRequest.Assignment(*each) for each in assignments],
            )
        )
        if answer.error_code:
            self._rejoin("the sync was refused")
            return await self._refused(answer.error_code)
        partitions = read_assignment(answer.assignment)
        self._backoff.reset()
        self.rebalances += 1
        self._last = LastAssignment(partitions, joined.generation_id)
        self._assigned = partitions
        if self._owner.subscribed() != self._joined_topics:
            self._rejoin("subscription changed")
        self._start_heart()

    async def _ask(self, request: Request[R]) -> R:
        timeout_s = self._options.rebalance_timeout_s + _ANSWER_WITHIN_S
        return await self._link.ask(request, timeout_s=timeout_s, lane="join")

    # ------------------------------------------------------------ heartbeats

    def _start_heart(self) -> None:
        self._stop_heart()
        self._heart = self._engine.daemon(self._beat(), "heartbeats")

    def _stop_heart(self) -> None:
        if self._heart is not None:
            self._heart.cancel()
        self._heart = None

    async def _beat(self) -> None:
        options = self._options
        delay_s = options.heartbeat_interval_s
        backoff = self._link.client.backoff()
        while True:
            await self._engine.sleep(delay_s)
            member_id, generation_id, instance_id = self.identity
            request = HeartbeatRequest(options.group_id, generation_id, member_id, instance_id)
            try:
                # One that is answered later than this is of no use.
                answer = await self._link.ask(request, timeout_s=options.session_timeout_s)
            except GofkaError as error:
                log.info("group %s: heartbeat: %s", options.group_id, error)
                # Sooner than the next would be due, however often it has failed: the session goes on.
                delay_s = min(backoff.next(), options.heartbeat_interval_s)
                continue
            delay_s = options.heartbeat_interval_s
            backoff.reset()
            code = answer.error_code
            if code:
                self._link.heed(code)
                if code == codes.REBALANCE_IN_PROGRESS:
                    self._rejoin("the group rebalances")
                else:
                    self._member_refused(code)

    # ------------------------------------------------------------ what goes wrong

    async def _refused(self, code: int) -> None:
        """A join or a sync."""
        self._link.heed(code)
        if code in _PASSING:
            await self._engine.sleep(self._backoff.next())
        else:
            self._member_refused(code)

    def _member_refused(self, code: int) -> None:
        if code == codes.ILLEGAL_GENERATION:
            self._expel("illegal generation", self.identity.member_id)
        elif code in codes.EXPELLED:
            self._expel("unknown member", "")
        elif code not in _PASSING:
            self._fail(for_code(code, f"group {self._options.group_id} does not take this member"))

    def _expel(self, reason: str, member_id: str) -> None:
        """The group has gone on without us: what we owned may be others' already."""
        self._stop_heart()
        self._leader.resign()
        self.identity = Identity(member_id, NO_GENERATION, self._options.instance_id)
        self._assigned = None
        self._is_expelled = True
        log.info("group %s: out of the group: %s", self._options.group_id, reason)
        self._rejoin(reason)

    def _fail(self, error: GofkaError) -> None:
        self._end()
        self._owner.group_failed(error)

    def _end(self) -> None:
        self.is_over = True
        self._is_busy = False
        self._stop_heart()
        self.identity = self.identity._replace(generation_id=NO_GENERATION)
        self._changed.set()

    async def _say_goodbye(self, identity: Identity, reason: str) -> None:
        """A static member will be back, and nobody else gets its partitions meanwhile (KIP-345)."""
        if not identity.member_id or identity.instance_id is not None:
            return
        member = LeaveGroupRequest.Member(identity.member_id, None, reason)
        request = LeaveGroupRequest(self._options.group_id, identity.member_id, [member])
        try:
            if await self._link.version(LeaveGroupRequest) < 3:
                request = LeaveGroupRequest(self._options.group_id, identity.member_id)
            else:
                request.member_id = ""
            await self._link.ask(request, timeout_s=_LEAVE_WITHIN_S)
        except GofkaError as error:
            log.info("group %s: leaving: %s", self._options.group_id, error)
