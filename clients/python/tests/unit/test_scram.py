"""SASL mechanisms: the vectors of the RFCs, and brokers that cheat."""

import base64
import hashlib
import hmac

import pytest

from gofka._core.scram import (
    OAuthBearer,
    Plain,
    SaslProtocolError,
    Scram,
    ask_token,
    make_mechanism,
)

# RFC 7677, section 3.
NONCE = "rOprNGfwEbeRWgbNEkqO"
SERVER_FIRST = b"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
CLIENT_FINAL = (
    b"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
    b"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
)
SERVER_FINAL = b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


def test_scram_sha_256_as_rfc_7677():
    scram = Scram("SCRAM-SHA-256", "user", "pencil", nonce=NONCE)
    assert scram.first() == b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
    assert scram.next(SERVER_FIRST) == CLIENT_FINAL
    assert scram.next(SERVER_FINAL) is None
    with pytest.raises(SaslProtocolError):
        scram.next(SERVER_FINAL)


def server_final(password, salt, count, client_first_bare, server_first, client_final):
    """The other side of RFC 5802, section 3, written apart from the client's."""
    salted = hashlib.pbkdf2_hmac("sha512", password, salt, count)

    def mac(key, text):
        return hmac.new(key, text, hashlib.sha512).digest()

    without_proof, proof = client_final.rsplit(b",p=", 1)
    said = b",".join((client_first_bare, server_first, without_proof))
    client_key = mac(salted, b"Client Key")
    signature = mac(hashlib.sha512(client_key).digest(), said)
    assert bytes(a ^ b for a, b in zip(base64.b64decode(proof), signature)) == client_key
    return b"v=" + base64.b64encode(mac(mac(salted, b"Server Key"), said))


def test_scram_sha_512_with_odd_names():
    scram = Scram("SCRAM-SHA-512", "a=b,c", "pässwörd", extensions={"tokenauth": "true"})
    first = scram.first()
    assert first.startswith(b"n,,n=a=3Db=2Cc,r=") and first.endswith(b",tokenauth=true")
    nonce = first.split(b"r=")[1].split(b",")[0]
    challenge = b"r=" + nonce + b"server,s=" + base64.b64encode(b"salt") + b",i=8192"
    final = scram.next(challenge)
    assert final is not None
    bare = first[3:]
    good = server_final("pässwörd".encode(), b"salt", 8192, bare, challenge, final)
    assert scram.next(good) is None


@pytest.mark.parametrize(
    "challenge",
    [
        b"",
        b"\xff",
        b"e=other-error",
        b"r=other,s=W22Z,i=4096",
        b"r=" + NONCE.encode() + b",s=W22Z,i=4096",
        b"r=" + NONCE.encode() + b"x,s=W22Z,i=4095",
        b"r=" + NONCE.encode() + b"x,s=W22Z,i=99999999",
        b"r=" + NONCE.encode() + b"x,s=W22Z,i=-1",
        b"r=" + NONCE.encode() + b"x,s=!!!!,i=4096",
        b"r=" + NONCE.encode() + b"x,i=4096",
        b"x" * 10_000,
    ],
)
def test_first_messages_that_are_refused(challenge):
    with pytest.raises(SaslProtocolError):
        Scram("SCRAM-SHA-256", "user", "pencil", nonce=NONCE).next(challenge)


@pytest.mark.parametrize("final", [b"", b"e=invalid-proof", b"v=AAAA", b"v=??", b"v="])
def test_a_broker_that_does_not_know_the_password(final):
    scram = Scram("SCRAM-SHA-256", "user", "pencil", nonce=NONCE)
    scram.next(SERVER_FIRST)
    with pytest.raises(SaslProtocolError):
        scram.next(final)


def test_plain():
    plain = Plain("u", "p")
    assert plain.first() == b"\0u\0p" and plain.next(b"") is None
    with pytest.raises(ValueError):
        Plain("u\0", "p")


def test_oauthbearer_as_rfc_7628():
    bearer = OAuthBearer("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==", {"logicalCluster": "lkc"})
    assert bearer.first() == (
        b"n,,\x01auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\x01logicalCluster=lkc\x01\x01"
    )
    assert bearer.next(b"") is None
    refused = OAuthBearer("token")
    assert refused.next(b'{"status":"invalid_token"}') == b"\x01"
    with pytest.raises(SaslProtocolError, match="invalid_token"):
        refused.next(b"")
    for token, extensions in (("", {}), ("a b", {}), ("a\x01", {}), ("t", {"auth": "x"}), ("t", {"a1": "x"})):
        with pytest.raises(ValueError):
            OAuthBearer(token, extensions)


def test_token_callbacks():
    class Provider:
        def token(self):
            return "from-object"

        def extensions(self):
            return {"a": "b"}

    assert ask_token(lambda: "t") == ("t", {})
    assert ask_token(lambda: ("t", {"x": "y"})) == ("t", {"x": "y"})
    assert ask_token(Provider()) == ("from-object", {"a": "b"})
    with pytest.raises(TypeError):
        ask_token(lambda: 5)


def test_make_mechanism():
    assert make_mechanism("PLAIN", "u", "p").name == "PLAIN"
    assert make_mechanism("SCRAM-SHA-512", "u", "p").name == "SCRAM-SHA-512"
    assert make_mechanism("OAUTHBEARER", token=("t", {})).name == "OAUTHBEARER"
    for bad in (("PLAIN", None, None), ("GSSAPI", "u", "p"), ("OAUTHBEARER", "u", "p")):
        with pytest.raises(ValueError):
            make_mechanism(*bad)
