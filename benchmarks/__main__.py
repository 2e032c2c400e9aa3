"""Measure the store beside its peers: ``python -m benchmarks --only rows,arrays --rows 100000 --json out.json``."""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import tempfile
from pathlib import Path

import benchmarks
from benchmarks import table
from benchmarks.case import Setting
from benchmarks.measure import Result, measure
from omegastore.server import embedded


def topics() -> dict[str, str]:
    """Return the modules of topics: those beside this one that have a function ``cases``."""
    found: dict[str, str] = {}
    for module in pkgutil.iter_modules(benchmarks.__path__):
        source = Path(benchmarks.__path__[0], f"{module.name}.py")
        if "\ndef cases(" in source.read_text("utf-8"):
            found[module.name] = f"benchmarks.{module.name}"
    return found


def run(names: list[str], setting: Setting, rounds: int) -> list[Result]:
    """Measure the topics `names` and print each case when it is done."""
    results: list[Result] = []
    for name in names:
        for case in importlib.import_module(topics()[name]).cases(setting):
            results.append(measure(case, rounds))
            print(table.text(results[-1]), flush=True)
    return results


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", default=",".join(topics()), help="topics, by commas: %(default)s")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--megabytes", type=int, default=8, help="size of arrays")
    parser.add_argument("--objects", type=int, default=10_000, help="objects that are listed")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="where to write all values")
    given = parser.parse_args()
    names = given.only.split(",")
    if unknown := [name for name in names if name not in topics()]:
        parser.error(f"unknown topics {unknown}; known are {sorted(topics())}")
    with tempfile.TemporaryDirectory(prefix="omegastore-bench-") as home, embedded(Path(home) / "home") as url:
        results = run(names, Setting(url, given.rows, given.megabytes, given.objects), given.rounds)
    if given.json is not None:
        given.json.write_text(json.dumps(table.document(results), indent=1), "utf-8")
    verdicts = [(result.case.name, *verdict) for result in results for verdict in result.verdicts()]
    print(f"\n{sum(holds for *_, holds in verdicts)} of {len(verdicts)} goals hold")
    for name, asked, value, holds in verdicts:
        print(f"  {'holds ' if holds else 'MISSED'} {name}: {asked}, measured {value:.3g}")


if __name__ == "__main__":
    main()
