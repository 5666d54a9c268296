"""What a consumer wants to read: topics by name, or all whose names match a pattern. Topics come and go,
so the metadata is watched.

Place in the flow: the consumer's core changes it; memberships ask it for the topics.
"""

from __future__ import annotations

import re
from typing import Callable, Iterable, List, Optional, Pattern, Sequence, Union

from .._errors import ConfigurationError
from ..errors import for_code
from ..records import SubscriptionPattern
from .client import Client
from .tasks import Task

#: Matched here, or by the broker.
TopicPattern = Union[None, str, Pattern[str], SubscriptionPattern]

#: While a topic is wanted that there is not, it is asked for as often as this.
_MISSING_AGAIN_S = 1.0
#: INVALID_TOPIC_EXCEPTION and TOPIC_AUTHORIZATION_FAILED: no waiting mends these.
_HOPELESS = (17, 29)


class Subscription:
    """``refreshed`` hears whenever the topics have been looked up; ``failed`` of hopeless ones."""

    def __init__(
        self,
        client: Client,
        exclude_internal: bool,
        refreshed: Callable[[], None],
        failed: Callable[[Exception], None],
    ) -> None:
        self._client = client
        self._exclude_internal = exclude_internal
        self._refreshed = refreshed
        self._failed = failed
        #: In order; each once.
        self.topics: List[str] = []
        self._pattern: Optional[Pattern[str]] = None
        #: The broker looks for the topics, and tells by what it assigns.
        self.broker_pattern: Optional[str] = None
        self._watcher: Optional[Task[None]] = None

    @property
    def is_empty(self) -> bool:
        return not self.topics and self._pattern is None and self.broker_pattern is None

    def choose(self, topics: Sequence[str], pattern: TopicPattern) -> None:
        """:raises ConfigurationError: the pattern is none, or both are given."""
        if pattern is not None and topics:
            raise ConfigurationError("subscribe takes topics or a pattern, not both")
        self.broker_pattern = None
        if isinstance(pattern, SubscriptionPattern):
            self.broker_pattern, pattern = pattern.pattern, None
        try:
            self._pattern = None if pattern is None else re.compile(pattern)
        except re.error as error:
            raise ConfigurationError(f"pattern {pattern!r}: {error}") from error
        cluster = self._client.cluster
        if self._pattern is None:
            wanted = sorted(set(topics))
            cluster.unwatch(set(self.topics) - set(wanted))
            self.topics = wanted
            cluster.watch(wanted)
            if self.broker_pattern is not None:
                # What is assigned is told by ids, whose names are to be known.
                cluster.watch_all()
        else:
            self._match(cluster.topics)
            cluster.watch_all()
        if self._watcher is None:
            self._watcher = self._client.engine.daemon(self._watch(), "subscription")
        self._refreshed()

    def stop(self) -> None:
        if self._watcher is not None:
            self._watcher.cancel()
        self._watcher = self._pattern = self.broker_pattern = None
        self._client.cluster.unwatch(self.topics)
        self.topics = []

    async def _watch(self) -> None:
        cluster = self._client.cluster
        while True:
            again_s = _MISSING_AGAIN_S if any(map(self._is_missing, self.topics)) else None
            if not await cluster.updated.wait(again_s):
                cluster.stale()
                continue
            for topic in self.topics:
                info = cluster.topics.get(topic)
                if info is not None and info.error_code in _HOPELESS:
                    self._failed(for_code(info.error_code, f"topic {topic!r}"))
            if self._pattern is not None:
                self._match(cluster.topics)
            self._refreshed()

    def _is_missing(self, topic: str) -> bool:
        info = self._client.cluster.topics.get(topic)
        return info is None or not info.partitions

    def _match(self, known: Iterable[str]) -> None:
        pattern = self._pattern
        assert pattern is not None
        topics = self._client.cluster.topics
        self.topics = sorted(
            name
            for name in known
            if pattern.match(name) and not (self._exclude_internal and topics[name].is_internal)
        )
