"""Commands on the past: versions, tag, log, watch."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping

from omegastore import log
from omegastore.cli.command import Command, open_store
from omegastore.cli.output import Output
from omegastore.mixins.versions import kept


def _versions(args: Namespace, output: Output) -> None:
    store = open_store(args)  # store.versions() and log() return frames, and pandas takes time to import
    found = kept(store.storage.whole(args.name))
    output.table([*found[0]], [[*each.values()] for each in found])


def _log(args: Namespace, output: Output) -> None:
    output.table(log.COLUMNS, log.rows(open_store(args).storage.catalog, args.limit))


def _tag(args: Namespace, output: Output) -> None:
    store = open_store(args)
    if args.delete:
        store.untag(args.name, args.tag)
    else:
        store.tag(args.name, args.tag, args.version)


def _watch(args: Namespace, output: Output) -> None:
    store = open_store(args)
    columns = ["moment", "verb", "name", "version", "tag", "token"]
    with store.watch(args.pattern, args.after, args.timeout, args.all) as changes:
        for each in changes:
            output.line(columns, [getattr(each, column) for column in columns])


def _watch_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("pattern", nargs="?", help="such as 'models/*'")
    parser.add_argument("--after", metavar="TOKEN", help="begin after the change that has this token; default: now")
    parser.add_argument("--timeout", type=float, help="seconds without a change to end after; default: Ctrl-C ends")
    parser.add_argument("--all", action="store_true", help="also of objects that begin with . or _")


def _name(parser: ArgumentParser) -> None:
    parser.add_argument("name")


def _tag_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name")
    parser.add_argument("tag")
    parser.add_argument("--version", type=int, default=-1, help="default: the latest")
    parser.add_argument("--delete", action="store_true", help="take the tag away")


def _log_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--limit", type=int, help="the most to show")


COMMANDS: Mapping[str, Command] = {
    "versions": Command("list the versions of an object", _versions, _name),
    "tag": Command("name a version, or take a name away", _tag, _tag_arguments),
    "watch": Command("tell changes of objects as they come", _watch, _watch_arguments),
    "log": Command("list the commits of the bucket", _log, _log_arguments),
}
