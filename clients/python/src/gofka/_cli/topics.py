"""``gofka-py topics``: list, describe, create, delete, add partitions, show and change configs.

Place in the flow: see __init__.py.
"""

from __future__ import annotations

import argparse
from typing import Any, Dict, List, Tuple, Union

from .._errors import ConfigurationError
from ..records import TopicPartition
from .common import client_options, subcommand, table


def add_to(commands: Any) -> None:
    parser = subcommand(commands, "topics", "Look after topics.", None)
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = subcommand(actions, "list", "Names of all topics.", _list)
    listing.add_argument("-a", "--all", action="store_true", help="Kafka's own too")
    describe = subcommand(actions, "describe", "Partitions, leaders, replicas and offsets.", _describe)
    describe.add_argument("topics", nargs="+", metavar="TOPIC")
    create = subcommand(actions, "create", "Make topics.", _create)
    create.add_argument("topics", nargs="+", metavar="TOPIC")
    create.add_argument("-p", "--partitions", type=int, default=-1, help="(default: as the broker is set)")
    create.add_argument("-r", "--replicas", type=int, default=-1, help="(default: as the broker is set)")
    create.add_argument("-s", "--set", action="append", default=[], metavar="NAME=VALUE")
    delete = subcommand(actions, "delete", "Delete topics with all that is in them.", _delete)
    delete.add_argument("topics", nargs="+", metavar="TOPIC")
    grow = subcommand(actions, "grow", "Give a topic more partitions.", _grow)
    grow.add_argument("topic")
    grow.add_argument("count", type=int, help="how many it is to have in all")
    configs = subcommand(actions, "configs", "Show configs; change them with --set and --unset.", _configs)
    configs.add_argument("topic")
    configs.add_argument("-s", "--set", action="append", default=[], metavar="NAME=VALUE")
    configs.add_argument("-u", "--unset", action="append", default=[], metavar="NAME")
    configs.add_argument("-a", "--all", action="store_true", help="defaults too")


def _admin(options: argparse.Namespace) -> Any:
    from ..admin import Admin

    return Admin(**client_options(options))


def _pairs(words: List[str]) -> Dict[str, str]:
    pairs = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise ConfigurationError(f"--set {word}: NAME=VALUE is wanted")
        pairs[name] = value
    return pairs


def _list(options: argparse.Namespace) -> None:
    with _admin(options) as admin:
        topics = admin.describe_topics()
    rows = [(each.name, len(each.partitions)) for each in topics if options.all or not each.is_internal]
    table(("TOPIC", "PARTITIONS"), sorted(rows))


def _describe(options: argparse.Namespace) -> None:
    from ..admin import OffsetSpec

    with _admin(options) as admin:
        rows = []
        for topic in admin.describe_topics(options.topics):
            tps = [TopicPartition(topic.name, each.partition) for each in topic.partitions]
            begins = admin.list_partition_offsets({tp: OffsetSpec.EARLIEST for tp in tps})
            ends = admin.list_partition_offsets({tp: OffsetSpec.LATEST for tp in tps})
            for tp, each in zip(tps, topic.partitions):
                leader = "none" if each.leader is None else each.leader
                replicas, isr = (",".join(map(str, ids)) for ids in (each.replicas, each.isr))
                offsets = begins[tp].offset, ends[tp].offset
                rows.append((topic.name, each.partition, leader, replicas, isr, *offsets))
    table(("TOPIC", "PARTITION", "LEADER", "REPLICAS", "ISR", "BEGIN", "END"), rows)


def _create(options: argparse.Namespace) -> None:
    from ..admin import NewTopic

    configs = _pairs(options.set)
    new = [NewTopic(each, options.partitions, options.replicas, None, configs) for each in options.topics]
    with _admin(options) as admin:
        admin.create_topics(new)
    for topic in options.topics:
        print(f"created {topic}")


def _delete(options: argparse.Namespace) -> None:
    with _admin(options) as admin:
        admin.delete_topics(options.topics)
    for topic in options.topics:
        print(f"deleted {topic}")


def _grow(options: argparse.Namespace) -> None:
    with _admin(options) as admin:
        admin.create_partitions({options.topic: options.count})
    print(f"{options.topic} has {options.count} partitions")


def _configs(options: argparse.Namespace) -> None:
    from ..admin import AlterConfigOp, ConfigResource

    changes: Dict[str, Union[str, Tuple[AlterConfigOp, None]]] = dict(_pairs(options.set))
    changes.update({name: (AlterConfigOp.DELETE, None) for name in options.unset})
    with _admin(options) as admin:
        if changes:
            admin.alter_configs([ConfigResource("topic", options.topic, changes)])
        resource = ConfigResource("topic", options.topic)
        found = admin.describe_configs([resource])[resource.key]
    shown = [each for each in found.values() if options.all or not each.is_default]
    table(("CONFIG", "VALUE", "FROM"), [(each.name, each.value, each.source.name) for each in shown])
