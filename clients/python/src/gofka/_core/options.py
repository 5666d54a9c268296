"""Options: the names and defaults that all clients have in common, and how they are checked.

Names are kafka-python's. Times are milliseconds where a name says so, and seconds inside the core.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple, Union

from typing import TypedDict

from .._errors import ConfigurationError
from .ports import Address

if TYPE_CHECKING:
    import ssl

MetricsHook = Callable[[Mapping[str, float]], None]


class CommonOptions(TypedDict, total=False):
    """What every client takes. See docs/python for the table with units and defaults."""

    bootstrap_servers: Union[str, Sequence[str]]
    client_id: str
    request_timeout_ms: int
    default_api_timeout_ms: int
    retry_backoff_ms: int
    retry_backoff_max_ms: int
    reconnect_backoff_ms: int
    reconnect_backoff_max_ms: int
    socket_connection_setup_timeout_ms: int
    connections_max_idle_ms: int
    metadata_max_age_ms: int
    receive_message_max_bytes: int
    security_protocol: str
    ssl_context: "Optional[ssl.SSLContext]"
    ssl_check_hostname: bool
    ssl_cafile: Optional[str]
    ssl_certfile: Optional[str]
    ssl_keyfile: Optional[str]
    ssl_password: Optional[str]
    ssl_ciphers: Optional[str]
    sasl_mechanism: Optional[str]
    sasl_plain_username: Optional[str]
    sasl_plain_password: Optional[str]
    sasl_oauth_token_provider: Any
    metrics_hook: Optional[MetricsHook]
    metrics_interval_ms: int


class Given:
    """The options somebody gave, taken out one by one; what is left at the end is a mistake."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._left: Dict[str, Any] = dict(options)
        self._known: List[str] = []

    def _take(self, name: str, default: Any) -> Any:
        self._known.append(name)
        return self._left.pop(name, default)

    def any(self, name: str, default: Any = None) -> Any:
        return self._take(name, default)

    def integer(self, name: str, default: int, low: int = 0, high: int = 2**63 - 1) -> int:
        value = self._take(name, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or int(value) != value:
            raise ConfigurationError(f"{name} is to be a whole number, not {value!r}")
        if not low <= value <= high:
            raise ConfigurationError(f"{name} is to be {low} to {high}, not {value!r}")
        return int(value)

    def seconds(self, name: str, default_ms: int, low_ms: int = 0) -> float:
        """Given in milliseconds."""
        value = self._take(name, default_ms)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= low_ms:
            raise ConfigurationError(f"{name} is to be at least {low_ms} ms, not {value!r}")
        return float(value) / 1000

    def flag(self, name: str, default: bool) -> bool:
        value = self._take(name, default)
        if not isinstance(value, bool):
            raise ConfigurationError(f"{name} is to be True or False, not {value!r}")
        return value

    def text(self, name: str, default: Optional[str] = None) -> Optional[str]:
        value = self._take(name, default)
        if value is not None and not isinstance(value, str):
            raise ConfigurationError(f"{name} is to be a text, not {value!r}")
        return value

    def choice(self, name: str, default: str, choices: Sequence[str]) -> str:
        value = self._take(name, default)
        if value not in choices:
            raise ConfigurationError(f"{name} is to be one of {', '.join(choices)}, not {value!r}")
        return str(value)

    def callback(self, name: str) -> Any:
        value = self._take(name, None)
        if value is not None and not callable(value):
            raise ConfigurationError(f"{name} is to be callable, not {value!r}")
        return value

    def end(self) -> None:
        """Refuse what nobody asked for."""
        if not self._left:
            return
        import difflib

        name = sorted(self._left)[0]
        near = difflib.get_close_matches(name, self._known, 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ConfigurationError(f"there is no option {name}{hint}")


def parse_address(text: str) -> Address:
    """`host`, `host:port`, `[::1]:port`, `PLAINTEXT://host:port`; the port is 9092 if left out."""
    bare = text.strip()
    if "://" in bare:
        bare = bare.split("://", 1)[1]
    if bare.startswith("["):
        host, bracket, rest = bare[1:].partition("]")
        port = rest[1:] if rest.startswith(":") else ""
        legal = bool(bracket) and (rest == "" or rest.startswith(":"))
    elif bare.count(":") > 1:
        host, port, legal = bare, "", True
    else:
        host, colon, port = bare.partition(":")
        legal = not (colon and not port)
    if not legal or not host or (port and not (port.isdecimal() and 0 < int(port) < 65536)):
        raise ConfigurationError(f"bootstrap_servers: {text!r} is no host:port")
    return Address(host, int(port) if port else 9092)


class Sasl:
    """How to log in; see sasl.py."""

    __slots__ = ("mechanism", "username", "password", "token_provider")

    def __init__(
        self,
        mechanism: str,
        username: Optional[str],
        password: Optional[str],
        token_provider: Any,
    ) -> None:
        self.mechanism = mechanism
        self.username = username
        self.password = password
        self.token_provider = token_provider


MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER")
PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")


class Common:
    """The common options, checked. Times are seconds."""

    def __init__(self, given: Given) -> None:
        servers = given.any("bootstrap_servers", "localhost:9092")
        if isinstance(servers, str):
            servers = servers.split(",")
        if not isinstance(servers, (list, tuple)) or not servers:
            raise ConfigurationError("bootstrap_servers is to be host:port, or a list of these")
        self.bootstrap: Tuple[Address, ...] = tuple(parse_address(str(each)) for each in servers)
        self.client_id: str = given.text("client_id", "gofka-python") or ""
        self.request_timeout_s = given.seconds("request_timeout_ms", 30_000, 1)
        self.api_timeout_s = given.seconds("default_api_timeout_ms", 60_000, 1)
        self.retry_backoff_s = given.seconds("retry_backoff_ms", 100)
        self.retry_backoff_max_s = given.seconds("retry_backoff_max_ms", 1_000)
        self.reconnect_backoff_s = given.seconds("reconnect_backoff_ms", 50)
        self.reconnect_backoff_max_s = given.seconds("reconnect_backoff_max_ms", 1_000)
        self.setup_timeout_s = given.seconds("socket_connection_setup_timeout_ms", 10_000, 1)
        self.idle_s = given.seconds("connections_max_idle_ms", 540_000, 1)
        self.metadata_max_age_s = given.seconds("metadata_max_age_ms", 300_000, 1)
        self.frame_bytes_max = given.integer("receive_message_max_bytes", 512 << 20, 1000)
        self.metrics_hook: Optional[MetricsHook] = given.callback("metrics_hook")
        self.metrics_interval_s = given.seconds("metrics_interval_ms", 10_000, 1)
        protocol = given.choice("security_protocol", "PLAINTEXT", PROTOCOLS)
        self.tls = self._tls(given, protocol in ("SSL", "SASL_SSL"))
        self.sasl = self._sasl(given, protocol.startswith("SASL_"))

    @staticmethod
    def _tls(given: Given, wanted: bool) -> "Optional[ssl.SSLContext]":
        context: "Optional[ssl.SSLContext]" = given.any("ssl_context")
        check_hostname = given.flag("ssl_check_hostname", True)
        cafile = given.text("ssl_cafile")
        certfile = given.text("ssl_certfile")
        keyfile = given.text("ssl_keyfile")
        password = given.text("ssl_password")
        ciphers = given.text("ssl_ciphers")
        if not wanted:
            if context is not None or cafile or certfile or keyfile:
                raise ConfigurationError("ssl_* options need security_protocol SSL or SASL_SSL")
            return None
        import ssl

        if context is not None:
            if not isinstance(context, ssl.SSLContext):
                raise ConfigurationError(f"ssl_context is to be an ssl.SSLContext, not {context!r}")
            return context
        try:
            context = ssl.create_default_context(cafile=cafile)
            context.check_hostname = check_hostname
            if certfile:
                context.load_cert_chain(certfile, keyfile, password)
            if ciphers:
                context.set_ciphers(ciphers)
        except (OSError, ssl.SSLError) as error:
            files = ", ".join(str(name) for name in (cafile, certfile, keyfile) if name)
            raise ConfigurationError(f"TLS cannot be set up with {files}: {error}") from error
        return context

    @staticmethod
    def _sasl(given: Given, wanted: bool) -> Optional[Sasl]:
        mechanism = given.text("sasl_mechanism")
        username = given.text("sasl_plain_username")
        password = given.text("sasl_plain_password")
        provider = given.any("sasl_oauth_token_provider")
        if not wanted:
            if mechanism or username or password or provider:
                raise ConfigurationError(
                    "sasl_* options need security_protocol SASL_PLAINTEXT or SASL_SSL"
                )
            return None
        if mechanism not in MECHANISMS:
            raise ConfigurationError(
                f"sasl_mechanism is to be one of {', '.join(MECHANISMS)}, not {mechanism!r}"
            )
        if mechanism == "OAUTHBEARER":
            if provider is None:
                raise ConfigurationError("OAUTHBEARER needs sasl_oauth_token_provider")
        elif username is None or password is None:
            raise ConfigurationError(
                f"{mechanism} needs sasl_plain_username and sasl_plain_password"
            )
        return Sasl(mechanism, username, password, provider)
