"""The instances that Kafka's own classes wrote, the same ones that prove the TypeScript codec."""

import base64
import gzip
import importlib
import json
import re
from pathlib import Path

import pytest

from gofka._protocol.registry import HOMES
from gofka.errors import ProtocolError

VECTORS = Path(__file__).parents[4] / "test/protocol/vectors.jsonl.gz"


def message_class(name):
    return getattr(importlib.import_module(f"gofka._protocol.{HOMES[name]}"), name)


def vectors():
    with gzip.open(VECTORS, "rt", encoding="utf-8") as lines:
        all_of_them = [json.loads(line) for line in lines]
    return [vector for vector in all_of_them if vector["message"] in HOMES]


def snake(name):
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()


def compare(value, expected, path):
    """The JSON of Kafka beside what was decoded; the JSON says which form it has."""
    if isinstance(expected, dict):
        for key, inner in expected.items():
            if not hasattr(value, snake(key)):
                assert value is None or key not in type(value).__slots__, f"{path}.{key}"
            if value is None:
                return  # A struct of defaults, left out on the wire.
            compare(getattr(value, snake(key)), inner, f"{path}.{key}")
    elif isinstance(expected, list):
        assert value is not None and len(value) == len(expected), path
        for i, (each, inner) in enumerate(zip(value, expected)):
            compare(each, inner, f"{path}[{i}]")
    elif isinstance(value, (bytes, memoryview)) and isinstance(expected, str):
        plain = base64.b64encode(value).decode()
        assert expected in (plain, base64.urlsafe_b64encode(value).decode().rstrip("=")), path
    elif isinstance(value, float):
        assert value == float(expected) or value != value, path
    else:
        assert value == expected, path


@pytest.mark.parametrize("name", sorted(HOMES))
def test_every_version_both_ways(name):
    mine = [vector for vector in vectors_by_name[name]]
    assert mine
    cls = message_class(name)
    seen = set()
    for vector in mine:
        version = vector["version"]
        seen.add(version)
        data = bytes.fromhex(vector["hex"])
        message = cls.decode(memoryview(data), version)
        compare(message, vector["json"], f"{name} v{version}")
        if not vector.get("unknownTags"):
            assert message.encode(version) == data, f"{name} v{version}"
        for cut in {0, 1, len(data) // 2, len(data) - 1}:
            if 0 <= cut < len(data):
                with pytest.raises(ProtocolError):
                    cls.decode(memoryview(data[:cut]), version)
        with pytest.raises(ProtocolError):
            cls.decode(memoryview(data + b"\0"), version)
    low, high = cls.versions
    assert seen == set(range(low, high + 1))


vectors_by_name = {}
for _vector in vectors():
    vectors_by_name.setdefault(_vector["message"], []).append(_vector)
