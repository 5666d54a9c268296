"""What producer, consumer and admin cores share: connections to all brokers, and the metadata.

Lives on the engine's thread. All `async` methods raise a :class:`gofka.errors.GofkaError` only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Set, Tuple, Type, TypeVar

from .._errors import (
    AuthenticationError,
    BrokerConnectionError,
    ClientClosedError,
    ClientTimeoutError,
    GofkaError,
    NoBrokersError,
)
from .._log import get_logger
from .cluster import Cluster
from .connection import Connection
from .message import Message, Request
from .options import Common
from .ports import Address, Ports
from .tasks import Engine, Promise

if TYPE_CHECKING:
    from .._protocol.find_coordinator import FindCoordinatorResponse

R = TypeVar("R", bound=Message)
log = get_logger("gofka")

#: Kinds of coordinators.
GROUP = 0
TRANSACTION = 1
#: The lane of everything that is answered at once.
MAIN = "main"


class Backoff:
    """Pauses that grow from one to the next, 20 % to either side of the rule (KIP-580)."""

    __slots__ = ("_engine", "_least", "_most", "_attempts")

    def __init__(self, engine: Engine, least_s: float, most_s: float, attempts: int = 0) -> None:
        self._engine = engine
        self._least = least_s
        self._most = max(least_s, most_s)
        self._attempts = attempts

    def next(self) -> float:
        pause = min(self._most, self._least * 2.0 ** min(self._attempts, 30))
        self._attempts += 1
        return pause * (0.8 + 0.4 * self._engine.random.random())

    def reset(self) -> None:
        self._attempts = 0


class _Node:
    """What is remembered of a broker beside its connections."""

    __slots__ = ("backoff", "not_before", "error")

    def __init__(self, backoff: Backoff) -> None:
        self.backoff = backoff
        self.not_before = 0.0
        self.error: Optional[BaseException] = None


class Client:
    def __init__(self, ports: Ports, options: Common) -> None:
        self.ports = ports
        self.engine = ports.engine
        self.options = options
        self.closed = False
        self.metrics: Dict[str, float] = {"requests": 0, "bytes_sent": 0, "bytes_received": 0}
        #: What `metrics_hook` is given; a core that knows more puts its own here.
        self.told_metrics: Callable[[], Dict[str, float]] = self.metrics.copy
        self.cluster = Cluster(self)
        self._connections: Dict[Tuple[int, str], Connection] = {}
        self._nodes: Dict[int, _Node] = {}
        self._coordinators: Dict[Tuple[int, str], int] = {}
        self._brokers_seen: Set[Address] = set()
        self._bootstrap: Dict[int, Address] = {
            -1 - i: address for i, address in enumerate(options.bootstrap)
        }
        self._bootstrap_first = self.engine.random.randrange(len(self._bootstrap))
        self.engine.call_later(min(options.idle_s, 30.0), self._close_idle)
        if options.metrics_hook is not None:
            self.engine.call_later(options.metrics_interval_s, self._tell_metrics)

    def count(self, name: str, by: float = 1) -> None:
        self.metrics[name] = self.metrics.get(name, 0) + by

    def backoff(self, attempts: int = 0) -> Backoff:
        """For retries of one thing; waits longer each time."""
        options = self.options
        least, most = options.retry_backoff_s, options.retry_backoff_max_s
        return Backoff(self.engine, least, most, attempts)

    # Asking.

    async def ask(
        self,
        node_id: int,
        request: Request[R],
        *,
        lane: str = MAIN,
        timeout_s: Optional[float] = None,
        min_version: Optional[int] = None,
        max_version: Optional[int] = None,
    ) -> R:
        """Ask this broker, and connect before if need be. `timeout_s` is for both together."""
        limit = self.options.request_timeout_s if timeout_s is None else timeout_s
        deadline = self.engine.now + limit
        connection = await self.connection(node_id, lane, deadline)
        version = connection.version_of(type(request), min_version, max_version)
        left = max(0.001, deadline - self.engine.now)
        answer = await connection.send(request, version, left)
        assert answer is not None
        return answer

    async def ask_any(
        self,
        request: Request[R],
        *,
        timeout_s: Optional[float] = None,
        min_version: Optional[int] = None,
        max_version: Optional[int] = None,
    ) -> R:
        """Ask any broker that can be reached: each known one, then the bootstrap servers."""
        limit = self.options.request_timeout_s if timeout_s is None else timeout_s
        deadline = self.engine.now + limit
        last: Optional[GofkaError] = None
        for node_id in self._candidates():
            left = deadline - self.engine.now
            if left <= 0:
                break
            try:
                return await self.ask(
                    node_id,
                    request,
                    timeout_s=left,
                    min_version=min_version,
                    max_version=max_version,
                )
            except GofkaError as error:
                if isinstance(error, (AuthenticationError, ClientClosedError)) or (
                    not error.retriable and not isinstance(error, BrokerConnectionError)
                ):
                    raise
                last = error
        if isinstance(last, BrokerConnectionError) and last.retriable:
            servers = ", ".join(f"{host}:{port}" for host, port in self._bootstrap.values())
            raise NoBrokersError(f"no broker of {servers} can be reached: {last.message}") from last
        raise last if last is not None else ClientTimeoutError("no broker could be asked in time")

    async def ask_controller(self, request: Request[R], **how: Any) -> R:
        """Ask whom the metadata calls the controller; with KRaft any broker forwards to it."""
        if not self.cluster.brokers:
            await self.cluster.refresh()
        node_id = self.cluster.controller_id
        if node_id is None or node_id not in self.cluster.brokers:
            return await self.ask_any(request, **how)
        return await self.ask(node_id, request, **how)

    async def version(
        self,
        node_id: int,
        request: Type[Request[Any]],
        lane: str = MAIN,
        min_version: Optional[int] = None,
        max_version: Optional[int] = None,
    ) -> int:
        """Which version `ask` would use."""
        deadline = self.engine.now + self.options.request_timeout_s
        connection = await self.connection(node_id, lane, deadline)
        return connection.version_of(request, min_version, max_version)

    # Coordinators.

    async def coordinator(self, key: str, kind: int = GROUP) -> int:
        """The node that coordinates a group or a transactional id. Raises when there is none."""
        from ..errors import check

        known = self._coordinators.get((kind, key))
        if known is not None and known in self.cluster.brokers:
            return known
        if not self.cluster.brokers:
            await self.cluster.refresh()
        answer = await self._ask_coordinator(key, kind)
        if answer.coordinators:
            found = answer.coordinators[0]
            check(found.error_code, found.error_message or f"coordinator of {key!r}")
            node_id, host, port = found.node_id, found.host, found.port
        else:
            check(answer.error_code, answer.error_message or f"coordinator of {key!r}")
            node_id, host, port = answer.node_id, answer.host, answer.port
        if node_id not in self.cluster.brokers:
            from .cluster import Broker

            self.cluster.brokers[node_id] = Broker(node_id, host, port, None)
        self._coordinators[(kind, key)] = node_id
        return node_id

    async def _ask_coordinator(self, key: str, kind: int) -> FindCoordinatorResponse:
        from .._protocol.find_coordinator import FindCoordinatorRequest
        from ..errors import UnsupportedVersionError

        try:
            batched = FindCoordinatorRequest("", kind, [key])
            return await self.ask_any(batched, min_version=4)
        except UnsupportedVersionError:
            single = FindCoordinatorRequest(key, kind)
            low = 0 if kind == GROUP else 1
            return await self.ask_any(single, min_version=low, max_version=3)

    def forget_coordinator(self, key: str, kind: int = GROUP) -> None:
        self._coordinators.pop((kind, key), None)

    # Connections.

    async def connection(self, node_id: int, lane: str, deadline: float) -> Connection:
        """A connection that is ready, made if need be."""
        while True:
            if self.closed:
                raise ClientClosedError("the client was closed")
            found = self._connections.get((node_id, lane))
            if found is not None and not found.closed and not found.retired:
                if found.is_ready:
                    return found
                waiting: Promise[None] = found.ready
            else:
                node = self._node(node_id)
                pause = node.not_before - self.engine.now
                if pause > 0:
                    left = deadline - self.engine.now
                    if pause > left:
                        raise self._unreachable(node_id, node)
                    await self.engine.sleep(pause)
                    continue
                waiting = self._open(node_id, lane).ready
            left = max(0.0, deadline - self.engine.now)
            await self.engine.within(left, waiting, f"connecting to node {node_id}")

    def ready_connection(self, node_id: int, lane: str) -> Optional[Connection]:
        """A connection that is ready now, or None."""
        found = self._connections.get((node_id, lane))
        if found is None or not found.is_ready or found.closed or found.retired:
            return None
        return found

    def retire_node(self, node_id: int) -> None:
        """Its address has changed, or it is gone: connections end after their last answer."""
        self._nodes.pop(node_id, None)
        for key in [each for each in self._connections if each[0] == node_id]:
            self._connections.pop(key).retire()

    def close(self) -> None:
        """Close all connections; whoever waits gets ClientClosedError."""
        if self.closed:
            return
        self.closed = True
        self.cluster.close()
        for connection in list(self._connections.values()):
            connection.close()
        self._connections.clear()
        if self.options.metrics_hook is not None:
            self._tell_metrics()

    def _open(self, node_id: int, lane: str) -> Connection:
        address = self._bootstrap.get(node_id)
        if address is None:
            broker = self.cluster.brokers.get(node_id)
            if broker is None:
                raise BrokerConnectionError(f"there is no node {node_id} in the cluster any more")
            address = broker.address
        which = f"node {node_id} at " if node_id >= 0 else ""
        name = f"{which}{address.host}:{address.port}"

        def ended(connection: Connection, error: Optional[BaseException]) -> None:
            if self._connections.get((node_id, lane)) is connection:
                del self._connections[(node_id, lane)]
            if isinstance(error, ClientClosedError) or connection.retired:
                return
            node = self._node(node_id)
            node.error = error
            if connection.is_ready:
                node.backoff.reset()
                self._brokers_seen.add(address)
            node.not_before = self.engine.now + node.backoff.next()
            if not self.closed:
                log.info("connection to %s ended: %s", name, error)
                if node_id >= 0:
                    self.cluster.stale()

        known = node_id >= 0 or address in self._brokers_seen
        connection = Connection(
            self.ports, self.options, address, name, self.metrics, known, ended
        )
        self._connections[(node_id, lane)] = connection
        return connection

    def _node(self, node_id: int) -> _Node:
        node = self._nodes.get(node_id)
        if node is None:
            options = self.options
            least, most = options.reconnect_backoff_s, options.reconnect_backoff_max_s
            node = self._nodes[node_id] = _Node(Backoff(self.engine, least, most))
        return node

    def _unreachable(self, node_id: int, node: _Node) -> GofkaError:
        if isinstance(node.error, GofkaError):
            return node.error
        return BrokerConnectionError(f"node {node_id} cannot be reached: {node.error}")

    def _candidates(self) -> List[int]:
        """Whom to ask: who is connected and idle first, who has just failed last."""
        now = self.engine.now

        def rank(node_id: int) -> Tuple[int, float]:
            ready = self.ready_connection(node_id, MAIN)
            if ready is not None:
                return (0, ready.in_flight)
            node = self._nodes.get(node_id)
            if node is not None and node.not_before > now:
                return (2, node.not_before)
            return (1, self.engine.random.random())

        known = sorted(self.cluster.brokers, key=rank)
        servers = list(self._bootstrap)
        first = self._bootstrap_first % len(servers)
        return known + servers[first:] + servers[:first]

    def _close_idle(self) -> None:
        if self.closed:
            return
        now = self.engine.now
        limit = now - self.options.idle_s
        for key, connection in list(self._connections.items()):
            old = connection.is_ready and connection.last_used < limit
            # A bootstrap connection is of no use once its broker is known.
            spare = key[0] < 0 and self.cluster.brokers and connection.last_used < now - 20
            if connection.in_flight == 0 and (old or (connection.is_ready and spare)):
                del self._connections[key]
                connection.retire()
        self.engine.call_later(min(self.options.idle_s, 30.0), self._close_idle)

    def _tell_metrics(self) -> None:
        hook = self.options.metrics_hook
        if hook is None:
            return
        try:
            hook(self.told_metrics())
        except Exception:
            log.exception("metrics_hook raised")
        if not self.closed:
            self.engine.call_later(self.options.metrics_interval_s, self._tell_metrics)
