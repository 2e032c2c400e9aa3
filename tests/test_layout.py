"""What is installed is what the tree shows: the wheel, the links, and what an import costs."""

from __future__ import annotations

import configparser
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LINKS = {"omegastore/backends": "../backends", "omegastore/mixins": "../mixins"}


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run([str(part) for part in command], cwd=cwd, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def packages() -> list[str]:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg")
    return parser["options"]["packages"].split()


def folder_of(package: str) -> Path:
    parts = package.split(".")
    return (
        ROOT.joinpath(*parts[1:])
        if package in {"omegastore.backends", "omegastore.mixins"}
        else ROOT.joinpath(*parts)
    )


def module_files() -> dict[str, Path]:
    """Return the file of every module, by its name inside of a wheel."""
    return {
        f"{package.replace('.', '/')}/{path.name}": path
        for package in packages()
        for path in folder_of(package).glob("*.py")
    }


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the sources, since a build writes beside them."""
    copy = tmp_path_factory.mktemp("source")
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    for name in ("omegastore", "backends", "mixins"):
        shutil.copytree(ROOT / name, copy / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


@pytest.fixture(scope="module")
def wheel(source: Path) -> zipfile.ZipFile:
    # builds the sdist, then the wheel out of the sdist
    run(sys.executable, "-m", "build", "--no-isolation", cwd=source)
    (path,) = (source / "dist").glob("*.whl")
    return zipfile.ZipFile(path)


def test_setup_cfg_lists_every_package() -> None:
    inside = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for path in (ROOT / "omegastore").rglob("__init__.py")
        if path.parent.name not in {"backends", "mixins"}
    }
    assert Counter(packages()) == Counter(inside | {"omegastore.backends", "omegastore.mixins"})


@pytest.mark.parametrize("name", ["backends", "mixins"])
def test_the_folders_at_the_root_are_flat(name: str) -> None:
    # a subpackage there would be missing from the wheel without a word
    assert [path.name for path in (ROOT / name).iterdir() if path.is_dir() and path.name != "__pycache__"] == []
    assert (ROOT / name / "__init__.py").is_file()


@pytest.mark.parametrize(("link", "target"), LINKS.items())
def test_the_links_are_relative(link: str, target: str) -> None:
    path = ROOT / link
    if not path.is_symlink():
        pytest.skip("this checkout was made without symlinks")
    assert path.readlink().as_posix() == target


def test_the_wheel_holds_every_module_once_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    held = Counter(name for name in wheel.namelist() if ".dist-info/" not in name)
    assert held == Counter([*module_files(), "omegastore/py.typed"])


def test_the_wheel_holds_the_modules_as_they_are(wheel: zipfile.ZipFile) -> None:
    files = module_files()
    assert [name for name, path in files.items() if wheel.read(name) != path.read_bytes()] == []


def test_a_clone_without_symlinks_installs_and_imports_every_backend(source: Path, tmp_path: Path) -> None:
    git = shutil.which("git")
    if git is None:
        pytest.skip("no git here")
    shutil.copytree(source, tmp_path / "origin", symlinks=True, ignore=shutil.ignore_patterns("dist", "*.egg-info"))
    identity = ("-c", "user.name=test", "-c", "user.email=test@localhost")
    run(git, "init", "--quiet", cwd=tmp_path / "origin")
    run(git, "add", "--all", cwd=tmp_path / "origin")
    run(git, *identity, "commit", "--quiet", "--message", "all", cwd=tmp_path / "origin")
    run(git, "clone", "--quiet", "--config", "core.symlinks=false", "origin", "clone", cwd=tmp_path)
    assert (tmp_path / "clone" / "omegastore" / "backends").read_text() == "../backends"

    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation")
    run(*pip, "--target", tmp_path / "installed", "./clone", cwd=tmp_path)
    names = [
        f"omegastore.{folder}.{path.stem}"
        for folder in ("backends", "mixins")
        for path in sorted((ROOT / folder).glob("*.py"))
        if path.stem != "__init__"
    ]
    assert names
    # sys.path comes before the finder of an editable omegastore
    script = (
        "import importlib, sys\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "for name in sys.argv[2:]: print(importlib.import_module(name).__file__)"
    )
    installed = tmp_path / "installed"
    files = run(sys.executable, "-c", script, installed, *names, cwd=tmp_path).splitlines()
    assert len(files) == len(names)
    assert all(Path(file).is_relative_to(installed) for file in files)


def test_importing_omegastore_loads_no_heavy_library() -> None:
    script = "import omegastore, sys; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = set(run(sys.executable, "-c", script, cwd=ROOT).split())
    assert "omegastore" in loaded
    assert not loaded & {"pandas", "scipy", "sklearn", "tables", "h5py", "pyarrow", "polars", "dask"}


def test_every_public_name_can_be_imported() -> None:
    script = (
        "import omegastore\n"
        "assert set(omegastore.__all__) <= set(dir(omegastore))\n"
        "for name in omegastore.__all__: getattr(omegastore, name); print(name)"
    )
    assert "OmegaStore" in run(sys.executable, "-c", script, cwd=ROOT).split()
