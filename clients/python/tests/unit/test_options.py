"""Options: what is taken, and how what is not taken is refused."""

import ssl

import pytest

from gofka import Producer
from gofka._core.options import Common, Given, parse_address
from gofka._core.producer_options import ProducerConfig
from gofka.errors import ConfigurationError


@pytest.mark.parametrize(
    "text, host, port",
    [
        ("a", "a", 9092),
        ("a:1", "a", 1),
        ("[::1]:5", "::1", 5),
        ("[::1]", "::1", 9092),
        ("::1", "::1", 9092),
        ("SSL://b.c:65535", "b.c", 65535),
        (" a:1 ", "a", 1),
    ],
)
def test_addresses(text, host, port):
    assert parse_address(text) == (host, port)


@pytest.mark.parametrize("text", ["", ":1", "a:", "a:b", "a:0", "a:65536", "[::1", "[::1]x", "a:-1"])
def test_addresses_that_are_none(text):
    with pytest.raises(ConfigurationError, match="bootstrap_servers"):
        parse_address(text)


@pytest.mark.parametrize(
    "options, said",
    [
        ({"bootstrap_server": "a:1"}, "did you mean bootstrap_servers"),
        ({"qwertz": 1}, "there is no option qwertz"),
        ({"bootstrap_servers": []}, "bootstrap_servers"),
        ({"bootstrap_servers": 5}, "bootstrap_servers"),
        ({"client_id": 5}, "client_id"),
        ({"request_timeout_ms": 0}, "request_timeout_ms is to be at least 1"),
        ({"request_timeout_ms": "5"}, "request_timeout_ms"),
        ({"request_timeout_ms": float("nan")}, "request_timeout_ms"),
        ({"security_protocol": "TLS"}, "security_protocol is to be one of"),
        ({"ssl_cafile": "x"}, "need security_protocol"),
        ({"security_protocol": "SSL", "ssl_cafile": "/not/there"}, "/not/there"),
        ({"security_protocol": "SSL", "ssl_context": 5}, "ssl_context"),
        ({"sasl_mechanism": "PLAIN"}, "need security_protocol"),
        ({"security_protocol": "SASL_PLAINTEXT"}, "sasl_mechanism is to be one of"),
        ({"security_protocol": "SASL_SSL", "sasl_mechanism": "PLAIN"}, "sasl_plain_username"),
        ({"security_protocol": "SASL_SSL", "sasl_mechanism": "OAUTHBEARER"}, "token_provider"),
        ({"metrics_hook": 5}, "metrics_hook is to be callable"),
        ({"acks": 2}, "acks"),
        ({"acks": True}, "acks"),
        ({"acks": 1, "enable_idempotence": True}, 'enable_idempotence needs acks="all"'),
        ({"enable_idempotence": "yes"}, "enable_idempotence"),
        ({"transactional_id": "t", "acks": 1}, "transactional_id needs"),
        ({"transactional_id": "t", "enable_idempotence": False}, "transactional_id needs"),
        ({"compression_type": "rar"}, "compression_type"),
        ({"compression_level": "high"}, "compression_level"),
        ({"max_request_size": 10}, "max_request_size"),
        ({"linger_ms": -1}, "linger_ms"),
        ({"partitioner": "none such"}, "partitioner"),
        ({"key_serializer": 5}, "key_serializer"),
        ({"allow_auto_create_topics": 1}, "allow_auto_create_topics"),
        ({"batch_size": 1.5}, "batch_size"),
        ({"batch_size": True}, "batch_size"),
    ],
)
def test_mistakes_are_named(options, said):
    with pytest.raises(ConfigurationError, match=said) as caught:
        Producer(**options)
    assert isinstance(caught.value, ValueError)


def test_defaults_and_what_follows_from_them():
    config = ProducerConfig({})
    assert config.acks == -1 and config.idempotent and config.linger_s == 0
    assert config.common.bootstrap == (("localhost", 9092),)
    assert not ProducerConfig({"acks": 1}).idempotent
    assert not ProducerConfig({"retries": 0}).idempotent
    assert not ProducerConfig({"max_in_flight_requests_per_connection": 6}).idempotent
    assert ProducerConfig({"transactional_id": "t"}).idempotent
    assert ProducerConfig({"batch_size": 1 << 30}).batch_bytes == 1 << 20


def test_tls_and_sasl():
    def common(**options):
        return Common(Given(options))

    assert isinstance(common(security_protocol="SSL").tls, ssl.SSLContext)
    loose = common(security_protocol="SSL", ssl_check_hostname=False).tls
    assert loose is not None and not loose.check_hostname
    context = ssl.create_default_context()
    assert common(security_protocol="SSL", ssl_context=context).tls is context
    with pytest.raises(ConfigurationError):
        common(security_protocol="SSL", ssl_ciphers="none such")
    sasl = common(
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism="SCRAM-SHA-256",
        sasl_plain_username="u",
        sasl_plain_password="p",
    ).sasl
    assert sasl is not None and sasl.mechanism == "SCRAM-SHA-256"
    several = common(bootstrap_servers=["a:1", "b:2"]).bootstrap
    assert several == common(bootstrap_servers="a:1,b:2").bootstrap == (("a", 1), ("b", 2))
