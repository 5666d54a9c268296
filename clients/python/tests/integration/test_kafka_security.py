"""SASL and TLS of a real Kafka: every mechanism, right and wrong, blocking and asyncio.

Runs with `--against kafka` only: a Gofka node has no such listeners yet.
"""

import asyncio
import base64
import json
import socket
import time

import pytest

import gofka.errors as errors
from certificates import Certificates
from conftest import Broker, fresh_name
from gofka import Admin, Producer, aio

MODULE = "org.apache.kafka.common.security"


def free_ports(count):
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return ports


@pytest.fixture(scope="module")
def secure(against, tmp_path_factory):
    """Ports of a Kafka by listener, and the certificates."""
    if against != "kafka":
        pytest.skip("needs --against kafka")
    directory = tmp_path_factory.mktemp("secure")
    certificates = Certificates(directory)
    certificate, key = certificates.make("broker")
    store = directory / "broker-store.pem"
    store.write_text(open(key).read() + open(certificate).read())
    plain, sasl, tls, controller = free_ports(4)
    ports = {"PLAIN": plain, "SASL": sasl, "TLS": tls}
    listeners = ",".join(f"{name}://127.0.0.1:{port}" for name, port in ports.items())
    settings = {
        "listeners": f"{listeners},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": listeners,
        "controller.quorum.bootstrap.servers": f"127.0.0.1:{controller}",
        "inter.broker.listener.name": "PLAIN",
        "listener.security.protocol.map":
            "PLAIN:PLAINTEXT,SASL:SASL_PLAINTEXT,TLS:SSL,CONTROLLER:PLAINTEXT",
        "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER",
        "listener.name.sasl.plain.sasl.jaas.config":
            f'{MODULE}.plain.PlainLoginModule required user_alice="secret";',
        "listener.name.sasl.scram-sha-256.sasl.jaas.config":
            f"{MODULE}.scram.ScramLoginModule required;",
        "listener.name.sasl.scram-sha-512.sasl.jaas.config":
            f"{MODULE}.scram.ScramLoginModule required;",
        "listener.name.sasl.oauthbearer.sasl.jaas.config":
            f"{MODULE}.oauthbearer.OAuthBearerLoginModule required "
            'unsecuredLoginStringClaim_sub="broker";',
        "listener.name.tls.ssl.client.auth": "required",
        "listener.name.tls.ssl.keystore.type": "PEM",
        "listener.name.tls.ssl.keystore.location": str(store),
        "listener.name.tls.ssl.truststore.type": "PEM",
        "listener.name.tls.ssl.truststore.location": certificates.path("ca.pem"),
    }
    broker = Broker("kafka", directory / "data", settings, port=plain).start()
    with Admin(bootstrap_servers=f"127.0.0.1:{plain}") as admin:
        for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512"):
            admin.alter_user_scram_credentials([scram_user("bob", mechanism, "geheim,=ü")])
    yield ports, certificates
    broker.stop()


def scram_user(name, mechanism, password):
    from gofka._core.admin.types import ScramMechanism, UserScramCredentialUpsertion

    number = {"SCRAM-SHA-256": 1, "SCRAM-SHA-512": 2}[mechanism]
    return UserScramCredentialUpsertion(name, ScramMechanism(number), password)


def send_both(**options):
    topic = fresh_name("secure")
    with Producer(**options) as producer:
        producer.send(topic, b"x").get(30)

    async def main():
        async with aio.Producer(**options) as producer:
            await producer.send_and_wait(topic, b"y")

    asyncio.run(main())


def token(subject="alice", lives_s=3_600):
    packed = lambda part: base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")  # noqa: E731
    now = int(time.time())
    claims = {"sub": subject, "iat": now, "exp": now + lives_s}
    return (packed({"alg": "none"}) + b"." + packed(claims) + b".").decode()


def sasl(ports, mechanism, **options):
    return {
        "bootstrap_servers": f"127.0.0.1:{ports['SASL']}",
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": mechanism,
        **options,
    }


@pytest.mark.parametrize(
    "mechanism, name, password",
    [
        ("PLAIN", "alice", "secret"),
        ("SCRAM-SHA-256", "bob", "geheim,=ü"),
        ("SCRAM-SHA-512", "bob", "geheim,=ü"),
    ],
)
def test_passwords(secure, mechanism, name, password):
    ports, _ = secure
    options = sasl(ports, mechanism, sasl_plain_username=name)
    send_both(**options, sasl_plain_password=password)
    start = time.monotonic()
    with pytest.raises(errors.SaslAuthenticationFailedError) as caught:
        send_both(**options, sasl_plain_password="wrong")
    assert caught.value.fatal and time.monotonic() - start < 10


def test_tokens(secure):
    ports, _ = secure
    send_both(**sasl(ports, "OAUTHBEARER", sasl_oauth_token_provider=token))
    with pytest.raises(errors.GofkaError):
        send_both(**sasl(ports, "OAUTHBEARER", sasl_oauth_token_provider=lambda: token(lives_s=-60)))


def test_no_log_in_where_one_is_wanted(secure):
    ports, _ = secure
    with pytest.raises(errors.GofkaError):
        send_both(bootstrap_servers=f"127.0.0.1:{ports['SASL']}", max_block_ms=2_000)


def test_mutual_tls(secure):
    ports, certificates = secure
    own, key = certificates.make("client")
    options = {
        "bootstrap_servers": f"127.0.0.1:{ports['TLS']}",
        "security_protocol": "SSL",
        "ssl_cafile": certificates.path("ca.pem"),
    }
    send_both(**options, ssl_certfile=own, ssl_keyfile=key)
    with pytest.raises(errors.GofkaError):
        send_both(**options, max_block_ms=2_000)
    with pytest.raises(errors.NotKafkaError):
        send_both(bootstrap_servers=f"127.0.0.1:{ports['TLS']}", max_block_ms=2_000)
