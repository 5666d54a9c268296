"""Every error of this package. All are below :class:`GofkaError`.

Errors that a broker answered are below :class:`BrokerError`, one class for each of Kafka's codes,
named after Kafka's name: UNKNOWN_TOPIC_OR_PARTITION is `UnknownTopicOrPartitionError`.
"""

from __future__ import annotations

from ._errors import *  # noqa: F401,F403
from ._errors import BrokerError, GofkaError, describe as describe
