"""docker-compose.yml: a replica set that is ready when it says so, and only on this machine."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def stack() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return content


def test_mongo_is_a_bounded_one_node_replica_set_of_version_7(stack: dict[str, Any]) -> None:
    mongo = stack["services"]["mongo"]
    assert mongo["image"].split(":")[1].split(".")[0] == "7"
    command = mongo["command"]
    assert command[command.index("--replSet") + 1] == "rs0"
    assert float(command[command.index("--wiredTigerCacheSizeGB") + 1]) <= 4


def test_every_published_port_is_bound_to_loopback(stack: dict[str, Any]) -> None:
    ports = [port for service in stack["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_health_check_initiates_and_is_healthy_on_a_primary_only(stack: dict[str, Any]) -> None:
    check = stack["services"]["mongo"]["healthcheck"]
    program, *_, script = check["test"][1:]
    assert check["test"][0] == "CMD"
    assert program == "mongosh"
    assert "rs.initiate" in script
    assert "isWritablePrimary" in script
    member = script.split("host: '")[1].split("'")[0]
    assert member == "mongo:27017"
    assert script.count("{") == script.count("}")
    assert "\n" not in script.strip()


def test_the_app_waits_for_a_healthy_server_and_names_its_replica_set(stack: dict[str, Any]) -> None:
    app = stack["services"]["app"]
    assert app["depends_on"] == {"mongo": {"condition": "service_healthy"}}
    assert app["environment"]["OMEGA_MONGO_URL"] == "mongodb://mongo:27017/?replicaSet=rs0"


def test_the_runtime_is_a_scheduler_and_two_workers_with_the_environment_of_the_app(stack: dict[str, Any]) -> None:
    app, scheduler, worker = (stack["services"][name] for name in ("app", "scheduler", "worker"))
    for service in (scheduler, worker):
        assert "ports" not in service  # who reaches a scheduler can run code
        assert service["environment"] == app["environment"]
        assert service["volumes"] == app["volumes"]  # the signing key is the same
        assert service["entrypoint"] == app["entrypoint"]
    assert "dask" in app["entrypoint"][2].split("[")[1].split("]")[0].split(",")
    assert worker["deploy"]["replicas"] == 2
    address = f"tcp://{scheduler['hostname']}:{scheduler['command'][scheduler['command'].index('--port') + 1]}"
    assert address in worker["command"]
    assert address in scheduler["healthcheck"]["test"][-1]
    assert worker["depends_on"]["scheduler"] == {"condition": "service_healthy"}


def test_the_project_of_the_examples_is_fitted_by_the_workers(stack: dict[str, Any]) -> None:
    app, project, scheduler = (stack["services"][name] for name in ("app", "project", "scheduler"))
    address = f"tcp://{scheduler['hostname']}:{scheduler['command'][scheduler['command'].index('--port') + 1]}"
    assert project["environment"] == {**app["environment"], "OMEGA_RUNTIME": address}
    assert set(project["depends_on"]) == {"mongo", "scheduler", "worker"}
    assert project["entrypoint"] == app["entrypoint"]
    assert (ROOT / project["command"][1]).is_file()
    assert "engine.launch()" in (ROOT / project["command"][1]).read_text()


def test_data_lives_in_named_volumes(stack: dict[str, Any]) -> None:
    named = set(stack["volumes"])
    mounts = dict(
        mount.split(":")[:2][::-1] for service in stack["services"].values() for mount in service["volumes"]
    )
    assert mounts["/data/db"] in named
    assert {source for source in mounts.values() if source != "."} == named


def test_the_app_copies_files_that_exist(stack: dict[str, Any]) -> None:
    script: str = stack["services"]["app"]["entrypoint"][2]
    copied = script.split("cp -r ")[1].split(" /app ")[0].split()
    assert copied
    assert not [name for name in copied if not (ROOT / name).exists()]
    assert (ROOT / stack["services"]["app"]["command"][1]).is_file()


def test_docker_accepts_the_file() -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True).returncode:
        pytest.skip("no docker client with compose here")
    result = subprocess.run(
        [docker, "compose", "--file", str(ROOT / "docker-compose.yml"), "config", "--quiet"],
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
