"""What tests of the engine share: a runtime of this machine, a server on the network, a Dask cluster of processes."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from omegastore import OmegaStore
from omegastore.engine.runtime import Runtime
from omegastore.server import binary

ROOT = Path(__file__).parents[2]
KEY = "the key of the tests"
if str(ROOT) not in sys.path:  # it is there for `python -m pytest`, not for a plain `pytest`
    sys.path.insert(0, str(ROOT))


@pytest.fixture(scope="session")
def runtime() -> Iterator[Runtime]:
    """Return a runtime of one process on this machine."""
    with Runtime(environ={"OMEGA_STORE_SIGNING_KEY": KEY}) as runtime:
        yield runtime


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def network_server(omegastore_url: str) -> Iterator[str]:
    """Return the URL of a server that other processes reach over the network."""
    if "%2F" not in omegastore_url:
        yield omegastore_url
        return
    folder, port = Path(tempfile.mkdtemp(prefix="omegastore-net-")), free_port()
    command = [str(binary.find().path), "--dbpath", str(folder), "--bind_ip", "127.0.0.1", "--port", str(port)]
    with (folder / "log").open("wb") as log:
        options = ["--nounixsocket", "--quiet", "--wiredTigerCacheSizeGB", "0.25"]
        process = subprocess.Popen([*command, *options], stdout=log, stderr=log)
    url = f"mongodb://127.0.0.1:{port}/?directConnection=true"
    try:
        with MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=60_000) as client:
            client.admin.command("ping")
        yield url
    finally:
        process.terminate()
        process.wait(60)
        shutil.rmtree(folder)


@pytest.fixture
def network_url(network_server: str) -> str:
    """Return the URL of a fresh database there."""
    return network_server.replace("/?", f"/test_{uuid.uuid4().hex[:16]}?")


@pytest.fixture
def network_store(network_url: str) -> OmegaStore:
    """Return a store on a fresh database there."""
    return OmegaStore(network_url, defaults={"OMEGA_STORE_SIGNING_KEY": KEY})


@pytest.fixture(scope="session")
def cluster() -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Return the address of a Dask scheduler and its two workers, each a process of its own."""
    port, folder = free_port(), tempfile.mkdtemp(prefix="omegastore-dask-")
    address = f"tcp://127.0.0.1:{port}"
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "OMEGA_STORE_SIGNING_KEY": KEY}
    scheduler = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port)]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-dashboard"]
    processes: list[subprocess.Popen[bytes]] = []
    with (Path(folder) / "log").open("wb") as log:
        for command in ([*scheduler, "--no-dashboard"], [*worker, "--no-nanny"], [*worker, "--no-nanny"]):
            processes.append(subprocess.Popen(command, cwd=folder, env=environ, stdout=log, stderr=log))
    try:
        yield address, processes
    finally:
        for process in processes[::-1]:
            process.kill()
        for process in processes[::-1]:
            process.wait(60)
        shutil.rmtree(folder)


@pytest.fixture
def until() -> Callable[[Callable[[], object]], None]:
    """Return a function that waits until something is so."""

    def wait(is_so: Callable[[], object]) -> None:
        end = time.monotonic() + 60
        while not is_so():
            assert time.monotonic() < end
            time.sleep(0.02)

    return wait
