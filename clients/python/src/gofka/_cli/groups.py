"""``gofka-py groups``: list, describe with lag, delete, move offsets.

Place in the flow: see __init__.py.
"""

from __future__ import annotations

import argparse
from typing import Any, Dict, List

from .._errors import ConfigurationError
from ..records import TopicPartition
from .common import client_options, subcommand, table


def add_to(commands: Any) -> None:
    parser = subcommand(commands, "groups", "Look after consumer groups.", None)
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    subcommand(actions, "list", "All groups.", _list)
    describe = subcommand(actions, "describe", "Members, offsets and lag.", _describe)
    describe.add_argument("groups", nargs="+", metavar="GROUP")
    delete = subcommand(actions, "delete", "Delete groups without members.", _delete)
    delete.add_argument("groups", nargs="+", metavar="GROUP")
    move = subcommand(actions, "reset", "Move the offsets of a group without members.", _reset)
    move.add_argument("group")
    move.add_argument("topics", nargs="+", metavar="TOPIC")
    move.add_argument("--to", required=True, metavar="WHERE", help="earliest, latest, an offset, or @MILLISECONDS")


def _admin(options: argparse.Namespace) -> Any:
    from ..admin import Admin

    return Admin(**client_options(options))


def _list(options: argparse.Namespace) -> None:
    with _admin(options) as admin:
        groups = admin.list_groups()
    table(("GROUP", "TYPE", "STATE"), [(each.group_id, each.group_type, each.state) for each in groups])


def _describe(options: argparse.Namespace) -> None:
    from ..admin import OffsetSpec

    rows: List[Any] = []
    with _admin(options) as admin:
        for group in admin.describe_groups(options.groups).values():
            offsets = admin.list_group_offsets(group.group_id)
            owners = {tp: each for each in group.members for tp in each.assignment}
            known = sorted({*offsets, *owners})
            ends = admin.list_partition_offsets({tp: OffsetSpec.LATEST for tp in known}) if known else {}
            print(f"{group.group_id}: {group.state}, {len(group.members)} members")
            for tp in known:
                at = offsets[tp].offset if tp in offsets else None
                end = ends[tp].offset
                owner = owners.get(tp)
                shown = "-" if at is None else at
                lag = "-" if at is None else end - at
                who = "-" if owner is None else f"{owner.client_id}@{owner.client_host}"
                rows.append((group.group_id, tp.topic, tp.partition, shown, end, lag, who))
    if rows:
        table(("GROUP", "TOPIC", "PARTITION", "OFFSET", "END", "LAG", "MEMBER"), rows)


def _delete(options: argparse.Namespace) -> None:
    with _admin(options) as admin:
        admin.delete_groups(options.groups)
    for group in options.groups:
        print(f"deleted {group}")


def _reset(options: argparse.Namespace) -> None:
    from ..admin import OffsetSpec

    with _admin(options) as admin:
        tps = [
            TopicPartition(topic.name, each.partition)
            for topic in admin.describe_topics(options.topics)
            for each in topic.partitions
        ]
        where = options.to
        if where.isdecimal():
            offsets = {tp: int(where) for tp in tps}
        else:
            offsets = _looked_up(admin, tps, where, OffsetSpec)
        admin.alter_group_offsets(options.group, offsets)
    rows = [(tp.topic, tp.partition, offset) for tp, offset in offsets.items()]
    table(("TOPIC", "PARTITION", "OFFSET"), rows)


def _looked_up(admin: Any, tps: List[TopicPartition], where: str, spec: Any) -> Dict[TopicPartition, int]:
    if where.upper() in ("EARLIEST", "LATEST"):
        wanted = spec[where.upper()]
    elif where.startswith("@") and where[1:].isdecimal():
        wanted = int(where[1:])
    else:
        raise ConfigurationError(f"--to {where}: earliest, latest, an offset or @MILLISECONDS is wanted")
    found = admin.list_partition_offsets({tp: wanted for tp in tps})
    ends = admin.list_partition_offsets({tp: spec.LATEST for tp in tps})
    return {tp: found[tp].offset if found[tp].offset >= 0 else ends[tp].offset for tp in tps}
