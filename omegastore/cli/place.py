"""Commands on where objects are and what runs there: grant, server, config, plugins."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import omegastore
from omegastore import entrypoint, server
from omegastore.backends import SPECS
from omegastore.cli.command import Command, open_store
from omegastore.cli.output import Output
from omegastore.config import Setting, is_secret, settings
from omegastore.extension import extended
from omegastore.mongo import HIDDEN, redact
from omegastore.registry import spec_of
from omegastore.server.__main__ import main as hold
from omegastore.server.home import Home


def _grant(args: Namespace, output: Output) -> None:
    text = open_store(args).grant(args.user, args.access)
    output.data({"mongosh": text} if output.is_json else text.rstrip("\n"))


def _grant_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("user")
    parser.add_argument("access", nargs="?", default="readWrite", choices=["readWrite", "read"])


def _server(args: Namespace, output: Output) -> None:
    if args.action == "run":
        hold()
        return
    home = Home.open()
    if args.action == "stop":
        server.stop(home.path)
    state = home.read_state()
    runs = state is not None and bool(state.socket)
    output.data({"home": home.path, "runs": runs, "socket": state.socket if state is not None else None})


def _server_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("action", nargs="?", default="status", choices=["status", "run", "stop"])


def _config(args: Namespace, output: Output) -> None:
    given = {"OMEGA_MONGO_URL": args.url, "OMEGA_MONGO_COLLECTION": args.bucket}
    found = settings(given)
    if args.show_origin:
        output.table(["setting", "value", "origin"], [(each.name, _safe(each), each.origin) for each in found])
    else:
        output.table(["setting", "value"], [(each.name, _safe(each)) for each in found])


def _config_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--show-origin", action="store_true", help="say who has decided each setting")


def _safe(setting: Setting) -> Any:
    """Return the value without its secrets."""
    if setting.value is None or not is_secret(setting.name):
        return setting.value
    if setting.name != "OMEGA_MONGO_URL":
        return HIDDEN
    place = redact(setting.value)
    return place if place == setting.value else f"{place} {HIDDEN}"


def _plugins(args: Namespace, output: Output) -> None:
    rows: list[tuple[str, str, str, str | None]] = [("backends", spec.kind, "omegastore", None) for spec in SPECS]
    for group, check in CHECKS.items():
        for entry in entrypoint.offered(group):
            wrong = entrypoint.use(entry, partial(check, entry.name))
            rows.append((group.removeprefix("omegastore."), entry.name, entrypoint.distribution(entry), wrong))
    output.table(["group", "name", "distribution", "error"], rows)


def _check_mixin(name: str, mixin: Any) -> None:
    extended(omegastore.OmegaStore, mixin)


def _check_command(name: str, command: Any) -> None:
    if not isinstance(command, Command):
        raise TypeError(f"{command!r} is not an omegastore.cli.command.Command")


CHECKS: Mapping[str, Callable[[str, Any], object]] = {
    entrypoint.BACKENDS: spec_of,
    entrypoint.MIXINS: _check_mixin,
    entrypoint.COMMANDS: _check_command,
}
"""By the group of entry points: raises for what cannot be used."""


COMMANDS: Mapping[str, Command] = {
    "grant": Command("print what lets a user reach one bucket alone", _grant, _grant_arguments),
    "server": Command("show, run or stop the embedded server", _server, _server_arguments),
    "config": Command("show the settings", _config, _config_arguments),
    "plugins": Command("list backends, and what other distributions add", _plugins),
}
