"""Logging in, in a world in memory: mechanisms, wrong passwords, tokens, brokers that hang up."""

import pytest

import gofka.errors as errors
from gofka._protocol.metadata import MetadataRequest
from gofka._protocol.sasl_authenticate import SaslAuthenticateRequest
from gofka._protocol.sasl_handshake import SaslHandshakeRequest
from world import Cluster, World


@pytest.fixture
def world():
    return World(3)


def sasl_client(world, **options):
    options = {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "PLAIN",
        "sasl_plain_username": "u",
        "sasl_plain_password": "p",
        **options,
    }
    return world.client(**options)


def test_logging_in(world):
    cluster = Cluster(world)
    said = []
    handshake, authenticate = SaslHandshakeRequest.response, SaslAuthenticateRequest.response

    def shake(broker, request, version):
        said.append(request.mechanism)
        return handshake(0, ["PLAIN"])

    def log_in(broker, request, version):
        said.append(bytes(request.auth_bytes))
        return authenticate(0, None, b"", 4_000)

    cluster.overrides = {"SaslHandshake": shake, "SaslAuthenticate": log_in}
    client = sasl_client(world)
    world.run(client.cluster.refresh())
    assert said == ["PLAIN", b"\0u\0p"]
    world.run(client.ask(1, MetadataRequest([])))
    before = world.connects
    world.run(world.engine.sleep(5))
    world.run(client.ask(1, MetadataRequest([])))
    assert world.connects > before, "a session that ends is replaced before"


def test_a_wrong_password_is_told_at_once(world):
    cluster = Cluster(world)
    cluster.overrides = {
        "SaslHandshake": lambda *_: SaslHandshakeRequest.response(0, ["PLAIN"]),
        "SaslAuthenticate": lambda *_: SaslAuthenticateRequest.response(58, "wrong password"),
    }
    client = sasl_client(world)
    with pytest.raises(errors.SaslAuthenticationFailedError, match="wrong password") as caught:
        world.run(client.ask_any(MetadataRequest([])))
    assert caught.value.fatal and world.engine.now < 1


def test_a_mechanism_that_is_not_enabled(world):
    cluster = Cluster(world)
    cluster.overrides = {
        "SaslHandshake": lambda *_: SaslHandshakeRequest.response(33, ["SCRAM-SHA-512"])
    }
    client = sasl_client(world)
    with pytest.raises(errors.UnsupportedSaslMechanismError, match="offers SCRAM-SHA-512"):
        world.run(client.ask_any(MetadataRequest([])))


def test_a_token_callback(world):
    cluster = Cluster(world)
    said = []

    def log_in(broker, request, version):
        said.append(bytes(request.auth_bytes))
        return SaslAuthenticateRequest.response(0, None, b"")

    cluster.overrides = {
        "SaslHandshake": lambda *_: SaslHandshakeRequest.response(0, ["OAUTHBEARER"]),
        "SaslAuthenticate": log_in,
    }
    options = {"sasl_mechanism": "OAUTHBEARER"}
    client = sasl_client(world, **options, sasl_oauth_token_provider=lambda: "token")
    world.run(client.ask_any(MetadataRequest([])))
    assert b"auth=Bearer token" in said[0]

    def raises():
        raise RuntimeError("no token today")

    client = sasl_client(world, **options, sasl_oauth_token_provider=raises)
    with pytest.raises(errors.AuthenticationError, match="no token today"):
        world.run(client.ask_any(MetadataRequest([])))


def test_a_broker_that_hangs_up_on_a_log_in(world):
    cluster = Cluster(world)
    cluster.overrides = {
        "SaslHandshake": lambda *_: SaslHandshakeRequest.response(0, ["PLAIN"]),
    }
    cluster.trouble = lambda api, _: "cut before" if api == "SaslAuthenticate" else None
    client = sasl_client(world)
    with pytest.raises(errors.AuthenticationError, match="during authentication"):
        world.run(client.ask_any(MetadataRequest([])))
