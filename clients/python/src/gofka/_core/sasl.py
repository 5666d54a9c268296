"""SASL on one connection: the handshake, and a mechanism's messages to and fro.

Place in the flow: connection.py runs :func:`authenticate` between ApiVersions and the first request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping, Optional, Tuple

from .._errors import AuthenticationError, GofkaError
from .options import Sasl

if TYPE_CHECKING:
    from .connection import Connection

#: More turns than any mechanism takes.
TURNS_MAX = 10


async def authenticate(connection: Connection, sasl: Sasl) -> float:
    """Log in; answers how long that holds in seconds, 0 for ever (KIP-368)."""
    from .. import errors
    from .._protocol.sasl_authenticate import SaslAuthenticateRequest
    from .._protocol.sasl_handshake import SaslHandshakeRequest
    from .scram import ask_token, make_mechanism

    token: Optional[Tuple[str, Mapping[str, str]]] = None
    if sasl.mechanism == "OAUTHBEARER":
        try:
            token = await connection.ports.offload(lambda: ask_token(sasl.token_provider))
        except GofkaError:
            raise
        except Exception as error:
            raise AuthenticationError(f"sasl_oauth_token_provider raised {error!r}") from error
    try:
        mechanism: Any = make_mechanism(sasl.mechanism, sasl.username, sasl.password, token)
    except ValueError as error:
        raise AuthenticationError(str(error)) from error
    shaken = await connection.ask_now(SaslHandshakeRequest(sasl.mechanism), 1)
    if shaken.error_code:
        enabled = ", ".join(shaken.mechanisms) or "nothing"
        raise errors.for_code(shaken.error_code, f"the broker offers {enabled}")
    message: Optional[bytes] = mechanism.first()
    lifetime_ms = 0
    for _ in range(TURNS_MAX):
        if message is None:
            return lifetime_ms / 1000
        version = connection.version_of(SaslAuthenticateRequest)
        answer = await connection.ask_now(SaslAuthenticateRequest(message), version)
        if answer.error_code:
            raise errors.for_code(answer.error_code, answer.error_message or "")
        lifetime_ms = answer.session_lifetime_ms
        message = mechanism.next(bytes(answer.auth_bytes))
    raise AuthenticationError(f"{sasl.mechanism} does not come to an end")
