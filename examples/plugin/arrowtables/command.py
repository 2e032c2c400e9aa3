"""The command ``omegastore schema NAME``."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from omegastore.cli.command import Command, open_store
from omegastore.cli.output import Output


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", help="an Arrow table")


def _run(args: Namespace, output: Output) -> None:
    fields = open_store(args).schema(args.name)
    output.table(["column", "type"], [(each.name, str(each.type)) for each in fields])


SCHEMA = Command("show the columns of an Arrow table", _run, _arguments)
