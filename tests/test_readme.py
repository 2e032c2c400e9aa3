"""The examples of README, of the guides in docs/ and of docstrings do what they say.

A comment behind an expression is the repr of its value; ``...`` stands for anything. A block that begins with ``>>>``
is a doctest. A block that begins with ``# not run:`` says why it is not run. The blocks of one file are one session,
in an empty folder and on an empty database.
"""

from __future__ import annotations

import ast
import doctest
import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()
GUIDES = {
    path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
}
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
NOT_RUN = re.compile(r"# not run: \w")


@pytest.fixture
def environment(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let ``OmegaStore()`` mean a fresh database."""
    monkeypatch.setenv("OMEGA_MONGO_URL", store_url)
    monkeypatch.setenv("OMEGA_STORE_SIGNING_KEY", "the key of the tests")


def documented_modules() -> Iterator[str]:
    """Yield the names of the modules that have an example."""
    for folder, package in [
        ("omegastore", "omegastore"),
        ("backends", "omegastore.backends"),
        ("mixins", "omegastore.mixins"),
    ]:
        for path in sorted((ROOT / folder).rglob("*.py")):
            inner = path.relative_to(ROOT / folder).with_suffix("")
            if ">>> " in path.read_text() and not path.is_relative_to(ROOT / "omegastore" / "backends"):
                yield ".".join((package, *inner.parts)).removesuffix(".__init__")


def blocks_of(guide: str) -> list[str]:
    """Return the blocks of Python in a guide."""
    blocks = re.findall(r"^```python\n(.*?)^```", guide, flags=re.MULTILINE | re.DOTALL)
    assert len(blocks) == len(re.findall(r"```\s*py", guide)), "a block begins with ```python, at the left margin"
    return blocks


def run_block(block: str, names: dict[str, object]) -> Iterator[str]:
    """Run a block; yield what is not as it says."""
    if NOT_RUN.match(block):
        ast.parse(block)
    elif block.startswith(">>>"):
        example = doctest.DocTestParser().get_doctest(block, names, "block", None, None)
        output: list[str] = []
        doctest.DocTestRunner(optionflags=FLAGS).run(example, out=output.append, clear_globs=False)
        names.update(example.globs)
        yield from output
    else:
        for source, said, value in run_statements(block, names):
            if said and not doctest.OutputChecker().check_output(f"{said}\n", f"{value}\n", FLAGS):
                yield f"{source} gives {value}, not {said}"


def run_statements(block: str, names: dict[str, object]) -> Iterator[tuple[str, str, str]]:
    """Run the statements of a block; yield each expression with what its comment says, and its value's repr."""
    lines = block.splitlines()
    for statement in ast.parse(block).body:
        assert statement.end_lineno is not None
        source = ast.unparse(statement)
        if isinstance(statement, ast.Expr):
            value = eval(compile(source, "guide", "eval", dont_inherit=True), names)
            yield source, lines[statement.end_lineno - 1].partition("  # ")[2], repr(value)
        else:
            exec(compile(source, "guide", "exec", dont_inherit=True), names)


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("guide", [name for name, text in GUIDES.items() if blocks_of(text)])
def test_the_sessions_of_a_guide_give_what_they_say(
    guide: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    session = ModuleType("__main__")  # as in a notebook, so that what it defines can be pickled
    monkeypatch.setitem(sys.modules, "__main__", session)
    names = vars(session)
    assert [wrong for block in blocks_of(GUIDES[guide]) for wrong in run_block(block, names)] == []


def test_a_wrong_result_a_wrong_doctest_and_a_block_that_is_hidden_are_noticed() -> None:
    assert list(run_block("1 + 1  # 3\n", {})) == ["1 + 1 gives 2, not 3"]
    assert list(run_block("[1, 2, 3]  # [1, ...]\n", {})) == []
    assert "Expected:\n    3" in "".join(run_block(">>> 1 + 1\n3\n", {}))
    names: dict[str, object] = {}
    assert list(run_block(">>> a = 1\n", names)) == list(run_block("# not run: why\na = 2\n", names)) == []
    assert list(run_block("a  # 1\n", names)) == []
    with pytest.raises(AssertionError, match="left margin"):
        blocks_of("* list\n\n  ```python\n  1\n  ```\n")


@pytest.mark.parametrize("guide", GUIDES)
def test_a_guide_links_to_files_that_exist(guide: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", GUIDES[guide])
    assert links or guide != "README.md"
    assert [link for link in links if not (ROOT / guide).parent.joinpath(link).exists()] == []


def test_the_readme_names_make_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    assert {"demo", "test"} <= set(re.findall(r"^make ([a-z-]+)", README, flags=re.MULTILINE)) <= targets


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("name", list(documented_modules()))
def test_examples_in_docstrings_give_what_they_say(name: str) -> None:
    module = importlib.import_module(name)
    output: list[str] = []
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    for example in doctest.DocTestFinder(exclude_empty=True).find(module):
        runner.run(example, out=output.append)
    failed, attempted = runner.summarize(verbose=False)
    assert attempted
    assert not failed, "".join(output)
