"""What a client says to prove who it is: SASL PLAIN, SCRAM and OAUTHBEARER as machines without I/O.

Place in the flow: the connection opens, sasl.py asks :func:`make_mechanism` for one of these and carries
its messages to the broker and back. A machine is used for one connection only.

PLAIN is RFC 4616; SCRAM is RFC 5802 and, with SHA-256, RFC 7677; OAUTHBEARER is RFC 7628.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Any, Callable, Dict, Mapping, Optional, Protocol, Tuple, Union

from .._errors import AuthenticationError

__all__ = ["Mechanism", "OAuthBearer", "Plain", "SaslProtocolError", "Scram", "make_mechanism"]

#: As Kafka's ScramFormatter: a broker that asks for more work than this wants to keep us busy.
ITERATIONS_MIN = 4_096
ITERATIONS_MAX = 1_000_000


class SaslProtocolError(AuthenticationError):
    """The other side refused, or cannot prove that it knows the password, or speaks nonsense."""


class Mechanism(Protocol):
    """One way to log in."""

    name: str

    def first(self) -> bytes:
        """The first message."""

    def next(self, challenge: bytes) -> Optional[bytes]:
        """The message after what the broker answered; None when it is over and all is well.

        :raises SaslProtocolError: all is not well.
        """


class Plain:
    """User name and password as they are. To be used over TLS."""

    name = "PLAIN"

    def __init__(self, username: str, password: str, authorization_id: str = "") -> None:
        if "\0" in username + password + authorization_id:
            raise ValueError("no NUL can stand in a user name or password")
        self._message = f"{authorization_id}\0{username}\0{password}".encode()

    def first(self) -> bytes:
        return self._message

    def next(self, challenge: bytes) -> Optional[bytes]:
        return None


class Scram:
    """Proves on both sides that the password is known, without telling it."""

    def __init__(
        self,
        name: str,
        username: str,
        password: str,
        nonce: Optional[str] = None,
        extensions: Optional[Mapping[str, str]] = None,
    ) -> None:
        """
        :param name: ``SCRAM-SHA-256`` or ``SCRAM-SHA-512``.
        :param nonce: for tests; a random one otherwise.
        :param extensions: ``{"tokenauth": "true"}`` logs in with a delegation token (KIP-48).
        """
        digests = {"SCRAM-SHA-256": "sha256", "SCRAM-SHA-512": "sha512"}
        if name not in digests:
            raise ValueError(f"{name} is none of {', '.join(digests)}")
        self.name = name
        self._digest = digests[name]
        self._password = password.encode()
        self._nonce = nonce if nonce is not None else secrets.token_urlsafe(24)
        user = username.replace("=", "=3D").replace(",", "=2C")
        extra = "".join(f",{key}={value}" for key, value in (extensions or {}).items())
        # No SASLprep: Kafka's ScramFormatter takes names and passwords as they are.
        self._bare = f"n={user},r={self._nonce}{extra}"
        self._server_signature: Optional[bytes] = None
        self._is_over = False

    def first(self) -> bytes:
        return f"n,,{self._bare}".encode()

    def next(self, challenge: bytes) -> Optional[bytes]:
        if self._is_over:
            raise SaslProtocolError("a message after the last one")
        fields = _fields(challenge)
        if "e" in fields:
            raise SaslProtocolError(f"the broker refused: {fields['e']}")
        if self._server_signature is None:
            return self._prove(challenge, fields)
        self._is_over = True
        if not hmac.compare_digest(_decoded(fields.get("v", "")), self._server_signature):
            raise SaslProtocolError("the broker does not know the password itself")
        return None

    def _prove(self, challenge: bytes, fields: Dict[str, str]) -> bytes:
        nonce = fields.get("r", "")
        if not nonce.startswith(self._nonce) or nonce == self._nonce:
            raise SaslProtocolError("the broker's nonce does not continue ours")
        salt = _decoded(fields.get("s", ""))
        iterations = fields.get("i", "")
        if not salt or not iterations.isdecimal():
            raise SaslProtocolError("the broker gave no salt or no count of iterations")
        count = int(iterations)
        if not ITERATIONS_MIN <= count <= ITERATIONS_MAX:
            raise SaslProtocolError(f"{count} iterations are too few or too many")
        salted = hashlib.pbkdf2_hmac(self._digest, self._password, salt, count)
        final = f"c=biws,r={nonce}"
        said = f"{self._bare},".encode() + challenge + f",{final}".encode()
        client_key = self._hmac(salted, b"Client Key")
        signature = self._hmac(hashlib.new(self._digest, client_key).digest(), said)
        proof = bytes(a ^ b for a, b in zip(client_key, signature))
        self._server_signature = self._hmac(self._hmac(salted, b"Server Key"), said)
        return f"{final},p={base64.b64encode(proof).decode()}".encode()

    def _hmac(self, key: bytes, message: bytes) -> bytes:
        return hmac.new(key, message, self._digest).digest()


class OAuthBearer:
    """A token that somebody else issued. Extensions are KIP-342's."""

    name = "OAUTHBEARER"

    def __init__(self, token: str, extensions: Optional[Mapping[str, str]] = None) -> None:
        """:raises ValueError: a character that may not stand there (RFC 6750, 2.1; KIP-342)."""
        pairs = dict(extensions or {})
        for key, value in pairs.items():
            if not (key.isascii() and key.isalpha()) or key == "auth" or not _is_plain(value):
                raise ValueError(f"extension {key!r} cannot be told")
        if not token or not _is_plain(token) or "\n" in token or " " in token:
            raise ValueError("the token is empty or has a character that no token has")
        extra = "".join(f"{key}={value}\x01" for key, value in pairs.items())
        self._message = f"n,,\x01auth=Bearer {token}\x01{extra}\x01".encode()
        self._refusal: Optional[str] = None

    def first(self) -> bytes:
        return self._message

    def next(self, challenge: bytes) -> Optional[bytes]:
        if self._refusal is not None:
            raise SaslProtocolError(f"the broker refused the token: {self._refusal}")
        if not challenge:
            return None
        # A refusal is to be answered by one byte, upon which the broker ends it (RFC 7628, 3.2.3).
        self._refusal = challenge.decode("utf-8", "replace")[:500]
        return b"\x01"


#: ``() -> token``, or ``() -> (token, extensions)``, or an object with a method ``token()`` as
#: kafka-python has it. It may block: it is called off the I/O thread.
TokenProvider = Union[Callable[[], Any], Any]


def ask_token(provider: TokenProvider) -> Tuple[str, Mapping[str, str]]:
    """The token that the application's callback gives, with its extensions.

    :raises TypeError: it gave neither a text nor a pair.
    """
    given = provider.token() if hasattr(provider, "token") else provider()
    extensions: Any = {}
    if isinstance(given, tuple) and len(given) == 2:
        given, extensions = given
    elif hasattr(provider, "extensions"):
        extensions = provider.extensions()
    if not isinstance(given, str):
        raise TypeError("the token callback gives a text, or a text and extensions")
    return given, dict(extensions)


def make_mechanism(
    name: str,
    username: Optional[str] = None,
    password: Optional[str] = None,
    token: Optional[Tuple[str, Mapping[str, str]]] = None,
) -> Mechanism:
    """A fresh machine for one connection.

    :raises ValueError: there is no such mechanism, or something that it needs is missing.
    """
    if name == "OAUTHBEARER":
        if token is None:
            raise ValueError("OAUTHBEARER needs sasl_oauth_token_provider")
        return OAuthBearer(*token)
    if username is None or password is None:
        raise ValueError(f"{name} needs sasl_plain_username and sasl_plain_password")
    if name == "PLAIN":
        return Plain(username, password)
    return Scram(name, username, password)


def _fields(message: bytes) -> Dict[str, str]:
    try:
        parts = message.decode().split(",")
    except UnicodeDecodeError:
        raise SaslProtocolError("the broker's message is no text") from None
    if len(parts) > 20 or any(part[1:2] != "=" for part in parts):
        raise SaslProtocolError("the broker's message is none of SCRAM's")
    return {part[0]: part[2:] for part in parts}


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise SaslProtocolError("the broker's message is no base64") from None


def _is_plain(text: str) -> bool:
    return all(char in "\t\r\n" or " " <= char <= "~" for char in text)
