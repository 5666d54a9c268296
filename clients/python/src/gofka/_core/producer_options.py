"""The producer's options, as kafka-python names them, and how they are checked against each other."""

from __future__ import annotations

from typing import Any, Callable, Mapping, Optional, Union

from .._codecs import codec_number
from .._errors import ConfigurationError
from ..partitioners import make_partitioner
from .options import Common, CommonOptions, Given

Serializer = Callable[[Any], Optional[bytes]]

#: What a request has beside the records of its batches.
REQUEST_OVERHEAD = 1024


class ProducerOptions(CommonOptions, total=False):
    acks: Union[int, str]
    enable_idempotence: bool
    compression_type: Optional[str]
    compression_level: Optional[int]
    batch_size: int
    linger_ms: float
    buffer_memory: int
    max_block_ms: int
    max_request_size: int
    max_in_flight_requests_per_connection: int
    delivery_timeout_ms: int
    retries: int
    partitioner: Any
    key_serializer: Optional[Serializer]
    value_serializer: Optional[Serializer]
    transactional_id: Optional[str]
    transaction_timeout_ms: int
    allow_auto_create_topics: bool


class ProducerConfig:
    """The options, checked. Times are seconds."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        given = Given(options)
        self.common = Common(given)
        self.transactional_id = given.text("transactional_id")
        acks = given.any("acks", "all")
        if acks not in (0, 1, -1, "all", "0", "1", "-1") or isinstance(acks, bool):
            raise ConfigurationError(f'acks is to be 0, 1 or "all", not {acks!r}')
        self.acks = -1 if acks == "all" else int(acks)
        wants = given.any("enable_idempotence", None)
        if wants not in (None, True, False):
            raise ConfigurationError(f"enable_idempotence is to be True or False, not {wants!r}")
        self.retries = given.integer("retries", 2**31 - 1)
        self.in_flight_max = given.integer("max_in_flight_requests_per_connection", 5, 1)
        self.idempotent = self._idempotence(wants)
        compression = given.text("compression_type")
        try:
            self.codec = codec_number(compression)
        except ValueError as error:
            raise ConfigurationError(str(error)) from error
        level = given.any("compression_level", None)
        if level is not None and (not isinstance(level, int) or isinstance(level, bool)):
            raise ConfigurationError(f"compression_level is to be a number, not {level!r}")
        self.level: Optional[int] = level
        self.request_bytes_max = given.integer("max_request_size", 1 << 20, 2048)
        self.batch_bytes = min(given.integer("batch_size", 16_384), self.request_bytes_max)
        self.linger_s = given.seconds("linger_ms", 0)
        self.memory = given.integer("buffer_memory", 32 << 20, 2048)
        self.block_s = given.seconds("max_block_ms", 60_000)
        self.delivery_s = given.seconds("delivery_timeout_ms", 120_000, 1)
        try:
            self.partitioner = make_partitioner(given.any("partitioner", None))
        except (ValueError, TypeError) as error:
            raise ConfigurationError(str(error)) from error
        self.key_serializer: Optional[Serializer] = given.callback("key_serializer")
        self.value_serializer: Optional[Serializer] = given.callback("value_serializer")
        self.transaction_timeout_ms = given.integer("transaction_timeout_ms", 60_000, 1)
        self.auto_create = given.flag("allow_auto_create_topics", True)
        given.end()

    def _idempotence(self, wants: Optional[bool]) -> bool:
        """On unless something was chosen that it cannot go with, as in Java."""
        obstacles = []
        if self.acks != -1:
            obstacles.append('acks="all"')
        if self.in_flight_max > 5:
            obstacles.append("max_in_flight_requests_per_connection of at most 5")
        if self.retries == 0:
            obstacles.append("retries")
        if self.transactional_id is not None:
            if wants is False or obstacles or not self.transactional_id:
                needs = obstacles or ["enable_idempotence and a name"]
                raise ConfigurationError(f"transactional_id needs {', '.join(needs)}")
            return True
        if wants and obstacles:
            raise ConfigurationError(f"enable_idempotence needs {', '.join(obstacles)}")
        return not obstacles if wants is None else wants
