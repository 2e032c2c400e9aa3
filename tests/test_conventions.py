"""The rules of CONTRIBUTING.md that a parser can check, held for every module of the package."""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def sources(*folders: str) -> dict[str, str]:
    """Return the text of every module, by its path; resolved, since links lead to some a second time."""
    paths = {path.resolve() for folder in folders for path in (ROOT / folder).rglob("*.py")}
    return {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in sorted(paths)}


TEXTS = sources("omegastore", "backends", "mixins")
TREES = {name: ast.parse(text) for name, text in TEXTS.items()}

MODULE_LINES = 400
MEDIAN_LINES = 200
FUNCTION_LINES = 40
CLASS_METHODS = 12
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "manager", "common", "misc", "base2"}

BROAD_EXCEPT = {"omegastore/entrypoint.py", "omegastore/cli/main.py"}
"""Modules that run other people's code, where any error may come out."""

OPTION_VERBS = {
    "mixins/edits.py": {"update", "delete_rows"},
    "mixins/frames.py": {"put_dataframe_as_documents", "get_dataframe_documents"},
    "mixins/metadata.py": {"make_metadata"},
    "mixins/plugins.py": {"get_backend", "get_backend_bykind", "get_backend_byobj"},
    "mixins/pyobjects.py": {"get_python_data"},
    "omegastore/data/aggregation.py": {"agg"},
    "omegastore/data/split.py": {"random", "time", "concat"},
    "omegastore/base.py": {"put", "get", "getl", "drop"},
    "omegastore/commit.py": {"put"},
    "omegastore/data/container.py": {"__init__", "add"},
    "omegastore/data/data_model.py": {"add"},
    "omegastore/data/star_schema.py": {"__init__"},
    "omegastore/mdataframe/applying.py": {"apply", "pipe"},
    "omegastore/mdataframe/groups.py": {"agg"},
    "omegastore/mdataframe/export.py": {"to_csv", "to_parquet"},
    "omegastore/mdataframe/inspection.py": {"create_index"},
    "omegastore/mdataframe/labels.py": {"assign"},
    "omegastore/mdataframe/lazy.py": {"query"},
    "omegastore/metadata.py": {"save"},
    "omegastore/query/q.py": {"__init__"},
    "omegastore/testing/subject.py": {"put", "open", "beside"},
}
"""Public functions whose keywords belong to somebody else: a backend's options, the columns of a frame, mongoengine.

Or they are the names of tables. Each checks them against what is known there.
"""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def imported(node: ast.AST) -> list[str]:
    """Return the modules that an import statement names; empty for any other node."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return ["." * node.level + (node.module or "")]
    return []


def is_own(module: str) -> bool:
    return module.startswith(".") or module.split(".")[0] in {"omegastore", "backends", "mixins"}


def lines_of(node: Function | ast.stmt) -> int:
    assert node.end_lineno is not None
    return node.end_lineno - node.lineno + 1


def code_lines(function: Function) -> int:
    """Return the number of lines of a function without its decorators and docstring."""
    documented = ast.get_docstring(function) is not None
    return lines_of(function) - (lines_of(function.body[0]) if documented else 0)


def is_public_method(node: ast.stmt) -> bool:
    if not isinstance(node, Function) or node.name.startswith("_"):
        return False
    # a property is an attribute; an overload is the same method again
    other = {"property", "cached_property", "setter", "deleter", "overload"}
    return not any(ast.unparse(item).rpartition(".")[2] in other for item in node.decorator_list)


def caught(node: ast.AST) -> set[str]:
    """Return the names of the errors that an except clause catches; empty for any other node."""
    if not isinstance(node, ast.ExceptHandler):
        return set()
    if node.type is None:
        return {"BaseException"}
    return {ast.unparse(each) for each in (node.type.elts if isinstance(node.type, ast.Tuple) else [node.type])}


def test_the_package_was_found() -> None:
    assert {"omegastore/store.py", "backends/__init__.py", "mixins/__init__.py"} <= set(TEXTS)
    assert not [name for name in TEXTS if name.startswith(("omegastore/backends", "omegastore/mixins"))]


def test_a_module_begins_with_a_docstring() -> None:
    assert [name for name, tree in TREES.items() if not ast.get_docstring(tree)] == []


def test_a_module_is_at_most_400_lines() -> None:
    sizes = {name: text.count("\n") for name, text in TEXTS.items()}
    assert {name: size for name, size in sizes.items() if size > MODULE_LINES} == {}


def test_the_median_module_is_short() -> None:
    sizes = [text.count("\n") for name, text in TEXTS.items() if not name.endswith("__init__.py")]
    assert statistics.median(sizes) <= MEDIAN_LINES


def test_modules_are_named_by_what_is_in_them() -> None:
    assert [name for name in TEXTS if VAGUE_NAMES & set(name.removesuffix(".py").split("/"))] == []


def test_a_function_is_at_most_40_lines() -> None:
    sizes = {(name, each.name): code_lines(each) for name, tree in TREES.items() for each in functions(tree)}
    assert {where: size for where, size in sizes.items() if size > FUNCTION_LINES} == {}


def test_a_class_has_at_most_12_public_methods_of_its_own() -> None:
    counts = {
        (name, node.name): sum(map(is_public_method, node.body))
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    assert {where: count for where, count in counts.items() if count > CLASS_METHODS} == {}


def test_own_modules_are_imported_at_the_top() -> None:
    late = [
        (name, module)
        for name, tree in TREES.items()
        for function in functions(tree)
        for node in ast.walk(function)
        for module in imported(node)
        if is_own(module)
    ]
    assert late == []


def test_imports_are_absolute_and_backends_and_mixins_are_imported_through_the_package() -> None:
    trees = TREES | {name: ast.parse(text) for name, text in sources("tests", "examples").items()}
    found = [(name, each) for name, tree in trees.items() for node in ast.walk(tree) for each in imported(node)]
    assert found
    assert [each for each in found if each[1].split(".")[0] in {"", "backends", "mixins"}] == []


def test_only_errors_that_can_be_named_are_caught() -> None:
    broad = [
        (name, error)
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        for error in caught(node) & {"Exception", "BaseException"}
        if not (error == "Exception" and name in BROAD_EXCEPT)
    ]
    assert broad == []


def test_free_keywords_stand_in_the_documented_verbs_only() -> None:
    found = {
        (name, function.name)
        for name, tree in TREES.items()
        for function in functions(tree)
        if function.args.kwarg is not None
        if not function.name.startswith("_") or function.name == "__init__"
    }
    assert found == {(name, verb) for name, verbs in OPTION_VERBS.items() for verb in verbs}
