"""Fitting: texts as the numbers and time stamps that a role takes."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Any

from omegastore.data import roles as known
from omegastore.data.column import Column
from omegastore.data.column_kind import kind_of
from omegastore.data.note import Notes
from omegastore.expr.total import TIME_FORMATS
from omegastore.mdataframe import MDataFrame
from omegastore.store import OmegaStore

if TYPE_CHECKING:
    import pandas as pd

NUMBERS = (known.numerical, known.unused_float)


def fitted(
    rows: MDataFrame, names: Sequence[str], role: str, time_formats: str | Sequence[str] | None = None
) -> MDataFrame:
    """Return the rows with texts as what a role takes; the same object where there is nothing to do.

    Parameters
    ----------
    rows : MDataFrame
        The rows.
    names : sequence of str
        Columns that have the role.
    role : str
        The role.
    time_formats : str or sequence of str, optional
        Of texts that become time stamps.
    """
    labels = list(rows.columns)
    texts = [name for name in names if kind_of(rows.plan.schema.columns[labels.index(name)]).kind == "text"]
    if role == known.time_stamp:
        columns = {name: Column.named(name).as_ts(time_formats or TIME_FORMATS) for name in texts}
    elif role in NUMBERS:
        columns = {name: Column.named(name).as_num() for name in texts}
    else:
        return rows
    return rows.assign(**{name: column.over(rows) for name, column in columns.items()}) if columns else rows


@contextlib.contextmanager
def drafted(memory: OmegaStore, rows: Any, first: pd.DataFrame, notes: Notes) -> Generator[Any, None, None]:
    """Give rows that are imported, the texts in them as their roles ask for; the server makes them, in a draft.

    Raises
    ------
    ValueError
        For texts that are none.
    """
    roles = {
        name: note.role
        for name, note in notes.items()
        if note.role in (*NUMBERS, known.time_stamp) and name in first.columns and first[name].dtype.kind == "O"
    }
    if not roles:
        yield rows
        return
    name = f".draft-{secrets.token_hex(6)}"
    try:
        memory.put(rows, name, kind="pandas.dfrows", append=False)
        made = there = memory.getl(name)
        for column, role in roles.items():
            made = fitted(made, [column], role)
        for column, role in roles.items():
            lost = int(made[column].isna().sum()) - int(there[column].isna().sum())
            if lost:
                raise ValueError(
                    f"column {column!r} has {lost} texts that cannot be {role!r}; import it without a role, and give "
                    "it one by set_role(), which takes time_formats"
                )
        yield made
    finally:
        memory.drop(name, force=True)
