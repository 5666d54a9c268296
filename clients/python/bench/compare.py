"""gofka beside aiokafka, confluent-kafka and kafka-python on one node, and what the ratios come to.

    pip install kafka-python aiokafka confluent-kafka google-crc32c
    python bench/compare.py                       what is quoted: at most 11 minutes, on a quiet machine
    python bench/compare.py --write               the same, and writes docs/python/speed.md
    python bench/compare.py --scale 0.1 --minutes 2 [--only gofka,aiokafka] [--bootstrap HOST:PORT]

Each client runs in a process of its own with the same settings: acks=all, idempotence where it has it, linger
5 ms, batches of 128 KiB, no compression, one partition, checksums checked. Produced are 1 M records of 100 B,
500,000 of 50 to 150 B and 200,000 of 1 KiB; all consumers read the same topic, which confluent-kafka has
written. It goes round and round until the time is used: within a round the clients follow each other at once, so
that a ratio compares what ran side by side, and what is told is the median over the rounds. kafka-python, which
takes as long as all others together, runs in the first round only. Memory is the process's peak.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path[:0] = [str(ROOT / "clients/python/src"), str(HERE)]

import report  # noqa: E402
from clients import CLIENTS, LATENCY_RECORDS  # noqa: E402

#: Sizes from and to, and how many.
LOADS = {"100 B": (100, 100, 1_000_000), "50-150 B": (50, 150, 500_000), "1 KiB": (1024, 1024, 200_000)}
ROUNDS_MAX = 5
SLOW = "kafka-python"


def values_of(least, most, count):
    """The same for all clients; made one after another as they are sent."""
    pool = bytes(range(256)) * 6
    if least == most:
        return (pool[:least] for _ in range(count))
    sizes = random.Random(7).choices(range(least, most + 1), k=4096)
    values = [pool[:size] for size in sizes]
    return (values[i & 4095] for i in range(count))


def measure(name, work, bootstrap, topic, least, most, count):
    """In the child: one piece of work."""
    client = CLIENTS[name]()
    if work == "latency":
        latencies = sorted(client.latency(bootstrap, topic, bytes(100)))
        result = {f"p{share}": latencies[len(latencies) * share // 100] * 1e3 for share in (50, 99)}
    elif work == "produce":
        result = {"s": client.produce(bootstrap, topic, values_of(least, most, count)), "records": count}
    else:
        result = dict(zip(("s", "records"), client.consume(bootstrap, topic, count)))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    result["cpu"] = usage.ru_utime + usage.ru_stime
    result["MiB"] = usage.ru_maxrss / 1024
    print(json.dumps(result))


def run_child(name, work, bootstrap, topic, load=(100, 100, 0)):
    words = [sys.executable, __file__, "--child", name, work, bootstrap, topic, *map(str, load)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise SystemExit(f"{name} {work}: {done.stderr.strip()}")
    told = json.loads(done.stdout.strip().splitlines()[-1])
    if "s" in told:
        told["rate"] = told["records"] / told["s"]
        told["count"] = load[2]
    shown = {key: round(value, 2) for key, value in told.items()}
    print(f"{name:18} {work} {topic.split('-')[1]} B: {shown}", flush=True)
    return told


def start_node(directory):
    path = os.pathsep.join((str(ROOT / "node_modules/.bin"), os.environ.get("PATH", "")))
    node = subprocess.Popen(
        [shutil.which("node", path=path) or "node", "src/main.ts", "start", "--port", "0",
         "--data-dir", directory, "--set", "num.partitions=1"],
        cwd=ROOT, env={**os.environ, "PATH": path}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    line = node.stdout.readline().decode()
    return node, "127.0.0.1:" + line.rsplit(":", 1)[1].strip()


def cold_start(bootstrap):
    """From a bare interpreter: the import, and the first acknowledged record; the best of ten, in ms."""
    code = (
        "import time; t = time.perf_counter()\n"
        f"import sys; sys.path.insert(0, {str(ROOT / 'clients/python/src')!r})\n"
        "from gofka import Producer\n"
        "a = time.perf_counter()\n"
        f"p = Producer(bootstrap_servers={bootstrap!r}); p.send('cold', b'x').get()\n"
        "b = time.perf_counter(); p.close()\n"
        "print((a - t) * 1e3, (b - t) * 1e3)"
    )
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    found = []
    for _ in range(10):
        words = [sys.executable, "-c", code]
        done = subprocess.run(words, capture_output=True, text=True, env=environment, check=True)
        found.append(tuple(map(float, done.stdout.split())))
    return {"import": min(a for a, _ in found), "first record": min(b for _, b in found)}


class Rounds:
    """What all clients did, round by round: `rows[work, load][name]` is a list, one entry a round."""

    def __init__(self, bootstrap, names, scale):
        from gofka import Admin

        self.admin = Admin(bootstrap_servers=bootstrap)
        self.bootstrap = bootstrap
        self.names = names
        self.loads = {
            label: (least, most, max(1, int(count * scale)))
            for label, (least, most, count) in LOADS.items()
        }
        self.rows = {}
        self.done = 0
        self.written = {}

    def prepare(self):
        """Topics for all consumers, so that each reads the same batches."""
        writer = "confluent" if "confluent" in self.names else self.names[0]
        for label, load in self.loads.items():
            self.written[label] = topic = f"read-{load[0]}-{time.time_ns()}"
            run_child(writer, "produce", self.bootstrap, topic, load)

    def run(self):
        names = [name for name in self.names if name != SLOW or self.done == 0]
        # Nobody is always the first behind the same other.
        names = names[self.done % len(names) :] + names[: self.done % len(names)]
        for label, load in self.loads.items():
            for work in ("produce", "consume"):
                for name in names:
                    topic = self.written[label]
                    if work == "produce":
                        topic = f"write-{load[0]}-{time.time_ns()}"
                    told = run_child(name, work, self.bootstrap, topic, load)
                    self.rows.setdefault((work, label), {}).setdefault(name, []).append(told)
                    if work == "produce":
                        self.admin.delete_topics([topic])
        self.done += 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bootstrap")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--minutes", type=float, default=11)
    parser.add_argument("--only", default=",".join(CLIENTS))
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--child", nargs=7)
    args = parser.parse_args()
    if args.child:
        name, work, bootstrap, topic, *load = args.child
        measure(name, work, bootstrap, topic, *map(int, load))
        return
    started = time.monotonic()
    load_before = os.getloadavg()[0]
    node = None
    directory = tempfile.mkdtemp(prefix="gofka-bench-")
    try:
        bootstrap = args.bootstrap
        if bootstrap is None:
            node, bootstrap = start_node(directory)
        names = args.only.split(",")
        cold = cold_start(bootstrap)
        print("cold start, ms:", cold, flush=True)
        latency = {
            name: run_child(name, "latency", bootstrap, f"latency-100-{i}")
            for i, name in enumerate(names)
        }
        rounds = Rounds(bootstrap, names, args.scale)
        rounds.prepare()
        while rounds.done < ROUNDS_MAX:
            before = time.monotonic()
            rounds.run()
            # The first round has kafka-python, so the next is shorter; there is no harm in that.
            now = time.monotonic()
            if now - started + (now - before) * (0.6 if rounds.done == 1 else 1.1) > args.minutes * 60:
                break
        rounds.admin.close()
        text = report.page(
            rounds, latency, cold, args.scale, load_before, LATENCY_RECORDS, time.monotonic() - started
        )
        print(text)
        if args.write:
            (ROOT / "docs/python/speed.md").write_text(text)
    finally:
        if node is not None:
            node.terminate()
            node.wait(30)
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
