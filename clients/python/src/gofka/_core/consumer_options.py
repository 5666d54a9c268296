"""Options of consumers: the names kafka-python has where it has them.

Place in the flow: a shell gives what the application gave; the consumer's core reads the result.
"""

from __future__ import annotations

from typing import Any, Callable, List, Mapping, Optional, Sequence, Union

from .._errors import ConfigurationError
from .group.assignors import make_assignors
from .group.assignors.assignor import Assignor
from .offset_reset import make_reset
from .options import Common, CommonOptions, Given

Deserializer = Callable[[bytes], Any]


class ConsumerOptions(CommonOptions, total=False):
    """What a consumer takes beside the common options. Times in milliseconds, sizes in bytes."""

    group_id: Optional[str]
    group_instance_id: Optional[str]
    #: "classic", or "consumer" for KIP-848.
    group_protocol: str
    #: Of the consumer protocol: which assignor the broker is to use.
    group_remote_assignor: Optional[str]
    partition_assignment_strategy: "Sequence[Union[str, Assignor]]"
    key_deserializer: Optional[Deserializer]
    value_deserializer: Optional[Deserializer]
    auto_offset_reset: str
    enable_auto_commit: bool
    auto_commit_interval_ms: int
    isolation_level: str
    check_crcs: bool
    client_rack: str
    fetch_min_bytes: int
    fetch_max_bytes: int
    fetch_max_wait_ms: int
    max_partition_fetch_bytes: int
    #: Of everything that is fetched ahead.
    fetch_buffer_bytes: int
    max_poll_records: int
    max_poll_interval_ms: int
    session_timeout_ms: int
    heartbeat_interval_ms: int
    consumer_timeout_ms: float
    exclude_internal_topics: bool
    allow_auto_create_topics: bool


def _deserializer(name: str, given: Any) -> Optional[Deserializer]:
    """A function, or an object with a method ``deserialize(bytes)``."""
    if given is None:
        return None
    method = getattr(given, "deserialize", given)
    if not callable(method):
        raise ConfigurationError(f"{name} is to be a function or to have a method deserialize")
    deserializer: Deserializer = method
    return deserializer


class ConsumerSettings:
    """The options, checked. Times are seconds."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        given = Given(options)
        self.common = Common(given)
        self.group_id = given.text("group_id")
        self.instance_id = given.text("group_instance_id")
        self.protocol = given.choice("group_protocol", "classic", ("classic", "consumer"))
        self.remote_assignor = given.text("group_remote_assignor")
        strategy = given.any("partition_assignment_strategy", ("range", "cooperative-sticky"))
        if isinstance(strategy, str):
            strategy = [each.strip() for each in strategy.split(",")]
        self.assignors: List[Assignor] = make_assignors(strategy)
        self.key_deserializer = _deserializer("key_deserializer", given.any("key_deserializer"))
        self.value_deserializer = _deserializer("value_deserializer", given.any("value_deserializer"))
        self.reset_to = make_reset(given.text("auto_offset_reset", "latest") or "")
        self.auto_commit = given.flag("enable_auto_commit", True) and self.group_id is not None
        self.auto_commit_interval_s = given.seconds("auto_commit_interval_ms", 5_000, 1)
        levels = ("read_uncommitted", "read_committed")
        self.read_committed = given.choice("isolation_level", levels[0], levels) == levels[1]
        self.check_crcs = given.flag("check_crcs", True)
        self.rack = given.text("client_rack", "") or ""
        self.fetch_min_bytes = given.integer("fetch_min_bytes", 1, 1, 2**31 - 1)
        self.fetch_max_bytes = given.integer("fetch_max_bytes", 50 << 20, 1, 2**31 - 1)
        self.fetch_max_wait_s = given.seconds("fetch_max_wait_ms", 500)
        self.partition_max_bytes = given.integer("max_partition_fetch_bytes", 1 << 20, 1, 2**31 - 1)
        self.buffer_bytes = given.integer("fetch_buffer_bytes", 64 << 20, 1)
        self.max_poll_records = given.integer("max_poll_records", 500, 1)
        self.max_poll_interval_s = given.seconds("max_poll_interval_ms", 300_000, 1)
        self.session_timeout_s = given.seconds("session_timeout_ms", 45_000, 1)
        self.heartbeat_interval_s = given.seconds("heartbeat_interval_ms", 3_000, 1)
        self.consumer_timeout_s = given.seconds("consumer_timeout_ms", float("inf"))  # type: ignore[arg-type]
        self.exclude_internal = given.flag("exclude_internal_topics", True)
        self.auto_create = given.flag("allow_auto_create_topics", True)
        given.end()
        if self.group_id == "":
            raise ConfigurationError("group_id is empty; leave it out to read without a group")
        if self.heartbeat_interval_s >= self.session_timeout_s:
            raise ConfigurationError("heartbeat_interval_ms is to be less than session_timeout_ms")
        if self.instance_id is not None and self.group_id is None:
            raise ConfigurationError("group_instance_id needs a group_id")
