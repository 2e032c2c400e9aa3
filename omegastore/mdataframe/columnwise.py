"""Columnwise: what is said of one column, said of each column of a frame."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from typing import Any

from omegastore.mdataframe.lazy import Lazy
from omegastore.mdataframe.plan import Plan, Stage
from omegastore.mdataframe.selection import series_of

Make = Callable[[Any, Hashable], Any]
"""Takes a column, as a lazy series of the rows of the frame, and its label; returns such a series."""


def columnwise(frame: Lazy, make: Make) -> Any:
    """Return the frame with what `make` makes of each of its columns."""
    plan, base = frame.plan, len(frame.plan.stages)
    made: list[Plan] = []
    for at, label in enumerate(plan.schema.labels):
        made.append(make(frame.series_type(series_of(plan, at)), label).plan)
    columns = tuple(each.schema.columns[0] for each in made)
    stages = together([each.stages[base:] for each in made])
    windows = [stage for stage in stages if "$setWindowFields" in stage]
    is_ordered = plan.is_ordered if not windows else len(windows) == 1 and all(each.is_ordered for each in made)
    told = replace(plan, stages=(*plan.stages, *stages), is_ordered=is_ordered)
    return frame.frame_type(told.with_schema(replace(plan.schema, columns=columns)))


def together(runs: Sequence[Sequence[Stage]]) -> list[Stage]:
    """Return the stages of all columns, with those as one that do the same for different fields.

    Parameters
    ----------
    runs : sequence of sequences of ``$set`` and ``$setWindowFields``
        Of each column; each writes fields of its own.
    """
    found: list[Stage] = []
    for step in range(max(map(len, runs), default=0)):
        here: list[dict[str, Any]] = []
        for stage in (run[step] for run in runs if len(run) > step):
            (name, body), *_ = stage.items()
            like = next(
                (each for each in here if name in each and _rest(name, each[name]) == _rest(name, body)), None
            )
            if like is None:
                here.append({name: body})
            else:
                like[name] = _united(name, like[name], body)
        found += here
    return found


def _rest(name: str, body: Any) -> Any:
    return {key: value for key, value in body.items() if key != "output"} if name == "$setWindowFields" else None


def _united(name: str, one: Any, other: Any) -> Any:
    if name == "$set":
        return {**one, **other}
    return {**one, "output": {**one["output"], **other["output"]}}
