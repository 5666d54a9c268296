"""Every error of this package. All are below :class:`GofkaError`.

Errors that a broker answered are below :class:`BrokerError`, one class for each of Kafka's codes,
named after Kafka's name: UNKNOWN_TOPIC_OR_PARTITION is `UnknownTopicOrPartitionError`. Each class says
whether the same call may succeed later (`retriable`), whether the client is lost (`fatal`), and what
to do (`advice`).
"""

from __future__ import annotations

from ._errors import *  # noqa: F401,F403
from ._errors import BrokerError, GofkaError as GofkaError, describe as describe
from ._protocol.broker_errors import *  # noqa: F401,F403
from ._protocol.broker_errors import BY_CODE, UnknownServerError


def for_code(code: int, message: str = "") -> BrokerError:
    """The exception for an error code of a response; unknown codes are UnknownServerError."""
    known = BY_CODE.get(code)
    if known is None:
        return UnknownServerError(f"{message}: error code {code}" if message else f"error {code}")
    return known(message)


def check(code: int, message: str = "") -> None:
    """Raise the exception for `code` unless it is 0."""
    if code:
        raise for_code(code, message)
