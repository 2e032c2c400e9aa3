"""Command: one word of the command line, what it takes and what it does."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import omegastore
from omegastore.cli.output import Output

if TYPE_CHECKING:
    from omegastore.store import OmegaStore


def nothing(parser: ArgumentParser) -> None:
    """Take no arguments but those that all commands take."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command; a plugin's entry point in the group ``omegastore.commands`` names one.

    Examples
    --------
    >>> count = Command("count the objects", lambda args, output: output.data(len(open_store(args))))
    >>> count.summary
    'count the objects'
    """

    summary: str
    """What it does, as help lists it."""
    run: Callable[[Namespace, Output], int | None]
    """Does it; returns the exit code, None for 0. What it raises ends the process with one line and code 1."""
    configure: Callable[[ArgumentParser], None] = nothing
    """Adds its arguments; ``--json --url --bucket --prefix`` are there."""


def open_store(args: Namespace, bucket: str | None = None) -> OmegaStore:
    """Return the store that the arguments and settings name, or the one of another bucket beside it."""
    return omegastore.OmegaStore(args.url, bucket=bucket or args.bucket, prefix=args.prefix)
