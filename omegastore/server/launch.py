"""The start of a supervisor, as a process that outlives its starter and knows nothing of its secrets."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

from omegastore.errors import EmbeddedServerError
from omegastore.server import binary, endpoint
from omegastore.server.home import Home

_log = logging.getLogger("omegastore.server")
_KEPT = (
    *("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "XDG_RUNTIME_DIR"),
    *("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
)


def launch(home: Home, idle: float) -> None:
    """Start a supervisor for `home` and wait until its server is ready.

    Parameters
    ----------
    home : Home
        The folder of the server.
    idle : float
        Seconds that the server runs on after the last lease.

    Raises
    ------
    EmbeddedServerError
        If no mongod is found, or the data is of another version, or mongod does not start.
    """
    mongod = binary.find()
    data, socket = home.data(mongod.major), endpoint.place(home.path)
    _log.info("starting %s %s on %s", mongod.path, mongod.version, data)
    command = [sys.executable, "-P", "-m", "omegastore.server.supervisor"]
    arguments = [str(home.path), str(mongod.path), str(data), str(socket), str(idle)]
    with home.supervisor_log.open("ab") as log:
        mark = log.tell()
        process = subprocess.Popen(  # noqa: S603  # our own module
            [*command, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd="/",
            env=_environment(),
            start_new_session=True,
        )
        report = process.communicate()[0].decode(errors="replace")
    if report in ("ready", "busy"):
        return
    if not report:
        with home.supervisor_log.open("rb") as log:
            log.seek(mark)
            report = f"its supervisor ended: {log.read()[-1000:].decode(errors='replace').strip()}"
    raise EmbeddedServerError(f"the embedded server of {home.path} did not start: {report}")


def _environment() -> dict[str, str]:
    # The supervisor outlives its starter: it gets nothing of the starter's secrets and settings, only the way
    # to the same modules, which an uninstalled tree finds in no other way.
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {"PYTHONPATH": os.pathsep.join(str(Path(entry).absolute()) for entry in sys.path)}
