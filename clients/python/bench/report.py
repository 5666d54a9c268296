"""Makes docs/python/speed.md of what compare.py has measured."""

from __future__ import annotations

import platform
import statistics
import time
from importlib import metadata
from pathlib import Path

#: Of which client how many times as much per second is the goal.
GOALS = {"aiokafka": 3.0, "kafka-python": 3.0, "confluent": 0.25}
OURS = ("gofka", "gofka.aio", "gofka + crc32c", "gofka.aio + crc32c")
COLD_GOALS = {"import": 60, "first record": 150}
PACKAGES = ("kafka-python", "aiokafka", "confluent-kafka", "google-crc32c")


def middle(rows, what):
    return statistics.median(row[what] for row in rows)


def ratio(ours, theirs):
    """The median of the rounds' ratios."""
    return statistics.median(a["rate"] / b["rate"] for a, b in zip(ours, theirs))


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def versions():
    told = []
    for name in PACKAGES:
        try:
            told.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            pass
    return ", ".join(told)


def rates(rows):
    head = ["", "records/s", "us of CPU per record", "MiB"]
    told = []
    for name, runs in rows.items():
        cpu = statistics.median(run["cpu"] * 1e6 / run["count"] for run in runs)
        told.append([name, f"{middle(runs, 'rate'):,.0f}", f"{cpu:.1f}", f"{middle(runs, 'MiB'):.0f}"])
    return table(head, told)


def ratios(rounds):
    told = []
    for (work, label), rows in rounds.rows.items():
        for ours in OURS:
            if ours not in rows:
                continue
            line = [f"{work} {label}, {ours}"]
            for other, goal in GOALS.items():
                if other not in rows:
                    line.append("")
                    continue
                found = ratio(rows[ours], rows[other])
                line.append(f"{found:.2f}{'' if found >= goal else ' (missed)'}")
            told.append(line)
    return table(["", *(f"{goal:g} x {name}" for name, goal in GOALS.items())], told)


def page(rounds, latency, cold, scale, load_before, latency_records, seconds):
    share = "" if scale == 1 else f" All counts times {scale:g}."
    parts = [
        "# How fast the Python client is\n",
        "Written by `clients/python/bench/compare.py --write`, whose text says how it is measured.\n",
        f"On {time.strftime('%Y-%m-%d')}: {processor()}, Python {platform.python_version()}, {versions()}; "
        f"{rounds.done} rounds in {seconds / 60:.1f} minutes, load average before {load_before:.1f}.{share} "
        "A row `+ crc32c` has the extra `fast` (google-crc32c), the others only the standard library. "
        "kafka-python ran once.\n",
        "## Goals\n",
        "The median over the rounds of records/s by records/s of the other in the same round.\n",
        ratios(rounds),
    ]
    for (work, label), rows in rounds.rows.items():
        parts += [f"## {work.capitalize()}, {label}\n", rates(rows)]
    parts += [
        "## One record at a time\n",
        f"{latency_records:,} records of 100 B, each acknowledged by acks=all before the next is sent.\n",
        table(
            ["", "p50 ms", "p99 ms"],
            [[name, f"{run['p50']:.2f}", f"{run['p99']:.2f}"] for name, run in latency.items()],
        ),
        "## From a cold start\n",
        table(
            ["", "ms", "goal"],
            [[what, f"{ms:.0f}", f"{COLD_GOALS[what]}"] for what, ms in cold.items()],
        ),
    ]
    return "\n".join(parts)
