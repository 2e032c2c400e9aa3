"""Every command of the command line, as a process of its own; the steps of one test share its database."""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from omegastore import OmegaStore
from omegastore.cli.main import HOMES, MODULES, main
from omegastore.cli.output import Output

ROOT = Path(__file__).resolve().parents[2]
KEY = "the key of the tests"


class Done(NamedTuple):
    """What a process said."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


class Shell:
    """Runs commands in a folder, on one database."""

    def __init__(self, url: str, folder: Path) -> None:
        self.folder = folder
        self.environ = {
            **os.environ,
            "OMEGA_MONGO_URL": url,
            "OMEGA_STORE_SIGNING_KEY": KEY,
            "PYTHONPATH": str(ROOT),
            "OMEGASTORE_HOME": str(folder / "home"),
        }

    def __call__(self, *words: str, stdin: bytes = b"", **environ: str) -> Done:
        command = [sys.executable, "-m", "omegastore.cli", *words]
        environ = {**self.environ, **environ}
        done = subprocess.run(command, cwd=self.folder, env=environ, input=stdin, capture_output=True, timeout=60)
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def json(self, *words: str) -> Any:
        done = self(*words, "--json")
        assert (done.code, done.err) == (0, ""), done
        return done.data


@pytest.fixture
def shell(store_url: str, tmp_path: Path) -> Shell:
    return Shell(store_url, tmp_path)


def test_files_and_frames_are_put_listed_shown_got_copied_and_dropped(shell: Shell, store: OmegaStore) -> None:
    store.put([1, 2], "other/list")
    (shell.folder / "a.csv").write_text("x,y\n1,a\n2,b\n")
    done = shell("put", "a.csv", "frame", "--format", "csv", "--attribute", "owner=me")
    assert (done.code, done.err) == (0, "")
    assert shell("put", "-", "file", stdin=b"\x00\xff").code == 0
    assert store.get("frame").y.tolist() == ["a", "b"]
    assert store.get("file").read() == b"\x00\xff"

    listed = shell.json("ls")
    assert [(each["name"], each["kind"], each["version"]) for each in listed] == [
        ("file", "python.file", 1),
        ("frame", "pandas.dfrows", 1),
        ("other/list", "python.data", 1),
    ]
    assert shell("ls", "other/*").out.split("\t")[:3] == ["other/list", "python.data", "1"]
    info = shell.json("info", "frame")
    assert (info["rows"], info["attributes"]) == (2, {"owner": "me"})

    assert shell("get", "frame[y]").out == "y\na\nb\n"
    assert shell("get", "file", "copy.bin").code == 0
    assert (shell.folder / "copy.bin").read_bytes() == b"\x00\xff"
    assert shell.json("cp", "frame", "again") == {"name": "again", "bucket": "omegaml", "version": 1}
    assert shell("rm", "again", "other/*").code == 0
    assert store.list() == ["file", "frame"]


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Run a command in this process, which is quicker; return its code and what it wrote."""
    code = main(words)
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture
def here(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let this process work in a folder, on the database of the test."""
    monkeypatch.setenv("OMEGA_MONGO_URL", store_url)
    monkeypatch.setenv("OMEGA_STORE_SIGNING_KEY", KEY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("here")
def test_a_frame_is_replaced_or_grows_and_is_written_in_each_form(
    here: Path, store: OmegaStore, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "a.csv").write_text("x,y\n1,ä\n2,\n")
    for words, rows in ([], 2), ([], 2), (["--append"], 4):
        assert said(capsys, "put", "a.csv", "f", "--format", "csv", *words)[0] == 0
        assert len(store.get("f")) == rows
    assert said(capsys, "get", "f@2", "--format", "json")[1] == '[{"x":1,"y":"ä"},{"x":2,"y":null}]\n'
    assert said(capsys, "get", "f@1", "f.parquet", "--format", "parquet") == (0, "", "")
    assert said(capsys, "put", "f.parquet", "g", "--format", "parquet", "--bucket", "b")[0] == 0
    assert OmegaStore(store.storage.connection, bucket="b").get("g").x.tolist() == [1, 2]
    (here / "a.csv").rename(here / "a.txt")  # a name that says nothing: it is read as a whole
    assert said(capsys, "put", "a.txt", "h", "--format", "csv")[0] == 0
    assert store.get("h").equals(store.get("f@1"))
    assert said(capsys, "cp", "g", "--bucket", "b", "--to-bucket", "c", "--json")[1] == (
        '{"name": "g", "bucket": "c", "version": 1}\n'
    )
    named = store.get("f", version=1).set_index("x")
    store.put(named, "named")
    assert said(capsys, "get", "named")[1] == "x,y\n1,ä\n2,\n"
    assert said(capsys, "get", "named", "--format", "json")[1] == '[{"x":1,"y":"ä"},{"x":2,"y":null}]\n'


def test_values_are_put_and_written_as_json(
    here: Path, store: OmegaStore, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "a.json").write_text('{"a": [1, null, "ä"]}')
    assert said(capsys, "put", "a.json", "value", "--format", "json", "--kind", "python.object")[0] == 0
    assert store.get("value") == {"a": [1, None, "ä"]}
    assert said(capsys, "get", "value") == (0, '{"a": [1, null, "ä"]}\n', "")
    store.put([1], "_hidden", append=False)
    assert said(capsys, "ls")[1].split("\t")[0] == "value"
    assert [line.split("\t")[0] for line in said(capsys, "ls", "--all")[1].splitlines()] == ["_hidden", "value"]


def test_what_cannot_be_done_is_refused_and_nothing_is_changed(
    here: Path, store: OmegaStore, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "a").write_bytes(b"\0")
    store.put(here / "a", "file")
    for words, message in (
        (["put", "a", "file", "--append"], "append"),
        (["put", "a", "file", "--attribute", "x"], "--attribute x: write KEY=VALUE"),
        (["put", "a", "file", "--format", "json"], "Expecting value"),
        (["get", "file", "--format", "csv"], "'file' is a file"),
        (["rm", "file", "--version", "7"], "'file' has no version 7"),
    ):
        code, out, err = said(capsys, *words)
        assert (code, out, message in err, err.count("\n")) == (1, "", True, 1), (words, err)
    assert store.versions("file").index.tolist() == [1]
    store.put(here / "a", "file")
    assert said(capsys, "rm", "file", "--version", "1")[0] == 0
    assert store.versions("file").index.tolist() == [2]


def test_credentials_on_a_wrong_command_line_are_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (
        ["ls", "--ulr=mongodb://me:sesame@h/x"],
        ["config", "--ulr", "mongodb://me:sesame@h/x"],
        ["mongodb://me:sesame@h/x"],
    ):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 2
        out, err = capsys.readouterr()
        assert "(hidden)" in err
        assert "sesame" not in out + err


ARGUMENTS = {
    **dict.fromkeys(("info", "get", "rm", "versions"), "name"),
    "put": "a name",
    "cp": "name new",
    "tag": "name tag",
    "grant": "ann",
    "export": "* x.zip",
    "import": "a",
}


@pytest.mark.parametrize("name", HOMES)
def test_no_command_says_the_password(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OMEGASTORE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OMEGA_STORE_SIGNING_KEY", "sesame")
    monkeypatch.setenv("OMEGA_STORE_BUCKET_DATABASES", "1")
    (tmp_path / "a").touch()
    url = "mongodb://me:sesame@h:port/x?authSource=sesame"  # which is wrong, so that nothing is waited for
    code, out, err = said(capsys, name, *ARGUMENTS.get(name, "").split(), "--url", url)
    assert "sesame" not in out + err
    is_local = name in {"server", "config", "plugins"}
    assert (code, err.count("\n")) == ((0, 0) if is_local else (1, 1)), err


def test_the_summary_of_a_command_is_the_one_that_help_lists() -> None:
    for module, names in MODULES.items():
        commands = importlib.import_module(f"omegastore.cli.{module}").COMMANDS
        assert {name: command.summary for name, command in commands.items()} == names


def on_terminal(shell: Shell, *words: str, program: Sequence[str] = ("-m", "omegastore.cli")) -> tuple[int, str]:
    """Run a command whose output is a terminal; return its exit code and all that was written."""
    import pty

    reader, writer = pty.openpty()
    environ = {**shell.environ, "COLUMNS": "120", "TERM": "xterm"}
    command = [sys.executable, *program, *words]
    done = subprocess.run(command, env=environ, stdout=writer, stderr=writer, check=False)
    os.close(writer)
    text = os.read(reader, 65_536).decode()
    os.close(reader)
    return done.returncode, text


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_a_terminal_gets_a_table_that_names_cannot_break(shell: Shell, store: OmegaStore) -> None:
    store.put(1, "a\x1bcb")
    store.put(1, ":smile:")
    code, text = on_terminal(shell, "ls")
    assert code == 0
    assert "name" in text.splitlines()[1]
    assert r"a\x1bcb" in text
    assert ":smile:" in text


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_a_terminal_is_told_that_there_is_nothing_and_that_something_goes_on(shell: Shell, store: OmegaStore) -> None:
    assert on_terminal(shell, "ls") == (0, "nothing\r\n")
    store.put("text", "name")
    code = (
        "import omegastore.progress; omegastore.progress.DELAY = 0; from omegastore.cli.main import script; script()"
    )
    done, text = on_terminal(shell, "fsck", program=("-c", code))
    assert done == 0
    assert "checking objects" in text
    assert text.rstrip().endswith("nothing")


def test_the_embedded_server_is_run_shown_and_stopped(shell: Shell) -> None:
    command = [sys.executable, "-m", "omegastore.cli", "server", "run"]
    with subprocess.Popen(command, env=shell.environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("mongodb://")
        shown = shell.json("server")
        assert shown["runs"]
        assert Path(shown["socket"]).exists()
        assert shell("ls", OMEGA_MONGO_URL="") == (0, "", "")
        assert shell.json("server", "stop")["runs"] is False
        assert not Path(shown["socket"]).exists()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0


def test_versions_tags_and_commits_are_shown(shell: Shell, store: OmegaStore) -> None:
    with store.commit("both of them") as commit:
        commit.put(1, "a")
        commit.put(2, "b")
    store.put(3, "a")
    assert shell("tag", "a", "first", "--version", "1").code == 0
    found = shell.json("versions", "a")
    assert [(each["version"], each["kind"], each["tags"]) for each in found] == [
        (1, "python.object", ["first"]),
        (2, "python.object", []),
    ]
    assert shell("tag", "a", "first", "--delete").code == 0
    assert store.versions("a").tags.tolist() == [[], []]
    messages = [each["message"] for each in shell.json("log")]
    assert "both of them" in messages
    assert messages == store.log().message.tolist()


def test_changes_are_told_as_they_come_and_again_after_a_token(shell: Shell, store: OmegaStore) -> None:
    command = [sys.executable, "-m", "omegastore.cli", "watch", "m/*", "--json"]
    with subprocess.Popen(command, env=shell.environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told: list[Any] = []
        listener = threading.Thread(target=lambda out: told.extend(map(json.loads, out)), args=[process.stdout])
        listener.start()
        version = 0
        while not told:  # nobody knows when it has begun to watch
            store.put("text", "other")
            version = store.put("text", "m/a").version
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        listener.join()
    first = told[0]
    assert (first["verb"], first["name"], first["tag"]) == ("put", "m/a", None)
    assert first["version"] <= version
    store.tag("m/a", "good")
    done = shell("watch", "m/*", "--after", first["token"], "--timeout", "1")
    assert (done.code, done.err) == (0, "")
    lines = [line.split("\t")[1:5] for line in done.out.splitlines()]
    assert lines == [
        *(["put", "m/a", str(each), ""] for each in range(first["version"] + 1, version + 1)),
        ["tag", "m/a", str(version), "good"],
    ]


def test_objects_move_through_an_archive(shell: Shell, store: OmegaStore) -> None:
    for name in ("a", "b", "c/d"):
        store.put(name * 2, name)
    assert shell("export", "[ab]", "some.zip").out == "a\nb\n"
    store.drop("a")
    store.drop("b")
    [told] = shell.json("import", "some.zip", "a")
    assert told == {"name": "a", "version": store.versions("a").index[-1]}
    assert store.list() == ["a", "c/d"]
    assert store.get("a") == "aa"


def test_upkeep_counts_finds_damage_and_tells_bytes(shell: Shell, store: OmegaStore) -> None:
    store.put("text", "text")
    store.put(b"x" * 500_000, "bytes")
    assert {each["name"]: each["kind"] for each in shell.json("du")} == dict.fromkeys(
        ["text", "bytes"], "python.object"
    )
    assert shell.json("fsck") == []
    store.fs._collection.chunks.delete_many({})
    done = shell("fsck")
    assert (done.code, done.out.split("\t")[0]) == (1, "corrupt")
    store.drop("bytes")
    assert shell.json("gc", "--grace", "0")["payloads"] >= 1
    assert shell.json("gc", "--grace", "0") == {"payloads": 0, "orphans": 0, "bytes": 0}


def test_settings_server_plugins_and_grants_are_shown_without_secrets(shell: Shell) -> None:
    (shell.folder / "mine.toml").write_text("OMEGA_STORE_LEASE = 5\n")
    url = "mongodb://me:sesame@db.example/x?authSource=sesame"
    done = shell("config", "--show-origin", OMEGASTORE_CONFIG="mine.toml", OMEGA_MONGO_URL=url)
    assert "OMEGA_MONGO_URL\tmongodb://db.example/x (hidden)\tenvironment\n" in done.out
    assert "OMEGA_STORE_LEASE\t5.0\tmine.toml\n" in done.out
    assert "OMEGA_STORE_GRACE\t60.0\tdefault\n" in done.out
    assert "OMEGA_STORE_SIGNING_KEY\t(hidden)\tenvironment\n" in done.out
    assert "sesame" not in done.out + done.err
    assert KEY not in done.out

    assert shell.json("server") == {"home": str(shell.folder / "home"), "runs": False, "socket": None}
    assert "pandas.dfrows" in [each["name"] for each in shell.json("plugins")]
    done = shell("grant", "ann", "read", "--bucket", "sales")
    assert (done.code, "OMEGA_STORE_BUCKET_DATABASES=1" in done.err) == (1, True)
    done = shell("grant", "ann", "read", "--bucket", "sales", OMEGA_STORE_BUCKET_DATABASES="1")
    assert (done.code, '"ann"' in done.out) == (0, True)


@pytest.mark.parametrize(
    ("words", "environ", "code", "said"),
    [
        (["get", "unknown"], {}, 1, "omegastore: no object 'unknown'"),
        (["put", "missing.csv", "n"], {}, 1, "omegastore: there is no file or folder missing.csv"),
        (["ls"], {"OMEGA_MONGO_URL": "mongodb://me:sesame@127.0.0.1:1/?serverSelectionTimeoutMS=50"}, 1, "no server"),
        (["ls"], {"OMEGA_STORE_LEASE": "soon"}, 1, "omegastore: OMEGA_STORE_LEASE='soon'"),
        (["ls", "--colour"], {}, 2, "unrecognized arguments: --colour"),
        (["lst"], {}, 2, "invalid choice: 'lst'"),
        ([], {}, 2, "required: COMMAND"),
    ],
)
def test_an_error_is_one_line_on_stderr_and_a_code(
    words: list[str], environ: dict[str, str], code: int, said: str, shell: Shell
) -> None:
    done = shell(*words, stdin=b"", **environ)
    assert (done.code, done.out) == (code, "")
    assert said in done.err
    assert "Traceback" not in done.err
    assert "sesame" not in done.err
    assert done.err.count("\n") == 1 or code == 2


def test_a_model_is_not_loaded_to_print_it(shell: Shell, store: OmegaStore) -> None:
    from sklearn.linear_model import LinearRegression

    store.put(LinearRegression(), "model")
    done = shell("get", "model")
    assert (done.code, done.out) == (1, "")
    assert "use export" in done.err


def test_neither_names_nor_messages_can_steer_the_terminal(
    shell: Shell, store: OmegaStore, capsys: pytest.CaptureFixture[str]
) -> None:
    Output().say("a\x1bc")
    assert capsys.readouterr().err == "a\\x1bc\n"
    store.put(1, "a\tb\x9b2J\x1bc\nc")
    assert shell("ls").out.split("\t")[0] == r"a\tb\x9b2J\x1bc\nc"


def test_help_settings_and_listings_import_few_modules(shell: Shell, store: OmegaStore) -> None:
    def loaded(*words: str) -> set[str]:
        code = (
            "import sys; sys.argv = ['omegastore', *sys.argv[1:]]\n"
            "from omegastore.cli.main import main\n"
            "try: main()\n"
            "except SystemExit: pass\n"
            "print(*sys.modules)"
        )
        done = subprocess.run([sys.executable, "-c", code, *words], env=shell.environ, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return set(done.stdout.splitlines()[-1].split())

    store.put("text", "name")
    heavy = {"pandas", "sklearn", "rich", "pyarrow", "tables", "h5py", "scipy", "polars", "dask"}
    help, settings, listing = loaded("--help"), loaded("config"), loaded("ls", "--json")
    for words in ("log",), ("du",), ("versions", "name"):
        assert not heavy & loaded(*words)
    assert "omegastore.cli.main" in help
    assert not heavy & (help | settings | listing)
    assert not {"pymongo", "numpy", "mongoengine"} & help
    assert len(help) < 200
    assert len(settings) < 550
    assert len(listing) < 900


def test_the_shell_completes_commands_and_their_options(shell: Shell) -> None:
    pytest.importorskip("argcomplete")

    def completed(line: str) -> set[str]:
        answer = shell.folder / "answer"
        environ = {
            **shell.environ,
            "_ARGCOMPLETE": "1",
            "COMP_LINE": line,
            "COMP_POINT": str(len(line)),
            "_ARGCOMPLETE_IFS": "\n",
            "_ARGCOMPLETE_STDOUT_FILENAME": str(answer),
        }
        command = [sys.executable, "-c", "from omegastore.cli.main import main; main([])"]
        subprocess.run(command, env=environ, capture_output=True, check=False)
        return {each.strip() for each in answer.read_text().split("\n")}

    assert completed("omegastore ve") == {"versions"}
    assert "--show-origin" in completed("omegastore config --s")
