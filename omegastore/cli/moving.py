"""Commands that move objects: export, import."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping

from omegastore.cli.command import Command, open_store
from omegastore.cli.output import Output


def _export(args: Namespace, output: Output) -> None:
    kept = "all" if args.all_versions else "latest"
    names = open_store(args).to_archive(args.pattern, args.archive, versions=kept)
    output.table(["name"], [[each] for each in names])


def _export_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("pattern", help="a name, or a pattern such as 'models/*'")
    parser.add_argument("archive", help="the file to write")
    parser.add_argument("--all-versions", action="store_true", help="default: the latest of each")


def _import(args: Namespace, output: Output) -> None:
    found = open_store(args).from_archive(args.archive, args.pattern)
    output.table(["name", "version"], [[each.name, each.version] for each in found])


def _import_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("archive", help="the file to read")
    parser.add_argument("pattern", nargs="?", default="*", help="default: all objects")


COMMANDS: Mapping[str, Command] = {
    "export": Command("write objects into an archive", _export, _export_arguments),
    "import": Command("take objects out of an archive", _import, _import_arguments),
}
