"""Commands that keep a store clean: gc, fsck, du."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from dataclasses import asdict

from omegastore.cli.command import Command, open_store
from omegastore.cli.output import Output
from omegastore.mixins.maintenance import USAGE, usage


def _gc(args: Namespace, output: Output) -> None:
    output.data(asdict(open_store(args).gc(args.grace, args.dry_run)))


def _gc_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--grace", type=float, help="seconds that readers have; default: OMEGA_STORE_GRACE")
    parser.add_argument("--dry-run", action="store_true", help="remove nothing, only tell")


def _fsck(args: Namespace, output: Output) -> int:
    found = open_store(args).fsck()
    output.table(["what", "where", "detail"], [(each.what, each.where, each.detail) for each in found])
    return 1 if found else 0


def _du(args: Namespace, output: Output) -> None:
    output.table(USAGE, usage(open_store(args).storage))


COMMANDS: Mapping[str, Command] = {
    "gc": Command("remove payloads that no version needs", _gc, _gc_arguments),
    "fsck": Command("read everything and tell what is damaged", _fsck),
    "du": Command("tell the bytes of objects and versions", _du),
}
