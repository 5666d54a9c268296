"""A socket of the blocking clients.

Place in the flow: a ThreadShell makes one for each connection of the core, and its selector calls it.
"""

from __future__ import annotations

import errno
import os
import selectors
import socket
from collections import deque
from typing import TYPE_CHECKING, Any, Callable, Deque, List, Optional, Tuple, Union

from .._core.ports import Address, Listener
from .._core.tasks import Promise
from .._errors import BrokerConnectionError, TlsError

if TYPE_CHECKING:
    from .threads import ThreadShell

Bytes = Union[bytes, bytearray]

READ_BYTES = 1 << 18
_IN_PROGRESS = (errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EINTR, errno.EALREADY)


class TcpLink:
    """A socket, perhaps with TLS. Tries all addresses of the name, one after another."""

    def __init__(
        self, shell: ThreadShell, address: Address, listener: Listener, tls: Optional[Any]
    ) -> None:
        self._shell = shell
        self._address = address
        self._listener = listener
        self._tls = tls
        self._socket: Optional[socket.socket] = None
        self._out: Deque[memoryview] = deque()
        self._written: Deque[Callable[[], None]] = deque()
        self._left: List[Tuple[Any, ...]] = []
        self._mask = 0
        self._is_open = False
        self._closed = False
        self._last_error: Optional[BaseException] = None
        host, port = address
        family = socket.AI_NUMERICHOST
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=family)
        except OSError:
            looking = shell.offload(lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
            looking.on_done(self._resolved)
        else:
            self._left = list(found)
            shell.engine.call_soon(self._try_next)

    def write(self, data: Bytes, on_written: Optional[Callable[[], None]] = None) -> None:
        if self._closed:
            return
        if self._out or not self._is_open:
            self._queue(memoryview(data), on_written)
            return
        assert self._socket is not None
        sent = 0
        try:
            sent = self._socket.send(data)
        except OSError as error:
            if not would_block(error):
                self._shell.engine.call_soon(self.fail, error)
                return
        if sent < len(data):
            self._queue(memoryview(data)[sent:], on_written)
            self._watch()
        elif on_written is not None:
            on_written()

    def _queue(self, data: memoryview, on_written: Optional[Callable[[], None]]) -> None:
        self._out.append(data)
        if on_written is not None:
            # An empty piece marks the place: what stood before it is written.
            self._out.append(memoryview(b""))
            self._written.append(on_written)

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._drop_socket()
        self._out.clear()

    # Connecting.

    def _resolved(self, promise: Promise[List[Tuple[Any, ...]]]) -> None:
        if self._closed:
            return
        if promise.error is not None:
            host = self._address.host
            self.fail(BrokerConnectionError(f"{host} cannot be resolved: {promise.error}"))
            return
        self._left = list(promise.result())
        self._try_next()

    def _try_next(self) -> None:
        if self._closed:
            return
        while self._left:
            family, kind, protocol, _, where = self._left.pop(0)
            try:
                self._socket = made = socket.socket(family, kind, protocol)
                made.setblocking(False)
                made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
                code = made.connect_ex(where)
            except OSError as error:
                self._last_error = error
                self._drop_socket()
                continue
            if code == 0 or code in _IN_PROGRESS:
                self._register(selectors.EVENT_WRITE, self._on_connect)
                return
            self._last_error = OSError(code, os.strerror(code))
            self._drop_socket()
        why = self._last_error
        self.fail(BrokerConnectionError(f"{self._address.host}:{self._address.port}: {why}"))

    def _on_connect(self, _mask: int) -> None:
        assert self._socket is not None
        code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            self._last_error = OSError(code, os.strerror(code))
            self._drop_socket()
            self._try_next()
            return
        if self._tls is None:
            self._opened()
            return
        self._unregister()
        try:
            self._socket = self._tls.wrap_socket(
                self._socket,
                server_hostname=self._address.host,
                do_handshake_on_connect=False,
            )
        except (OSError, ValueError) as error:
            self.fail(TlsError(f"{self._address.host}: {error}"))
            return
        self._register(selectors.EVENT_WRITE | selectors.EVENT_READ, self._on_handshake)

    def _on_handshake(self, _mask: int) -> None:
        handshake: Any = self._socket
        try:
            handshake.do_handshake()
        except OSError as error:
            if would_block(error):
                wants_write = type(error).__name__ == "SSLWantWriteError"
                self._modify(selectors.EVENT_WRITE if wants_write else selectors.EVENT_READ)
                return
            where = f"{self._address.host}:{self._address.port}"
            self.fail(TlsError(f"TLS with {where}: {tls_reason(error)}"))
        else:
            self._opened()

    def _opened(self) -> None:
        self._is_open = True
        self._unregister()
        mask = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._out else 0)
        self._register(mask, self._on_event)
        self._listener.on_open()

    # Open.

    def _on_event(self, mask: int) -> None:
        if mask & selectors.EVENT_WRITE:
            self._flush()
        if mask & selectors.EVENT_READ and not self._closed:
            self._read()

    def _flush(self) -> None:
        assert self._socket is not None
        out = self._out
        try:
            while out:
                piece = out[0]
                if not piece:
                    out.popleft()
                    self._written.popleft()()
                    continue
                sent = self._socket.send(piece)
                if sent == len(piece):
                    out.popleft()
                else:
                    out[0] = piece[sent:]
        except OSError as error:
            if not would_block(error):
                self.fail(error)
                return
        self._watch()

    def _read(self) -> None:
        made: Any = self._socket
        assert made is not None
        try:
            data = made.recv(READ_BYTES)
            while data and not self._closed:
                self._listener.on_data(data)
                if len(data) < READ_BYTES and not (self._tls is not None and made.pending()):
                    return
                if self._closed:
                    return
                data = made.recv(READ_BYTES)
        except OSError as error:
            if not would_block(error):
                self.fail(error)
            return
        if not data and not self._closed:
            self.fail(None)

    def _watch(self) -> None:
        if self._closed:
            return
        self._modify(selectors.EVENT_READ | (selectors.EVENT_WRITE if self._out else 0))

    def fail(self, error: Optional[BaseException]) -> None:
        if not self._closed:
            self.close()
            self._listener.on_closed(error)

    # The selector.

    def _register(self, mask: int, callback: Callable[[int], None]) -> None:
        assert self._socket is not None and self._shell._selector is not None
        self._mask = mask
        self._shell._selector.register(self._socket, mask, callback)

    def _modify(self, mask: int) -> None:
        if mask != self._mask and self._socket is not None and self._shell._selector is not None:
            self._mask = mask
            key = self._shell._selector.get_key(self._socket)
            self._shell._selector.modify(self._socket, mask, key.data)

    def _unregister(self) -> None:
        selector = self._shell._selector
        if self._socket is not None and selector is not None and self._mask:
            self._mask = 0
            try:
                selector.unregister(self._socket)
            except (KeyError, ValueError):
                pass

    def _drop_socket(self) -> None:
        self._unregister()
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def would_block(error: OSError) -> bool:
    """Also of TLS, whose module is loaded by those only who use it."""
    if isinstance(error, (BlockingIOError, InterruptedError)):
        return True
    return type(error).__name__ in ("SSLWantReadError", "SSLWantWriteError")


def tls_reason(error: OSError) -> str:
    reason = getattr(error, "reason", None) or str(error) or "the connection was closed"
    if reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"):
        return f"{reason}, so this is perhaps a plaintext port"
    verify = getattr(error, "verify_message", None)
    return f"{reason}: {verify}" if verify else str(reason)
