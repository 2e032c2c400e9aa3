"""The runtime on a Dask cluster: a scheduler and two workers, each a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from typing import Any

import pytest

from omegastore import OmegaStore
from omegastore.engine import cluster as clusters
from omegastore.engine.runtime import Runtime
from omegastore.errors import Aborted, DoesNotExist, WorkerDied, WorkTimeout
from omegastore.reservation import Reservation
from tests.engine import work

Cluster = tuple[str, list[subprocess.Popen[bytes]]]
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")


def test_workers_of_a_cluster_read_from_the_server_and_fill_reserved_names(
    cluster: Cluster, network_store: OmegaStore
) -> None:
    network_store.put([1, 2, 3], "numbers", kind="python.object")
    with Runtime(cluster[0]) as runtime:
        runtime.check(network_store.storage.connection)
        assert runtime.run(work.read, network_store, "numbers") == [1, 2, 3]
        assert runtime.run(work.process) in [process.pid for process in cluster[1][1:]]
        with pytest.raises(DoesNotExist, match="letters"):
            runtime.run(work.read, network_store, "letters")
        with Reservation(network_store.storage, "x", "python.object") as ticket:
            runtime.run(work.redeem, network_store, ticket, {"a": (1, 2)})
        assert network_store.get("x") == {"a": (1, 2)}


def test_a_late_worker_of_a_cluster_cannot_commit_what_was_given_up(
    cluster: Cluster, network_store: OmegaStore
) -> None:
    with Runtime(cluster[0]) as runtime:
        with pytest.raises(WorkTimeout), Reservation(network_store.storage, "x") as ticket:
            runtime.run(work.redeem, network_store, ticket, {"a": 1}, 2.0, timeout=0.5)
        with pytest.raises(Aborted):
            runtime.run(work.redeem, network_store, ticket, {"a": 1})
        assert len(runtime.map(work.sleep, [(0.1,), (0.1,), (0.1,)])) == 3
    time.sleep(2.0)
    assert network_store.list(hidden=True, include_temp=True) == []
    assert network_store.storage.catalog.collection.count_documents({}) == 0


def test_where_no_scheduler_answers_the_error_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "PATIENCE", 0.5)
    with pytest.raises(WorkerDied, match=r"no Dask scheduler answers at tcp://127.0.0.1:1"):
        Runtime("tcp://127.0.0.1:1").run(work.process)


@pytest.mark.slow
def test_a_cluster_that_loses_all_of_its_workers_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from distributed import LocalCluster

    options: dict[str, Any] = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": ":0"}
    start: Any = LocalCluster  # it has no types
    with start(**options, processes=True) as local, Runtime(local.scheduler_address) as runtime:
        assert runtime.run(work.process) != os.getpid()
        for worker in [*local.workers.values()]:
            os.kill(worker.process.pid, signal.SIGKILL)  # the nanny starts another one
        assert runtime.run(pow, 2, 3) == 8
        with pytest.raises(WorkerDied, match="'the training' was given up"):
            runtime.run(work.die, label="the training")
        assert runtime.run(pow, 2, 3) == 8
        monkeypatch.setattr(clusters, "PATIENCE", 3.0)
        local.scale(0)
        with pytest.raises(WorkerDied):
            runtime.run(work.sleep, 30)
