"""Main: find the command, run it, and turn what it raises into one line and an exit code.

Exit codes: 0 done; 1 an error, which one line on stderr names, or `fsck` has found something; 2 the command line was
wrong; 130 interrupted. Commands are imported when they are asked for.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import logging
import os
import re
import sys
import warnings
from argparse import ArgumentParser
from collections.abc import Sequence
from functools import partial
from typing import NoReturn

import omegastore
from omegastore import entrypoint, progress
from omegastore.cli.command import Command
from omegastore.cli.output import Output

MODULES = {
    "objects": {
        "ls": "list objects",
        "info": "show what is stored under a name",
        "put": "store a file, or what is in it",
        "get": "write an object to a file or to stdout",
        "cp": "copy an object",
        "rm": "drop objects",
    },
    "past": {
        "versions": "list the versions of an object",
        "tag": "name a version, or take a name away",
        "log": "list the commits of the bucket",
        "watch": "tell changes of objects as they come",
    },
    "moving": {"export": "write objects into an archive", "import": "take objects out of an archive"},
    "upkeep": {
        "gc": "remove payloads that no version needs",
        "fsck": "read everything and tell what is damaged",
        "du": "tell the bytes of objects and versions",
    },
    "place": {
        "grant": "print what lets a user reach one bucket alone",
        "server": "show, run or stop the embedded server",
        "config": "show the settings",
        "plugins": "list backends, and what other distributions add",
    },
}
"""The commands by the module that has them, each with its summary."""
HOMES = {name: module for module, names in MODULES.items() for name in names}


class Parser(ArgumentParser):
    """A parser that repeats no credentials of a wrong command line."""

    def error(self, message: str) -> NoReturn:
        """End with code 2, usage and message."""
        super().error(hidden(message))


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit code."""
    given = sys.argv[1:] if argv is None else list(argv)
    with warnings.catch_warnings():
        warnings.showwarning = _say_warning
        return _main(given)


def script() -> NoReturn:
    """Run the command of this process and end it, without the half second that the driver's threads sleep at exit."""
    if sys.stderr.isatty():  # where scripts of others show no bars
        os.environ.setdefault(progress.VARIABLE, "1")
    code = main()
    gc.collect()  # temporary folders go with their stores
    if "omegastore.mongo" in sys.modules:
        sys.modules["omegastore.mongo"].close_all()
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(BrokenPipeError):
            stream.flush()
    os._exit(code)


def _main(given: Sequence[str]) -> int:
    is_completing = "_ARGCOMPLETE" in os.environ
    try:
        parser = _parser(next((each for each in given if not each.startswith("-")), None), is_completing)
        if is_completing:
            _complete(parser)
        args = parser.parse_args(given)
        code = args.command.run(args, Output(args.json))
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001  # whatever it is, a user gets one line
        Output().say(f"omegastore: {one_line(error)}")
        return 1
    return code or 0


def _say_warning(
    message: Warning | str, category: object, filename: str, lineno: int, file: object = None, line: str | None = None
) -> None:
    """Write a warning as one line, without the line of code that it comes from."""
    Output().say(f"omegastore: warning: {one_line(message)}")


def one_line(error: Warning | Exception | str) -> str:
    r"""Return what an error says, in one line, without credentials.

    Examples
    --------
    >>> one_line(OSError("no way\nto mongodb://me:sesame@host/x?tlsPassword=y"))
    'no way to mongodb://(hidden)'
    """
    return hidden(" ".join(str(error).split()) or type(error).__name__)


def hidden(text: str) -> str:
    """Return a text without the credentials in the URLs that it holds."""
    return re.sub(r"(mongodb(?:\+srv)?://)[^\s'\"]*[@?][^\s'\"]*", r"\1(hidden)", text)


def _parser(chosen: str | None, takes_all: bool) -> ArgumentParser:
    """Return the parser; the arguments are those of the chosen command alone, since others are not imported."""
    parser = Parser("omegastore", description="Objects in MongoDB: models, frames, files and values.")
    parser.add_argument("--version", action="version", version=omegastore.__version__)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    offers = {} if chosen in HOMES else {each.name: each for each in entrypoint.offered(entrypoint.COMMANDS)}
    for module, names in MODULES.items():
        for name, summary in names.items():
            one = commands.add_parser(name, help=summary, description=summary)
            if takes_all or name == chosen:
                _configure(one, importlib.import_module(f"omegastore.cli.{module}").COMMANDS[name])
    for name, entry in offers.items():
        if name in HOMES:
            continue
        one = commands.add_parser(name, help=f"from {entrypoint.distribution(entry)}")
        wanted = takes_all or name == chosen
        if wanted and entrypoint.use(entry, partial(_configure, one)) is not None and name == chosen:
            parser.exit(1)  # what is wrong with it was said
    return parser


def _configure(parser: ArgumentParser, command: Command) -> None:
    if not isinstance(command, Command):
        raise TypeError(f"{command!r} is not an omegastore.cli.command.Command")
    parser.set_defaults(command=command)
    parser.allow_abbrev = False  # or an option that is added later changes what an abbreviation means
    parser.add_argument("--json", action="store_true", help="write data as JSON")
    parser.add_argument(
        "--url", help="MongoDB URI; a password in it is seen by others, so better set OMEGA_MONGO_URL"
    )
    parser.add_argument("--bucket", help="default: OMEGA_MONGO_COLLECTION")
    parser.add_argument("--prefix", help="stands before the names")
    command.configure(parser)


def _complete(parser: ArgumentParser) -> None:
    """Answer the shell's question what may follow, when argcomplete is installed, and end."""
    try:
        import argcomplete
    except ImportError:
        return
    argcomplete.autocomplete(parser)
