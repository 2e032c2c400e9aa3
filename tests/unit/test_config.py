"""Settings come from argument, environment, project's file, user's file, default; each knows from where."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest

from omegastore import configfile
from omegastore.config import Setting, Settings, is_secret, settings
from omegastore.errors import InvalidSetting


@pytest.fixture
def user_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the path of a user's configuration file that is not the developer's; nothing is there yet."""
    folder = tmp_path / "config"
    folder.mkdir()

    def user_config_path(name: str) -> Path:
        return folder

    monkeypatch.setattr(platformdirs, "user_config_path", user_config_path)
    return folder / "omegastore.toml"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project's folder; the working directory is one below it."""
    folder = tmp_path / "project"
    (folder / "inner").mkdir(parents=True)
    monkeypatch.chdir(folder / "inner")
    return folder


def setting(name: str, given: object = None, **environ: str) -> Setting:
    return next(each for each in settings(given, environ) if each.name == name)


@pytest.mark.usefixtures("project")
def test_each_source_wins_over_those_below_it(project: Path, user_file: Path) -> None:
    name = "OMEGA_MONGO_COLLECTION"
    assert setting(name) == Setting(name, "omegaml", "default")
    user_file.write_text(f"{name} = 'of-user'\nOMEGA_STORE_LEASE = 5\n")
    assert setting(name) == Setting(name, "of-user", str(user_file))
    (project / "omegastore.toml").write_text(f"{name} = 'of-project'\n")
    assert setting(name) == Setting(name, "of-project", str(project / "omegastore.toml"))
    assert setting("OMEGA_STORE_LEASE").origin == str(user_file)
    assert setting(name, **{name: "of-environment"}) == Setting(name, "of-environment", "environment")
    assert setting(name, {name: "given"}, **{name: "of-environment"}) == Setting(name, "given", "argument")
    assert Settings.load(None, {}).OMEGA_MONGO_COLLECTION == "of-project"
    assert Settings.load(None, {}).OMEGA_STORE_LEASE == 5.0


def test_the_nearest_project_file_is_read_and_a_pyproject_without_our_table_is_passed(
    project: Path, user_file: Path
) -> None:
    (project.parent / "omegastore.toml").write_text("OMEGA_MONGO_COLLECTION = 'far'")
    (project / "inner" / "pyproject.toml").write_text("[tool.other]\nx = 1")
    assert setting("OMEGA_MONGO_COLLECTION").value == "far"
    (project / "pyproject.toml").write_text("[tool.omegastore]\nOMEGA_MONGO_COLLECTION = 'near'")
    assert setting("OMEGA_MONGO_COLLECTION").value == "near"
    (project / "omegastore.toml").write_text("OMEGA_MONGO_COLLECTION = 'own'")
    assert setting("OMEGA_MONGO_COLLECTION").value == "own"


def test_a_file_that_changes_is_read_anew(project: Path, user_file: Path) -> None:
    user_file.write_text("OMEGA_STORE_KEEP_VERSIONS = 3")
    assert Settings.load(None, {}).OMEGA_STORE_KEEP_VERSIONS == 3
    user_file.write_text("OMEGA_STORE_KEEP_VERSIONS = 10")
    assert Settings.load(None, {}).OMEGA_STORE_KEEP_VERSIONS == 10


def test_a_named_file_is_the_only_one_and_an_empty_name_means_none(
    project: Path, user_file: Path, tmp_path: Path
) -> None:
    user_file.write_text("OMEGA_STORE_LEASE = 5")
    (project / "omegastore.toml").write_text("OMEGA_STORE_GRACE = 6")
    named = tmp_path / "named.toml"
    named.write_text("OMEGA_STORE_TRUST = 'skops'")
    loaded = Settings.load(None, {"OMEGASTORE_CONFIG": str(named)})
    assert (loaded.OMEGA_STORE_TRUST, loaded.OMEGA_STORE_LEASE, loaded.OMEGA_STORE_GRACE) == ("skops", 60, 60)
    assert Settings.load(None, {"OMEGASTORE_CONFIG": ""}) == Settings()


def test_every_type_of_setting_is_said_by_file_and_environment_alike(user_file: Path, project: Path) -> None:
    user_file.write_text(
        "OMEGA_STORE_HASHEDNAMES = false\nOMEGA_STORE_MIXINS = ['a:B', 'c:D']\nOMEGA_STORE_KEEP_VERSIONS = 0\n"
        "OMEGA_STORE_GRACE = 1\n[OMEGA_STORE_BACKENDS]\n'a.b' = 'c:D'\n"
    )
    environ = {
        "OMEGA_STORE_HASHEDNAMES": "no",
        "OMEGA_STORE_MIXINS": "a:B, c:D",
        "OMEGA_STORE_KEEP_VERSIONS": "0",
        "OMEGA_STORE_GRACE": "1",
        "OMEGA_STORE_BACKENDS": "a.b=c:D",
    }
    loaded = Settings.load(None, {})
    user_file.unlink()
    assert loaded == Settings.load(None, environ) == Settings(
        OMEGA_STORE_HASHEDNAMES=False,
        OMEGA_STORE_MIXINS=("a:B", "c:D"),
        OMEGA_STORE_KEEP_VERSIONS=0,
        OMEGA_STORE_GRACE=1.0,
        OMEGA_STORE_BACKENDS={"a.b": "c:D"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("OMEGA_STORE_KEEP_VERSION = 1", "there is no setting 'OMEGA_STORE_KEEP_VERSION'; did you mean .*VERSIONS"),
        ("colour = 1", "there is no setting 'colour'; the settings are"),
        ("OMEGA_STORE_LEASE = 'soon'", "OMEGA_STORE_LEASE takes a number, not 'soon'"),
        ("OMEGA_STORE_LEASE = true", "OMEGA_STORE_LEASE takes a number, not True"),
        ("OMEGA_STORE_KEEP_VERSIONS = 1.5", "OMEGA_STORE_KEEP_VERSIONS takes a whole number"),
        ("OMEGA_STORE_KEEP_VERSIONS = -1", "OMEGA_STORE_KEEP_VERSIONS is -1; at least 0"),
        ("OMEGA_STORE_TRUST = 'everybody'", "OMEGA_STORE_TRUST is 'everybody'"),
        ("OMEGA_STORE_MIXINS = 'a:B'", "OMEGA_STORE_MIXINS takes an array of texts"),
        ("OMEGA_STORE_BACKENDS = {a = 1}", "OMEGA_STORE_BACKENDS takes a table of texts"),
        ("OMEGA_STORE_HASHEDNAMES = 1", "OMEGA_STORE_HASHEDNAMES takes true or false"),
        ("x = =", "is not TOML: .*line 1"),
    ],
)
def test_an_error_names_file_and_key(text: str, said: str, user_file: Path, project: Path) -> None:
    user_file.write_text(text)
    with pytest.raises(InvalidSetting, match=said) as caught:
        Settings.load(None, {})
    assert str(user_file) in str(caught.value)


def test_an_error_about_a_secret_does_not_show_it(user_file: Path, project: Path) -> None:
    user_file.write_text("OMEGA_STORE_SIGNING_KEY = 4711")
    with pytest.raises(InvalidSetting, match="OMEGA_STORE_SIGNING_KEY takes a text") as caught:
        Settings.load(None, {})
    assert "4711" not in str(caught.value)
    user_file.unlink()
    assert [each for each in ("OMEGA_MONGO_URL", "OMEGA_STORE_SIGNING_KEY", "OMEGA_TMP") if is_secret(each)] == [
        "OMEGA_MONGO_URL",
        "OMEGA_STORE_SIGNING_KEY",
    ]
    assert "sesame" not in repr(settings({"OMEGA_STORE_SIGNING_KEY": "sesame"}, {}))


@pytest.mark.parametrize(
    "line",
    ["OMEGA_STORE_TRUST = 'all'", "OMEGA_STORE_SIGNING_KEY = 'mine'", "OMEGA_RUNTIME = 'tcp://elsewhere:8786'"],
)
def test_a_project_cannot_say_whom_the_user_trusts(line: str, user_file: Path, project: Path) -> None:
    (project / "omegastore.toml").write_text(line)
    with pytest.raises(InvalidSetting, match="says whom you trust"):
        Settings.load(None, {})
    (project / "omegastore.toml").rename(user_file)
    Settings.load(None, {})


@pytest.mark.skipif(os.name != "posix", reason="files have no owner there")
def test_a_project_file_of_another_user_is_refused_unless_named(
    project: Path, user_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = project / "omegastore.toml"
    file.write_text("OMEGA_STORE_LEASE = 5")
    own, somebody = os.getuid(), 4711
    os.chown(file, somebody, -1) if own == 0 else monkeypatch.setattr(os, "getuid", lambda: somebody)
    with pytest.raises(InvalidSetting, match="belongs to another user; if you trust it, set OMEGASTORE_CONFIG="):
        Settings.load(None, {})
    assert Settings.load(None, {"OMEGASTORE_CONFIG": str(file)}).OMEGA_STORE_LEASE == 5


def test_a_file_that_is_named_and_missing_is_an_error_and_a_removed_working_directory_is_none(
    project: Path, user_file: Path
) -> None:
    with pytest.raises(InvalidSetting, match=r"nowhere\.toml cannot be read"):
        Settings.load(None, {"OMEGASTORE_CONFIG": str(project / "nowhere.toml")})
    (project / "inner").rmdir()
    assert Settings.load(None, {}) == Settings()


def test_importing_reads_no_file_and_loads_no_parser(project: Path) -> None:
    (project / "omegastore.toml").write_text("not TOML at all")
    code = "import sys, omegastore.config; print('tomllib' in sys.modules)"
    environ = {name: value for name, value in os.environ.items() if name != configfile.VARIABLE}
    environ["PYTHONPATH"] = str(Path(__file__).resolve().parents[2])
    done = subprocess.run([sys.executable, "-c", code], env=environ, capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("False\n", 0), done.stderr
