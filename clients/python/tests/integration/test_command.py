"""gofka-py, as people use it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import fresh_name, wait_for

from gofka._cli import main

SOURCE = Path(__file__).resolve().parents[2] / "src"


@pytest.fixture
def command(bootstrap, capfd, monkeypatch):
    """command(*words, input=b"") -> (exit code, stdout, stderr), within this process."""

    def run(*words, input=None, where=None):
        if input is not None:
            read, write = os.pipe()
            os.write(write, input)
            os.close(write)
            monkeypatch.setattr(sys, "stdin", os.fdopen(read, "r"))
        try:
            code = main([*words, "-b", where or bootstrap])
        except SystemExit as end:
            code = end.code
        out, err = capfd.readouterr()
        return code, out, err

    return run


def test_records_go_in_and_come_out(command, make_topic, capfd):
    name = make_topic(2)
    code, _, err = command("produce", name, "-K", ":", "-H", "h=1", "-z", "gzip", "-0", "-", input=b"a:1\nb:-\nc:\xff\n")
    assert code == 0 and "3 records" in err
    code, out, err = command("consume", name, "--exit-at-end", "--json")
    records = sorted((json.loads(line) for line in out.splitlines()), key=lambda each: each["key"]["text"])
    assert code == 0 and [each["value"] for each in records] == [
        {"text": "1"}, {"text": None}, {"base64": "/w=="}
    ]
    assert records[0]["headers"] == [["h", {"text": "1"}]]
    code, out, _ = command("consume", name, "-g", fresh_name("g"), "-c", "3", "-K", "=", "-q")
    assert code == 0 and {"a=1", "b="} <= set(out.splitlines())
    partition = next(each["partition"] for each in records)
    code, out, _ = command("consume", name, "-p", str(partition), "-o", "1", "-e", "-J")
    assert code == 0 and all(json.loads(line)["offset"] >= 1 for line in out.splitlines())
    assert command("consume", make_topic(), "-e")[:2] == (0, "")


def test_files_and_fixed_keys(command, make_topic, tmp_path):
    name = make_topic(2)
    (tmp_path / "lines").write_bytes(b"x\ny")
    assert command("produce", name, str(tmp_path / "lines"), "-k", "same", "-p", "1", "-q")[0] == 0
    _, out, _ = command("consume", name, "-e", "-K", "/")
    assert out == "same/x\nsame/y\n"
    assert command("produce", name, str(tmp_path / "none"))[0] == 1


def test_topics(command):
    name = fresh_name()
    assert command("topics", "create", name, "-p", "2", "-r", "1", "-s", "retention.ms=1000")[1] == f"created {name}\n"
    assert f"{name}" in command("topics", "list", "--all")[1]
    described = command("topics", "describe", name)[1].splitlines()
    assert described[0].split()[:3] == ["TOPIC", "PARTITION", "LEADER"] and len(described) == 3
    assert command("topics", "grow", name, "3")[0] == 0
    assert "retention.ms" in command("topics", "configs", name)[1]
    assert command("topics", "configs", name, "-u", "retention.ms", "-s", "segment.bytes=1048576")[0] == 0
    wait_for(lambda: "retention.ms" not in command("topics", "configs", name)[1])
    assert "retention.ms" in command("topics", "configs", name, "--all")[1]
    assert command("topics", "delete", name)[1] == f"deleted {name}\n"
    code, _, err = command("topics", "create", "a b")
    assert code == 1 and "INVALID_TOPIC" in err


def test_groups(command, make_topic, fill):
    name, group = make_topic(1), fresh_name("g")
    fill(name, 10)
    command("consume", name, "-g", group, "-c", "4")
    assert group in command("groups", "list")[1]
    row = command("groups", "describe", group)[1].splitlines()[-1].split()
    assert row[:6] == [group, name, "0", "4", "10", "6"]
    for where, offset in (("earliest", "0"), ("latest", "10"), ("7", "7"), ("@0", "0"), ("@99999999999999", "10")):
        assert command("groups", "reset", group, name, "--to", where)[1].split()[-1] == offset
    assert command("groups", "reset", group, name, "--to", "soon")[0] == 2
    assert command("groups", "delete", group)[0] == 0
    assert "Dead" in command("groups", "describe", group)[1]


def test_perf(command, make_topic):
    name = make_topic(2)
    code, out, err = command("perf", "produce", name, "-n", "2500", "-s", "10", "-J")
    assert code == 0 and json.loads(out)["records"] == 2500 and "100%" in err
    assert json.loads(command("perf", "consume", name, "-n", "2500", "-J", "-q")[1])["records"] >= 2500
    assert "p99_ms" in command("perf", "latency", name, "-n", "5")[1]


def test_what_is_wrong_is_said(command):
    code, out, err = command("topics", "list", "-X", "default_api_timeout_ms=300", where="127.0.0.1:1")
    assert (code, out) == (1, "") and err.startswith("gofka-py: no broker of 127.0.0.1:1")
    assert command("topics", "list", "-X", "cliend_id=x")[0] == 2
    assert command("topics", "list", "-X", "client_id")[0] == 2
    assert command("topics", "create", "t", "-s", "x")[0] == 2
    assert command("produce", "t", "-H", "x", input=b"")[0] == 2
    assert command("nonsense")[0] == 2
    assert command("--version")[1].startswith("gofka ")


def test_sigterm_ends_it_in_order(bootstrap, make_topic, fill, admin):
    name, group = make_topic(1), fresh_name("g")
    fill(name, 3)
    process = subprocess.Popen(
        [sys.executable, "-m", "gofka._cli", "consume", name, "-g", group, "-b", bootstrap],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(3):
        assert process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    process.stdout.close()
    wait_for(lambda: admin.describe_groups([group])[group].state == "Empty")
    assert [each.offset for each in admin.list_group_offsets(group).values()] == [3]
