"""What all parts of the admin's core share: how long a call may take, and what is tried again.

Place in the flow: topics.py, configs.py, groups.py, security.py and cluster.py derive from it.
"""

from __future__ import annotations

from typing import Any, Awaitable, Callable, Dict, Hashable, Iterable, Mapping, Optional, TypeVar

from ..._errors import BrokerConnectionError, ConfigurationError, GofkaError
from ...errors import for_code
from .. import codes
from ..client import GROUP, Client
from ..options import Common, Given
from ..ports import Ports

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)
_UNKNOWN_FOR_S = 2.0


class AdminBase:
    def __init__(self, ports: Ports, options: Mapping[str, Any]) -> None:
        given = Given(options)
        self.client = Client(ports, Common(given))
        given.end()
        self.engine = ports.engine

    def close(self) -> None:
        self.client.close()

    def _limit(self, timeout_ms: Optional[float]) -> float:
        """Seconds: default_api_timeout_ms if nothing is said."""
        if timeout_ms is None:
            return self.client.options.api_timeout_s
        if not timeout_ms > 0:
            raise ConfigurationError(f"timeout_ms is to be more than 0, not {timeout_ms!r}")
        return timeout_ms / 1000

    async def _retrying(
        self, attempt: Callable[[float], Awaitable[T]], timeout_ms: Optional[float]
    ) -> T:
        """Tries again what may succeed later; ``attempt`` is told how many seconds are left."""
        limit_s = self._limit(timeout_ms)
        until = self.engine.now + limit_s
        backoff = self.client.backoff()
        while True:
            try:
                return await attempt(max(0.001, until - self.engine.now))
            except GofkaError as error:
                pause_s = backoff.next()
                moved = isinstance(error, BrokerConnectionError)
                code = getattr(error, "code", None)
                # A topic may have been made a moment ago; a name that is wrong stays so.
                is_late = code == codes.UNKNOWN_TOPIC_OR_PARTITION and (
                    self.engine.now > until - limit_s + _UNKNOWN_FOR_S
                )
                if not error.retriable or is_late or self.engine.now + pause_s >= until:
                    raise
            await self.engine.sleep(pause_s)
            if moved or code in codes.LEADER_MOVED or code == codes.NOT_CONTROLLER:
                await self._refresh_quietly()

    async def _refresh_quietly(self) -> None:
        try:
            await self.client.cluster.refresh()
        except GofkaError:
            return  # The next attempt says what is wrong.

    async def _coordinate(self, group_id: str, request: Any, left_s: float, **how: Any) -> Any:
        """Ask the coordinator of a group; whoever reads the answer calls :meth:`_check_group`."""
        node_id = await self.client.coordinator(group_id, GROUP)
        limit_s = min(left_s, self.client.options.request_timeout_s)
        try:
            return await self.client.ask(node_id, request, timeout_s=limit_s, **how)
        except BrokerConnectionError:
            self.client.forget_coordinator(group_id, GROUP)
            raise

    def _check_group(self, group_id: str, code: int, message: Optional[str] = None) -> None:
        """Raise what the coordinator answered, unless it is 0."""
        if code in codes.COORDINATOR_MOVED:
            self.client.forget_coordinator(group_id, GROUP)
        if code:
            raise for_code(code, message or f"group {group_id}")

    def _request_s(self, left_s: float) -> float:
        return min(left_s, self.client.options.request_timeout_s)

    async def _broker_ids(self) -> Iterable[int]:
        await self.client.cluster.refresh()
        return sorted(self.client.cluster.brokers)


def outcome(code: int, message: Optional[str], about: str) -> Optional[GofkaError]:
    return for_code(code, f"{about}: {message}" if message else about) if code else None


def first_error(outcomes: Mapping[K, Optional[GofkaError]], raise_errors: bool) -> Dict[K, Optional[GofkaError]]:
    """The outcomes themselves, or the first error among them."""
    if raise_errors:
        for error in outcomes.values():
            if error is not None:
                raise error
    return dict(outcomes)


def retry_if_all_passing(outcomes: Mapping[K, Optional[GofkaError]]) -> None:
    """When nothing was done, and that for a reason that passes, all of it may be tried again."""
    errors = [error for error in outcomes.values()]
    if errors and all(error is not None and error.retriable for error in errors):
        raise errors[0] or AssertionError
