"""The root of all errors, and those that the client itself finds. See ``gofka.errors``."""

from __future__ import annotations

from typing import ClassVar, Optional


class GofkaError(Exception):
    """Root of everything this package raises.

    `retriable`: the same call may succeed later. `fatal`: the client that raised it is of no use any
    more and must be closed. `advice`: what to do about it.
    """

    retriable: ClassVar[bool] = False
    fatal: ClassVar[bool] = False
    advice: ClassVar[str] = ""

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        text = self.message or type(self).__name__
        return f"{text}. {self.advice}" if self.advice else text


class BrokerError(GofkaError):
    """An error that a broker answered; one class below this for each of Kafka's errors."""

    #: Kafka's number and name of it.
    code: ClassVar[int] = -1
    name: ClassVar[str] = ""
    meaning: ClassVar[str] = ""

    def __str__(self) -> str:
        text = f"{self.meaning} ({self.name})"
        if self.message:
            text = f"{self.message}: {text}"
        return f"{text}. {self.advice}" if self.advice else text


class ConfigurationError(GofkaError, ValueError):
    """An option is unknown, contradicts another one, or has no legal value."""

    advice = "See the table of options in the documentation"


class ClientClosedError(GofkaError):
    """The client has been closed, or is being closed."""

    advice = "Make a new client; a closed one cannot be used again"


class ForkedError(GofkaError):
    """The process was forked after the client had been made; its thread exists in the parent only."""

    advice = "Make the client after the fork"


class WrongLoopError(GofkaError):
    """A client of gofka.aio was used from an event loop other than its own."""

    advice = "Make one client for each event loop"


class WrongThreadError(GofkaError):
    """A call that would wait for the client's own thread was made on that thread."""

    advice = "Do not block in callbacks; hand the work to a thread of your own"


class IllegalStateError(GofkaError):
    """The call does not fit what the client is doing."""


class ClientTimeoutError(GofkaError, TimeoutError):
    """Nothing came within the time that the call or an option allows."""

    retriable = True


class BrokerConnectionError(GofkaError, ConnectionError):
    """A broker cannot be reached, or the connection ended before the answer came."""

    retriable = True
    advice = "The client connects again by itself; if it lasts, check host, port and network"

    def __init__(self, message: str = "", was_sent: bool = False) -> None:
        super().__init__(message)
        #: The request had left: it may have been carried out.
        self.was_sent = was_sent


class NoBrokersError(BrokerConnectionError):
    """None of the bootstrap servers could be reached."""

    advice = "Check bootstrap_servers, and that a node is listening there"


class NotKafkaError(BrokerConnectionError):
    """What listens there does not speak Kafka's protocol, or only behind TLS."""

    retriable = False
    advice = "Check the port, and security_protocol: PLAINTEXT and SSL are different listeners"


class TlsError(BrokerConnectionError):
    """The TLS handshake failed."""

    retriable = False
    advice = "Check security_protocol, ssl_cafile, and that the certificate names the host"


class AuthenticationError(GofkaError):
    """SASL failed before a broker could say why, or the mechanism is not to be had."""

    fatal = True
    advice = "Check sasl_mechanism, sasl_plain_username and sasl_plain_password"


class ProtocolError(GofkaError):
    """Bytes came that cannot be read as what they should be."""

    advice = "If the other side is a Kafka broker, please report this"


class CorruptBatchError(ProtocolError):
    """A record batch does not hold together: its checksum, a length, a count."""

    advice = "The data was damaged on disk or on the way; read it again or skip the batch"


class SerializationError(GofkaError):
    """A serializer or deserializer raised, or gave something else than bytes."""

    advice = "The original exception is the __cause__"


class BufferFullError(ClientTimeoutError):
    """buffer_memory was full for max_block_ms: records come faster than brokers take them."""

    advice = "Send slower, raise buffer_memory, or check why the brokers are slow"


class DeliveryTimeoutError(ClientTimeoutError):
    """A record was not acknowledged within delivery_timeout_ms. It may have been written."""

    advice = "The error that stood in the way is the __cause__"


class RecordTooLargeError(GofkaError):
    """The record does not fit into max_request_size or buffer_memory."""

    advice = "Raise max_request_size (and max.message.bytes of the topic), or send smaller records"


class MissingCodecError(GofkaError):
    """The codec of a batch needs a package that is not installed."""

    advice = ""


class TransactionAbortedError(GofkaError):
    """The record was given up because its transaction was aborted."""

    advice = "Send it again in the next transaction"


class CommitFailedError(GofkaError):
    """The group has rebalanced without this member: its offsets were not committed."""

    advice = "Make max_poll_interval_ms longer or process fewer records per poll"


class NoOffsetError(GofkaError):
    """There is no committed offset and auto_offset_reset is "none"."""

    advice = "Seek, or set auto_offset_reset to earliest or latest"


class LogTruncationError(GofkaError):
    """Records that were read are not in the log any more, and auto_offset_reset is "none" (KIP-320)."""

    advice = "Seek to where the log ends, or further back; what was read behind that was lost by the broker"


def describe(error: Optional[BaseException]) -> str:
    """One line about an error, for log lines and messages."""
    return "unknown" if error is None else f"{type(error).__name__}: {error}"
