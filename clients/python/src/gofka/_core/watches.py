"""What goes on beside a consumer's polls: the first contact with the cluster, reminders to commit, and a
look at whether the application still polls.

Place in the flow: the consumer's core starts them with its first subscription or assignment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, List

from .._errors import ClientTimeoutError, GofkaError, NoBrokersError
from .._log import get_logger
from .tasks import Task

if TYPE_CHECKING:
    from .consumer import ConsumerCore

log = get_logger("gofka.consumer")

#: So often within max_poll_interval_ms.
_LOOKS = 8


class Watches:
    def __init__(self, core: ConsumerCore) -> None:
        self._core = core
        self._engine = core.engine
        self._settings = core.settings
        self._tasks: List[Task[None]] = []

    def start(self, leaders_changed: Callable[[], None]) -> None:
        daemon, settings = self._engine.daemon, self._settings
        self._tasks.append(daemon(self._connect(), "first contact"))
        self._tasks.append(daemon(self._follow_metadata(leaders_changed), "leaders"))
        if settings.auto_commit:
            self._tasks.append(daemon(self._remind_to_commit(), "auto commit"))
        if settings.group_id is not None:
            self._tasks.append(daemon(self._watch_polls(), "poll watch"))

    def stop(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def _connect(self) -> None:
        """Whether there is a broker at all; the application hears of it when there is none."""
        core, limit_s = self._core, self._settings.common.request_timeout_s
        backoff = core.client.backoff()
        until = self._engine.now + limit_s
        while not core.client.cluster.brokers:
            try:
                await core.client.cluster.refresh(core.subscribed())
            except GofkaError as error:
                is_passing = error.retriable and isinstance(error, (NoBrokersError, ClientTimeoutError))
                if not is_passing or self._engine.now >= until:
                    core.fail(error)
                    until = self._engine.now + limit_s
                await self._engine.sleep(backoff.next())

    async def _follow_metadata(self, leaders_changed: Callable[[], None]) -> None:
        while True:
            await self._core.client.cluster.updated.wait()
            leaders_changed()

    async def _remind_to_commit(self) -> None:
        while True:
            await self._engine.sleep(self._settings.auto_commit_interval_s)
            self._core.is_commit_due = True
            self._core.attend()

    async def _watch_polls(self) -> None:
        """Who does not ask for records any more makes the others wait: it leaves the group (KIP-62)."""
        core = self._core
        seen, unchanged = -1, 0
        while True:
            await self._engine.sleep(self._settings.max_poll_interval_s / _LOOKS)
            progress = core.polls + sum(each.position or 0 for each in core.order)
            unchanged = unchanged + 1 if progress == seen and not core.is_polling else 0
            seen = progress
            if core.membership is None:
                continue
            if unchanged == _LOOKS:
                log.warning("no poll within max_poll_interval_ms: out of the group until the next")
                core.membership.suspend()
            elif unchanged == 0:
                core.membership.resume()
