"""The examples of README and of docstrings do what they say."""

from __future__ import annotations

import ast
import doctest
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()


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


def run_block(block: str, names: dict[str, object]) -> Iterator[tuple[str, str, str]]:
    """Run a block of the README; yield each expression with what its comment says, and its value's repr."""
    lines = block.splitlines()
    for statement in ast.parse(block).body:
        assert statement.end_lineno is not None
        source = ast.unparse(statement)
        if isinstance(statement, ast.Expr):
            value = eval(source, names)
            yield source, lines[statement.end_lineno - 1].partition("  # ")[2], repr(value)
        else:
            exec(source, names)


@pytest.mark.usefixtures("environment")
def test_the_sessions_of_the_readme_give_what_their_comments_say() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)
    names: dict[str, object] = {}
    results = [result for block in blocks for result in run_block(block, names)]
    assert len(results) > 5
    assert [result for result in results if result[1] != result[2]] == []


def test_the_readme_links_to_files_that_exist() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_readme_names_make_targets_that_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    assert {"demo", "test"} <= set(re.findall(r"^make ([a-z-]+)", README, flags=re.MULTILINE)) <= targets


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("name", list(documented_modules()))
def test_examples_in_docstrings_give_what_they_say(name: str) -> None:
    module = importlib.import_module(name)
    output: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    for example in doctest.DocTestFinder(exclude_empty=True).find(module):
        runner.run(example, out=output.append)
    failed, attempted = runner.summarize(verbose=False)
    assert attempted
    assert not failed, "".join(output)
