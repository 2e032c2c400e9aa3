"""Mongods: servers of the fault tests, alone or as a replica set of several on loopback, and their end."""

from __future__ import annotations

import socket
import subprocess
import time
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

FLAGS = (
    *("--bind_ip", "127.0.0.1", "--nounixsocket", "--noscripting", "--quiet"),
    *("--oplogSize", "128", "--wiredTigerCacheSizeGB", "0.25"),
    *("--wiredTigerEngineConfigString", "log=(prealloc=false,file_max=16MB)"),
    *("--setParameter", "diagnosticDataCollectionEnabled=false"),
    *("--setParameter", "transactionLifetimeLimitSeconds=15"),
)
START = 60.0
"""Seconds that a server may take until it can be written to."""


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Mongod:
    """One mongod with a data folder.

    Parameters
    ----------
    program : Path
        The executable.
    folder : Path
        Where its data are.
    replica : bool
        Whether it is to be a member of a replica set, or stands alone.
    """

    def __init__(self, program: Path, folder: Path, *, replica: bool = True) -> None:
        self._program, self._folder, self.port = program, folder, free_port()
        self._replica = ("--replSet", "faults") if replica else ()
        self._process: subprocess.Popen[bytes] | None = None
        self.flags: tuple[str, ...] = ()
        """Further arguments of its command line, from its next start on."""

    def start(self) -> None:
        """Start the process; it may not yet answer."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._folder.with_name(f"{self._folder.name}.log").open("ab") as log:
            place = ("--dbpath", str(self._folder), "--port", str(self.port))
            command = [str(self._program), *place, *self._replica, *FLAGS, *self.flags]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)

    def wait(self) -> None:
        """Wait until it takes connections."""
        end = time.monotonic() + START
        while True:
            assert self._process is not None
            assert self._process.poll() is None, f"mongod ended with {self._process.returncode}"
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                assert time.monotonic() < end, "mongod takes no connections"
                time.sleep(0.02)
            else:
                return

    def kill(self) -> None:
        """End it as a loss of power does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class ReplicaSet:
    """Mongods that are one replica set; of one member, a single server that is restarted.

    Parameters
    ----------
    program : Path
        The executable.
    folder : Path
        Where the data are.
    size : int
        The number of members.
    """

    def __init__(self, program: Path, folder: Path, size: int = 1) -> None:
        self.members = [Mongod(program, folder / f"member{at}") for at in range(size)]
        for each in self.members:
            each.start()
            each.wait()
        hosts = [f"127.0.0.1:{each.port}" for each in self.members]
        self.url = f"mongodb://{','.join(hosts)}/?replicaSet=faults"
        config = {
            "_id": "faults",
            "members": [{"_id": at, "host": host} for at, host in enumerate(hosts)],
            "settings": {"electionTimeoutMillis": 2000},
        }
        with MongoClient[dict[str, Any]](hosts[0], directConnection=True, serverSelectionTimeoutMS=60_000) as client:
            client.admin.command("replSetInitiate", config)
        self.wait()

    def wait(self) -> None:
        """Wait until the set can be written to."""
        end = time.monotonic() + START
        with MongoClient[dict[str, Any]](self.url, serverSelectionTimeoutMS=1000) as client:
            while True:
                try:
                    client.get_database("probe").get_collection("probe").insert_one({})
                except PyMongoError:
                    if time.monotonic() > end:
                        raise
                else:
                    return

    def primary(self) -> Mongod | None:
        """Return the member that takes writes, None while there is none."""
        with MongoClient[dict[str, Any]](self.url, serverSelectionTimeoutMS=500) as client:
            try:
                client.admin.command("ping")
                address = client.primary
            except PyMongoError:
                return None
        return next((each for each in self.members if address and each.port == address[1]), None)

    def step_down(self) -> bool:
        """Ask the primary to let another one be primary; return whether it did."""
        with MongoClient[dict[str, Any]](self.url, serverSelectionTimeoutMS=500) as client:
            try:
                client.admin.command("replSetStepDown", 10, secondaryCatchUpPeriodSecs=5)
            except OperationFailure:
                return False
            except PyMongoError:  # the connection is cut by the step
                return True
        return True

    def end(self) -> None:
        """Kill all members."""
        for each in self.members:
            each.kill()
