"""Records to and from Java's client and kcat: all codecs, headers, keys to the same partitions."""

import shutil
import subprocess

import pytest
from conftest import ROOT

from gofka import Consumer, Producer, TopicPartition
from gofka._codecs import MissingCodecError, codec_number

JARS = ROOT / "bench" / "peer" / "lib"
COUNT = 60

needs_java = pytest.mark.skipif(
    not JARS.exists() or shutil.which("java") is None, reason="no Java, or no jars in bench/peer/lib"
)
needs_kcat = pytest.mark.skipif(shutil.which("kcat") is None, reason="no kcat")


def codecs():
    for name in ("none", "gzip", "snappy", "lz4", "zstd"):
        try:
            codec_number(name)
        except MissingCodecError:
            continue
        yield name


def java(tool, *words, input=None):
    done = subprocess.run(
        ["java", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-cp", f"{JARS}/*", f"org.apache.kafka.tools.{tool}", *words],
        input=input,
        capture_output=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def lines(prefix):
    """Keys of all lengths, values with repeats, as text that the tools can take."""
    return [(f"{prefix}-{'k' * (i % 9)}{i}", f"value {i} " + "ab" * (i * 7 % 50)) for i in range(COUNT)]


def read_all(bootstrap, topic, count):
    with Consumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest", consumer_timeout_ms=30_000) as consumer:
        found = []
        for record in consumer:
            found.append(record)
            if len(found) == count:
                break
    return found


def partitions_by_us(bootstrap, topic, keys):
    """Where our default partitioner sends these keys."""
    with Producer(bootstrap_servers=bootstrap) as producer:
        return {key: producer.send(topic, b"", key=key).get(30).partition for key in keys}


@needs_java
def test_java_writes_and_we_read(bootstrap, make_topic):
    topic, again = make_topic(5), make_topic(5)
    written = {}
    for codec in codecs():
        pairs = lines(codec)
        written.update(pairs)
        text = "".join(f"h1:v1,h2:{codec}\t{key}\t{value}\n" for key, value in pairs)
        words = ["--bootstrap-server", bootstrap, "--topic", topic, "--compression-codec", codec]
        for pair in ("parse.key=true", "parse.headers=true"):
            words += ["--reader-property", pair]
        java("ConsoleProducer", *words, input=text.encode())
    records = read_all(bootstrap, topic, len(written))
    assert {r.key.decode(): r.value.decode() for r in records} == written
    assert all(r.headers == [("h1", b"v1"), ("h2", r.key.split(b"-")[0])] for r in records)
    ours = partitions_by_us(bootstrap, again, [r.key for r in records])
    assert ours == {r.key: r.partition for r in records}


@needs_java
def test_we_write_and_java_reads(bootstrap, make_topic):
    topic = make_topic(3)
    expected = set()
    for codec in codecs():
        with Producer(bootstrap_servers=bootstrap, compression_type=codec) as producer:
            for key, value in lines(codec):
                sent = producer.send(topic, value, key=key, headers=[("h", codec.encode()), ("n", None)])
                expected.add(f"h:{codec},n:null\t{key}\t{value}")
            sent.get(30)
    words = ["--bootstrap-server", bootstrap, "--topic", topic, "--from-beginning"]
    words += ["--max-messages", str(len(expected)), "--timeout-ms", "60000"]
    for pair in ("print.key=true", "print.headers=true"):
        words += ["--formatter-property", pair]
    assert set(java("consumer.ConsoleConsumer", *words).splitlines()) == expected


@needs_kcat
def test_kcat_writes_and_we_read(bootstrap, make_topic):
    topic, again = make_topic(5), make_topic(5)
    written = {}
    for codec in codecs():
        pairs = lines(codec)
        written.update(pairs)
        text = "".join(f"{key}\t{value}\n" for key, value in pairs)
        words = ["kcat", "-P", "-b", bootstrap, "-t", topic, "-K", "\t", "-z", codec, "-H", "h=1"]
        words += ["-X", "topic.partitioner=murmur2_random"]
        subprocess.run(words, input=text.encode(), check=True, timeout=60)
    records = read_all(bootstrap, topic, len(written))
    assert {r.key.decode(): r.value.decode() for r in records} == written
    assert all(r.headers == [("h", b"1")] for r in records)
    ours = partitions_by_us(bootstrap, again, [r.key for r in records])
    assert ours == {r.key: r.partition for r in records}


@needs_kcat
def test_librdkafkas_own_partitioner(bootstrap, make_topic):
    topic, again = make_topic(5), make_topic(5)
    text = "".join(f"{key}\t{value}\n" for key, value in lines("x"))
    words = ["kcat", "-P", "-b", bootstrap, "-t", topic, "-K", "\t"]
    subprocess.run(words, input=text.encode(), check=True, timeout=60)
    theirs = {r.key: r.partition for r in read_all(bootstrap, topic, COUNT)}
    with Producer(bootstrap_servers=bootstrap, partitioner="consistent_random") as producer:
        assert theirs == {key: producer.send(again, b"", key=key).get(30).partition for key in theirs}


@needs_kcat
def test_we_write_and_kcat_reads(bootstrap, make_topic):
    topic = make_topic(3)
    expected = set()
    for codec in codecs():
        with Producer(bootstrap_servers=bootstrap, compression_type=codec) as producer:
            for key, value in lines(codec):
                producer.send(topic, value, key=key, headers=[("h", b"1")])
                expected.add(f"h=1 {key} {value}")
    words = ["kcat", "-C", "-b", bootstrap, "-t", topic, "-o", "beginning", "-e", "-q", "-f", "%h %k %s\n"]
    done = subprocess.run(words, capture_output=True, check=True, timeout=60)
    assert set(done.stdout.decode().splitlines()) == expected


@needs_kcat
def test_a_group_shared_with_kcat(bootstrap, make_topic, fill):
    topic, group = make_topic(4), f"mixed-{make_topic()}"
    kcat = subprocess.Popen(
        ["kcat", "-b", bootstrap, "-G", group, "-q", "-u", "-f", "%p %o\n", "-X", "auto.offset.reset=earliest",
         "-X", "partition.assignment.strategy=range", topic],
        stdout=subprocess.PIPE,
    )
    try:
        with Consumer(
            topic, bootstrap_servers=bootstrap, group_id=group, auto_offset_reset="earliest",
            partition_assignment_strategy=["range"], heartbeat_interval_ms=100,
        ) as consumer:
            from conftest import wait_for

            wait_for(lambda: consumer.poll(100) is not None and len(consumer.assignment()) == 2)
            for partition in range(4):
                fill(topic, 5, partition=partition)
            mine = []
            while len(mine) < 10:
                for records in consumer.poll(1000).values():
                    mine.extend((r.partition, r.offset) for r in records)
            theirs = [tuple(map(int, kcat.stdout.readline().split())) for _ in range(10)]
            assert not set(mine) & set(theirs) and len({*mine, *theirs}) == 20
            assert {TopicPartition(topic, p) for p, _ in mine} == consumer.assignment()
    finally:
        kcat.terminate()
        kcat.wait(30)
        kcat.stdout.close()
