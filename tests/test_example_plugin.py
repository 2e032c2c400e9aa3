"""The example of a plugin, in a fresh environment: it is found without configuration; broken ones harm nobody."""

from __future__ import annotations

import json
import os
import shutil
import site
import subprocess
import sys
import venv
from collections.abc import Generator
from contextlib import contextmanager
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "examples" / "plugin"
BROKEN = """[omegastore.backends]
broken.kind = nowhere_to_be_found:Backend
broken.other = json:JSONDecoder

[omegastore.mixins]
evil = omegastore_broken:Evil

[omegastore.commands]
broken = omegastore_broken:Evil
"""


class Environment:
    """A virtual environment that has the plugins of its own, and sees the packages of this one."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder, symlinks=os.name == "posix")
        scripts = folder / ("Scripts" if os.name == "nt" else "bin")
        self.python = scripts / "python"
        script = "import site; print(site.getsitepackages()[0])"
        self.site = Path(subprocess.run([self.python, "-c", script], capture_output=True, text=True).stdout.strip())
        seen = [str(ROOT), *(path for path in (*sys.path, *site.getsitepackages()) if path.endswith("-packages"))]
        lines = [f"import site; site.addsitedir({path!r})" for path in dict.fromkeys(seen)]
        (self.site / "behind.pth").write_text("\n".join(lines) + "\n")

    def run(self, *words: str | Path, url: str = "", cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        environ = {**os.environ, "OMEGA_MONGO_URL": url, "OMEGA_STORE_SIGNING_KEY": "the key of the tests"}
        command = [str(each) for each in (self.python, *words)]
        return subprocess.run(command, capture_output=True, text=True, env=environ, cwd=cwd, timeout=280)

    def script(self, source: str, url: str) -> str:
        done = self.run("-c", source, url=url)
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def having(self, name: str, entries: str, source: str) -> Generator[None, None, None]:
        """Have a distribution of one module installed."""
        info = self.site / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(entries)
        (self.site / f"{name}.py").write_text(source)
        yield
        shutil.rmtree(info)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    pytest.importorskip("pyarrow")
    folder = tmp_path_factory.mktemp("plugin")
    shutil.copytree(EXAMPLE, folder / "source")  # a build writes beside it
    made = Environment(folder / "environment")
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--disable-pip-version-check")
    done = made.run("-m", "pip", "install", *options, folder / "source")
    assert done.returncode == 0, done.stderr
    return made


def test_its_own_tests_pass_in_a_fresh_environment(
    environment: Environment, omegastore_url: str, tmp_path: Path
) -> None:
    shutil.copytree(EXAMPLE / "tests", tmp_path / "tests")
    is_installed = any(each.name == "omegastore" for each in entry_points(group="pytest11"))
    options = () if is_installed else ("-p", "omegastore.testing.plugin")
    command = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", *options, "tests")
    done = environment.run(*command, url=omegastore_url, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(done.stdout.splitlines()[-1].split(" passed")[0]) > 40


def test_backend_mixin_and_command_are_found_without_configuration(environment: Environment, store_url: str) -> None:
    said = environment.script(
        "import pyarrow as pa, sys\n"
        "from omegastore import OmegaStore\n"
        "assert 'arrowtables' not in sys.modules\n"
        "store, table = OmegaStore(), pa.table({'a': [1, 2], 'b': ['x', None]})\n"
        "print(store.put(table, 'table').kind)\n"
        "print(OmegaStore().get('table').equals(table), store.schema('table').names)\n",
        store_url,
    )
    assert said == "arrow.table\nTrue ['a', 'b']\n"
    done = environment.run("-m", "omegastore.cli", "schema", "table", "--json", url=store_url)
    assert json.loads(done.stdout) == [{"column": "a", "type": "int64"}, {"column": "b", "type": "string"}]
    assert done.stderr == ""
    assert "from omegastore-arrowtables" in environment.run("-m", "omegastore.cli", "--help").stdout


@pytest.fixture
def broken(environment: Environment) -> Generator[None, None, None]:
    source = 'class Evil:\n    """Hides a verb."""\n    def get(self): ...\n'
    with environment.having("omegastore_broken", BROKEN, source):
        yield


@pytest.mark.usefixtures("broken")
def test_a_broken_plugin_is_named_and_breaks_nothing_else(environment: Environment, store_url: str) -> None:
    said = environment.script(
        "import pyarrow as pa, warnings\n"
        "from omegastore import OmegaStore\n"
        "store = OmegaStore()\n"
        "with warnings.catch_warnings(record=True) as found:\n"
        "    warnings.simplefilter('always')\n"
        "    print(store.put(pa.table({'a': [1]}), 'table').kind, store.schema('table').names)\n"
        "    assert store.get('table').num_rows == 1\n"
        "    assert not hasattr(store, 'unknown')\n"
        "for each in found: print(each.message)\n",
        store_url,
    )
    first, *told = said.splitlines()
    assert first == "arrow.table ['a']"
    assert [line.partition(" cannot be loaded: ")[0] for line in told] == [
        "the backend 'broken.kind' of omegastore_broken",
        "the backend 'broken.other' of omegastore_broken",
        "the mixin 'evil' of omegastore_broken",
    ]
    assert "nowhere_to_be_found" in told[0]
    assert "a mixin only adds" in told[2]

    done = environment.run("-m", "omegastore.cli", "plugins", "--json", url=store_url)
    states = {(each["group"], each["name"]): each["error"] is None for each in json.loads(done.stdout)}
    assert states["backends", "arrow.table"]
    assert states["mixins", "schema"]
    assert states["commands", "schema"]
    assert states["backends", "pandas.dfrows"]
    assert sorted(each for each, works in states.items() if not works) == [
        ("backends", "broken.kind"),
        ("backends", "broken.other"),
        ("commands", "broken"),
        ("mixins", "evil"),
    ]
    done = environment.run("-m", "omegastore.cli", "broken", url=store_url)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "the command 'broken' of omegastore_broken cannot be loaded" in done.stderr
