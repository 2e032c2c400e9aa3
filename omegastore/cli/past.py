"""Commands on the past: versions, tag, log."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping

from omegastore.cli.command import Command, open_store
from omegastore.cli.output import Output


def _versions(args: Namespace, output: Output) -> None:
    output.frame(open_store(args).versions(args.name))


def _log(args: Namespace, output: Output) -> None:
    output.frame(open_store(args).log(args.limit))


def _tag(args: Namespace, output: Output) -> None:
    store = open_store(args)
    if args.delete:
        store.untag(args.name, args.tag)
    else:
        store.tag(args.name, args.tag, args.version)


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
    "log": Command("list the commits of the bucket", _log, _log_arguments),
}
