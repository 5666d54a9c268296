"""Records written here are read by Java and kcat, and theirs here: codecs, keys, headers, partitions.

Skipped where there is no kcat, or no Java with Kafka's jars.
"""

import shutil
import subprocess
import time

import pytest

from conftest import ROOT, fresh_name
from gofka import Consumer, Producer, TopicPartition
from gofka.errors import MissingCodecError

JARS = ROOT / "bench/peer/lib"
TOOLS = "org.apache.kafka.tools"
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
COUNT = 60


def kcat(bootstrap, *words, text=None):
    if shutil.which("kcat") is None:
        pytest.skip("there is no kcat here")
    command = ["kcat", "-b", bootstrap, *words]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


def java(tool, *words, text=None):
    if shutil.which("java") is None or not JARS.exists():
        pytest.skip("there is no Java here, or no jars of Kafka")
    command = ["java", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp", f"{JARS}/*"]
    command += [f"{TOOLS}.{tool}", *words]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    return done.stdout


def read(bootstrap, topic, partitions, count):
    found = []
    with Consumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest") as consumer:
        consumer.assign([TopicPartition(topic, partition) for partition in range(partitions)])
        deadline = time.monotonic() + 60
        while len(found) < count:
            assert time.monotonic() < deadline, f"{len(found)} of {count}"
            for records in consumer.poll(timeout_ms=500).values():
                found += records
    return found


def produced(bootstrap, topic, codec):
    """What was sent: (partition, key, value)."""
    try:
        producer = Producer(bootstrap_servers=bootstrap, compression_type=codec)
    except MissingCodecError:
        pytest.skip(f"no {codec} here")
    with producer:
        futures = {
            f"key-{i}": producer.send(
                topic, f"{codec} value {i}".encode(), key=f"key-{i}".encode(), headers={"h": b"1"}
            )
            for i in range(COUNT)
        }
        return {
            (future.get(60).partition, key, f"{codec} value {i}")
            for i, (key, future) in enumerate(futures.items())
        }


@pytest.mark.parametrize("codec", CODECS)
def test_kcat_reads_what_is_written_here(bootstrap, make_topic, codec):
    topic = make_topic(partitions=3)
    sent = produced(bootstrap, topic, codec)
    said = kcat(bootstrap, "-C", "-t", topic, "-o", "beginning", "-e", "-q", "-f", "%p|%k|%s|%h\n")
    lines = [line.split("|") for line in said.splitlines()]
    assert {(int(p), key, value) for p, key, value, _ in lines} == sent
    assert {headers for *_, headers in lines} == {"h=1"}


@pytest.mark.parametrize("codec", CODECS)
def test_what_kcat_writes_is_read_here(bootstrap, make_topic, codec):
    topic = make_topic(partitions=3)
    text = "".join(f"key-{i}|value {i}\n" for i in range(COUNT))
    kcat(bootstrap, "-P", "-t", topic, "-K", "|", "-z", codec, "-H", "h=1",
         "-X", "partitioner=murmur2_random", text=text)
    records = read(bootstrap, topic, 3, COUNT)
    assert {(r.key, r.value) for r in records} == {
        (f"key-{i}".encode(), f"value {i}".encode()) for i in range(COUNT)
    }
    assert all(record.headers == [("h", b"1")] for record in records)
    with Producer(bootstrap_servers=bootstrap) as producer:
        for record in records:
            there = producer.send(topic, b"", key=record.key).get(30).partition
            assert there == record.partition, "another partitioner than librdkafka's murmur2"


@pytest.mark.parametrize("codec", CODECS)
def test_java_reads_what_is_written_here(bootstrap, make_topic, codec):
    topic = make_topic(partitions=3)
    sent = produced(bootstrap, topic, codec)
    said = java(
        "consumer.ConsoleConsumer", "--bootstrap-server", bootstrap, "--topic", topic,
        "--from-beginning", "--max-messages", str(COUNT), "--timeout-ms", "60000",
        "--formatter-property", "print.key=true",
        "--formatter-property", "print.partition=true",
        "--formatter-property", "print.headers=true",
        "--formatter-property", "key.separator=|",
    )
    found = set()
    for line in said.splitlines():
        partition, headers, key, value = line.split("|")
        assert headers == "h:1"
        found.add((int(partition.split(":")[1]), key, value))
    assert found == sent


def test_what_java_writes_is_read_here_and_its_keys_go_where_ours_go(bootstrap, make_topic):
    topic = make_topic(partitions=5)
    total = 0
    for codec in CODECS:
        text = "".join(f"key-{i}|{codec} {i}\n" for i in range(COUNT))
        java(
            "ConsoleProducer", "--bootstrap-server", bootstrap, "--topic", topic,
            "--compression-codec", codec,
            "--reader-property", "parse.key=true", "--reader-property", "key.separator=|",
            text=text,
        )
        total += COUNT
    records = read(bootstrap, topic, 5, total)
    assert {(r.key, r.value) for r in records} == {
        (f"key-{i}".encode(), f"{codec} {i}".encode()) for codec in CODECS for i in range(COUNT)
    }
    with Producer(bootstrap_servers=bootstrap) as producer:
        for record in records[:COUNT]:
            there = producer.send(topic, b"", key=record.key).get(30).partition
            assert there == record.partition, "another partitioner than Java's"
