"""One connection to a broker: frames, versions, who gets which answer.

Place in the flow: client.py makes connections and asks through them; a shell carries the bytes. Answers
come in the order of the questions. A question that is not answered in time ends the connection, as in
every client: what comes later could not be told from the next answer.
"""

from __future__ import annotations

from collections import deque
from struct import Struct
from typing import TYPE_CHECKING, Any, Callable, Deque, Dict, List, Optional, Set, Tuple, Type, TypeVar

from .._errors import (
    BrokerConnectionError,
    ClientClosedError,
    GofkaError,
    NotKafkaError,
    ProtocolError,
)
from .message import Message, Request
from .ports import Address, Link, Ports
from .tasks import Promise, Task, Timer

if TYPE_CHECKING:
    from .options import Common

R = TypeVar("R", bound=Message)

_head = Struct(">ihhih")
_two_ints = Struct(">ii")
_int = Struct(">i")

#: No answer before the versions are known is longer.
FIRST_FRAME_BYTES_MAX = 1 << 20


class _Pending:
    """A question on its way."""

    __slots__ = ("correlation_id", "response", "version", "tagged", "deadline", "promise", "what")

    def __init__(
        self,
        correlation_id: int,
        response: Type[Message],
        version: int,
        tagged: bool,
        deadline: float,
        promise: Promise[Any],
        what: str,
    ) -> None:
        self.correlation_id = correlation_id
        self.response = response
        self.version = version
        self.tagged = tagged
        self.deadline = deadline
        self.promise = promise
        self.what = what


class Connection:
    """To one broker; implements :class:`ports.Listener`."""

    def __init__(
        self,
        ports: Ports,
        options: Common,
        address: Address,
        name: str,
        metrics: Dict[str, float],
        is_known: bool,
        on_end: Callable[[Connection, Optional[BaseException]], None],
    ) -> None:
        self.ports = ports
        self.engine = ports.engine
        self.options = options
        self.address = address
        self.name = name
        self.metrics = metrics
        self.versions: Dict[int, Tuple[int, int]] = {}
        #: Finalized features and their levels.
        self.features: Dict[str, int] = {}
        self.closed = False
        #: Takes no new questions, and closes after its last answer.
        self.retired = False
        self.is_ready = False
        self.last_used = self.engine.now
        #: It has been seen to be a broker: what goes wrong now will pass.
        self._is_known = is_known
        self._on_end = on_end
        self._pending: Deque[_Pending] = deque()
        #: Of requests without an answer, until the kernel has them.
        self._unanswered: Set[Promise[Any]] = set()
        self._next_id = 0
        self._chunks: List[bytes] = []
        self._have = 0
        self._need = 4
        self._frame_max = FIRST_FRAME_BYTES_MAX
        self._opened: Promise[None] = Promise(self.engine)
        self._timer: Optional[Timer] = None
        self._client_id = options.client_id.encode()
        metrics["connections_opened"] = metrics.get("connections_opened", 0) + 1
        self.link: Link = ports.connect(address, self, options.tls)
        self.ready: Task[None] = self.engine.spawn(self._prepare(), f"prepare {name}")
        self._setup_timer = self.engine.call_later(options.setup_timeout_s, self._setup_is_late)

    # What a shell calls.

    def on_open(self) -> None:
        self._opened.resolve(None)

    def on_closed(self, error: Optional[BaseException]) -> None:
        if error is None or isinstance(error, ConnectionResetError):
            self._end(self._why_ended("it was closed by the broker"))
        elif isinstance(error, GofkaError):
            self._end(error)
        else:
            ended = BrokerConnectionError(f"{self.name}: {error or type(error).__name__}")
            ended.__cause__ = error
            self._end(ended)

    def on_data(self, data: bytes) -> None:
        self._chunks.append(data)
        self._have += len(data)
        if self._have >= self._need:
            try:
                self._read_frames()
            except GofkaError as error:
                self._end(error)

    # What the client calls.

    @property
    def in_flight(self) -> int:
        return len(self._pending) + len(self._unanswered)

    def version_of(
        self, request: Type[Request[Any]], low: Optional[int] = None, high: Optional[int] = None
    ) -> int:
        """The highest version that both sides know within the bounds."""
        least, most = request.versions
        if low is not None:
            least = max(least, low)
        if high is not None:
            most = min(most, high)
        theirs = self.versions.get(request.api_key)
        if theirs is not None:
            version = min(most, theirs[1])
            if version >= max(least, theirs[0]):
                return version
        from ..errors import UnsupportedVersionError

        has = "none" if theirs is None else f"{theirs[0]} to {theirs[1]}"
        raise UnsupportedVersionError(
            f"{request.__name__}: {self.name} has {has}, we need {least} to {most}"
        )

    def send(
        self, request: Request[R], version: int, timeout_s: float, answered: bool = True
    ) -> Promise[Optional[R]]:
        """Send at once on a connection that is ready. `answered`: whether an answer will come."""
        promise: Promise[Optional[R]] = Promise(self.engine)
        if self.closed:
            promise.reject(BrokerConnectionError(f"{self.name}: the connection has ended"))
            return promise
        correlation_id = self._next_id
        self._next_id = (correlation_id + 1) & 0x7FFFFFFF
        w = bytearray(4)
        name = self._client_id
        tagged = version >= request.headers_from
        w += _head.pack(0, request.api_key, version, correlation_id, len(name))[4:]
        w += name
        if tagged:
            w.append(0)
        try:
            request.encode_into(w, version)
        except GofkaError as error:
            promise.reject(error)
            return promise
        _int.pack_into(w, 0, len(w) - 4)
        now = self.engine.now
        self.last_used = now
        self.metrics["requests"] = self.metrics.get("requests", 0) + 1
        self.metrics["bytes_sent"] = self.metrics.get("bytes_sent", 0) + len(w)
        if answered:
            deadline = now + timeout_s
            response_tagged = tagged and request.api_key != 18
            self._pending.append(
                _Pending(
                    correlation_id,
                    request.response,
                    version,
                    response_tagged,
                    deadline,
                    promise,
                    type(request).__name__,
                )
            )
            if self._timer is None:
                self._timer = self.engine.call_later(timeout_s, self._check_deadlines)
            elif deadline < self._timer.at:
                self._timer.cancel()
                self._timer = self.engine.call_later(timeout_s, self._check_deadlines)
            self.link.write(w)
        else:
            self._unanswered.add(promise)

            def written() -> None:
                self._unanswered.discard(promise)
                promise.resolve(None)

            self.link.write(w, written)
        return promise

    async def ask_now(self, request: Request[R], version: int) -> R:
        """Ask before the connection is ready: for SASL and the versions."""
        answer = await self.send(request, version, self.options.request_timeout_s)
        assert answer is not None
        return answer

    def retire(self) -> None:
        self.retired = True
        if not self._pending:
            self.close()

    def close(self, error: Optional[BaseException] = None) -> None:
        self._end(error if error is not None else ClientClosedError("the client was closed"))

    # Opening.

    async def _prepare(self) -> None:
        await self._opened
        await self._learn_versions()
        if self.options.sasl is not None:
            from .sasl import authenticate

            try:
                lifetime_s = await authenticate(self, self.options.sasl)
            except GofkaError as error:
                self._end(error)
                raise
            if lifetime_s > 0:
                self.engine.call_later(lifetime_s * 0.85, self.retire)
        self._setup_timer.cancel()
        self._frame_max = self.options.frame_bytes_max
        self.is_ready = True

    async def _learn_versions(self) -> None:
        from .. import __version__
        from .._protocol.api_versions import ApiVersionsRequest

        version = ApiVersionsRequest.versions[1]
        while True:
            request = ApiVersionsRequest("gofka-python", __version__)
            answer = await self.ask_now(request, version)
            if answer.error_code == 35 and version > 0:
                theirs = {key.api_key: key.max_version for key in answer.api_keys}
                version = max(0, min(version - 1, theirs.get(18, 0)))
                continue
            if answer.error_code:
                from ..errors import for_code

                error = for_code(answer.error_code, f"{self.name}: ApiVersions")
                self._end(error)
                raise error
            self.versions = {
                key.api_key: (key.min_version, key.max_version) for key in answer.api_keys
            }
            self.features = {
                feature.name: feature.max_version_level for feature in answer.finalized_features
            }
            return

    def _setup_is_late(self) -> None:
        seconds = self.options.setup_timeout_s
        strange = self._opened.done and not self._is_known
        kind = NotKafkaError if strange else BrokerConnectionError
        self._end(kind(f"{self.name}: not ready within {seconds:.3g} s"))

    # Reading.

    def _read_frames(self) -> None:
        data = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        view = memoryview(data)
        p, end = 0, len(data)
        need = 4
        while end - p >= 4:
            (size,) = _int.unpack_from(view, p)
            if size < 4 or size > self._frame_max:
                raise self._no_frame(bytes(view[p : p + 4]), size)
            if end - p - 4 < size:
                need = size + 4
                break
            p += 4
            self._take_frame(view[p : p + size])
            if self.closed:
                return
            p += size
        self._have = end - p
        self._need = need
        self._chunks = [] if p == end else [data[p:] if p else data]

    def _take_frame(self, frame: memoryview) -> None:
        if not self._pending:
            raise ProtocolError(f"{self.name}: an answer to nothing")
        pending = self._pending.popleft()
        (correlation_id,) = _int.unpack_from(frame, 0)
        if correlation_id != pending.correlation_id:
            self._pending.appendleft(pending)
            if not self.versions:
                raise self._no_frame(bytes(frame[:4]), len(frame))
            raise ProtocolError(f"{self.name}: an answer to something else")
        self.metrics["bytes_received"] = self.metrics.get("bytes_received", 0) + len(frame) + 4
        start, version = 4, pending.version
        try:
            if pending.tagged:
                from .._protocol._wire import skip_tags

                start = 5 if frame[4] == 0 else skip_tags(frame, 4)
            elif pending.response.api_key == 18 and bytes(frame[4:6]) == b"\0\x23":
                version = 0  # KIP-511: a refusal has the first form, whatever was asked.
            answer = pending.response.decode(frame, version, start)
        except (ProtocolError, IndexError, ValueError) as error:
            self._pending.appendleft(pending)
            raise ProtocolError(f"{self.name}: {error}") from error
        pending.promise.resolve(answer)
        if self.retired and not self._pending:
            self.close()

    def _no_frame(self, start: bytes, size: int) -> GofkaError:
        if start == b"HTTP":
            return NotKafkaError(f"{self.name}: this is an HTTP server")
        if start[:2] in (b"\x15\x03", b"\x16\x03"):
            return NotKafkaError(f"{self.name}: it speaks TLS")
        if self.versions:
            return ProtocolError(f"{self.name}: a frame of {size} bytes")
        return NotKafkaError(f"{self.name}: this is not Kafka's protocol ({start!r})")

    # Ending.

    def _check_deadlines(self) -> None:
        self._timer = None
        now = self.engine.now
        if not self._pending:
            return
        first = min(self._pending, key=lambda pending: pending.deadline)
        if first.deadline > now:
            self._timer = self.engine.call_later(first.deadline - now, self._check_deadlines)
            return
        from ..errors import RequestTimedOutError

        for pending in list(self._pending):
            if pending.deadline <= now:
                error = RequestTimedOutError(f"{pending.what} to {self.name}")
                pending.promise.reject(error)
        self._end(BrokerConnectionError(f"{self.name}: {first.what} was not answered", True))

    def _why_ended(self, what: str) -> GofkaError:
        if not self._opened.done:
            return BrokerConnectionError(f"{self.name}: {what}")
        if not self.versions and not self._is_known:
            tls = "" if self.options.tls else ", perhaps because it wants TLS"
            return NotKafkaError(f"{self.name}: {what} at the first request{tls}")
        if self.versions and not self.is_ready and self.options.sasl is not None:
            from .._errors import AuthenticationError

            return AuthenticationError(f"{self.name}: {what} during authentication")
        if not self.is_ready and not self.options.sasl:
            return BrokerConnectionError(f"{self.name}: {what}")
        return BrokerConnectionError(f"{self.name}: {what}", True)

    def _end(self, error: BaseException) -> None:
        if self.closed:
            return
        self.closed = True
        self._setup_timer.cancel()
        if self._timer is not None:
            self._timer.cancel()
        self.link.close()
        self._opened.reject(error)
        for promise in self._unanswered:
            promise.reject(BrokerConnectionError(str(error), True))
        pending, self._pending = list(self._pending), deque()
        for each in pending:
            if isinstance(error, BrokerConnectionError) or not isinstance(error, GofkaError):
                each.promise.reject(error)
            elif isinstance(error, ClientClosedError) or error.fatal or not self.is_ready:
                each.promise.reject(error)
            else:
                told = BrokerConnectionError(str(error), True)
                told.__cause__ = error
                each.promise.reject(told)
        self._chunks = []
        self._on_end(self, error)
