"""A proxy that does to a connection what networks do: cuts, delays and splits.

Listens on a port of its own; `target` is set when the broker behind it is up (which advertises the proxy).
"""

import random
import selectors
import socket
import struct
import threading
import time

CHUNK = 1 << 16


class FaultProxy:
    """All in one thread. `cuts` counts the connections that were ended on purpose.

    :param lives: what a connection lives, in bytes of both directions: a function of the random
        source, or None for ever. The cut comes in the middle of whatever passes then.
    :param delay_s: how long each piece of data is held back at most.
    :param split: the longest piece that is passed on at once, or 0.
    """

    def __init__(self, seed=1, lives=None, delay_s=0.0, split=0):
        self.random = random.Random(seed)
        self.lives = lives
        self.delay_s = delay_s
        self.split = split
        self.cuts = 0
        self.cuts_max = float("inf")
        self.target = None
        self.refusing = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setblocking(False)
        self.port = self._listener.getsockname()[1]
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        self._pairs = set()
        self._stopping = False
        self._cut_all = False
        self._thread = threading.Thread(target=self._loop, name="proxy", daemon=True)
        self._thread.start()

    @property
    def bootstrap(self):
        return f"127.0.0.1:{self.port}"

    def cut_all(self):
        """End every connection there is, soon."""
        self._cut_all = True

    def close(self):
        self._stopping = True
        self._thread.join(10)

    def _loop(self):
        while not self._stopping:
            now = time.monotonic()
            due = [pair.pass_on(now) for pair in list(self._pairs)]
            waits = [at - now for at in due if at is not None]
            timeout = max(0.0, min([0.05, *waits]))
            for key, mask in self._selector.select(timeout):
                key.data(mask)
            if self._cut_all:
                self._cut_all = False
                for pair in list(self._pairs):
                    pair.cut()
        for pair in list(self._pairs):
            pair.end()
        self._listener.close()
        self._selector.close()

    def _accept(self, _):
        client, _ = self._listener.accept()
        if self.refusing or self.target is None:
            client.close()
            return
        try:
            server = socket.create_connection(self.target, 5)
        except OSError:
            client.close()
            return
        self._pairs.add(_Pair(self, client, server))


class _Pair:
    def __init__(self, proxy, client, server):
        self.proxy = proxy
        self.ends = (client, server)
        self.held = {client: [], server: []}  # What is to be written to it, and when.
        self.left = None if proxy.lives is None else proxy.lives(proxy.random)
        self.is_over = False
        for end, other in ((client, server), (server, client)):
            end.setblocking(False)
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            read = lambda _, end=end, other=other: self._read(end, other)  # noqa: E731
            proxy._selector.register(end, selectors.EVENT_READ, read)

    def _read(self, end, other):
        if self.is_over:
            return
        try:
            data = end.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.end()
            return
        proxy = self.proxy
        at = time.monotonic() + (proxy.random.random() * proxy.delay_s if proxy.delay_s else 0)
        if self.held[other]:
            at = max(at, self.held[other][-1][0])
        step = proxy.split or len(data)
        for start in range(0, len(data), step):
            self.held[other].append((at, data[start : start + step]))
        self.pass_on(time.monotonic())

    def pass_on(self, now):
        """Write what is due; answers when there is more."""
        due = None
        for end, held in self.held.items():
            while held and held[0][0] <= now and not self.is_over:
                at, data = held.pop(0)
                if self.left is not None and self.proxy.cuts < self.proxy.cuts_max:
                    if len(data) >= self.left:
                        self._write(end, data[: self.left])
                        self.cut()
                        return None
                    self.left -= len(data)
                self._write(end, data)
            if held:
                due = held[0][0] if due is None else min(due, held[0][0])
        return due

    def _write(self, end, data):
        try:
            end.setblocking(True)
            end.settimeout(10)
            end.sendall(data)
            end.setblocking(False)
        except OSError:
            self.end()

    def cut(self):
        if not self.is_over:
            self.proxy.cuts += 1
            for end in self.ends:
                try:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                except OSError:
                    pass
            self.end()

    def end(self):
        if self.is_over:
            return
        self.is_over = True
        self.proxy._pairs.discard(self)
        for end in self.ends:
            try:
                self.proxy._selector.unregister(end)
            except (KeyError, ValueError):
                pass
            end.close()
