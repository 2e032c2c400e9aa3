"""Schema: the columns that a pipeline was fitted on, and the check that other rows have them too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from omegastore.errors import SchemaMismatch
from omegastore.pipeline.population import INPUTS, TARGET
from omegastore.preprocessors.columns import is_text

if TYPE_CHECKING:
    import pandas as pd

KINDS = {"numerical": "number", "categorical": "text", "text": "text", "time_stamp": "time"}
"""What the values of the columns of a role are."""


def describe(frame: pd.DataFrame, roles: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """Return the schema of the columns that are learned from, in the order of the frame.

    Raises
    ------
    SchemaMismatch
        For a column that is not there, or whose values are not what its role says.
    """
    role_of = {name: role for role in INPUTS for name in roles.get(role, ())}
    missing = [name for name in [*role_of, *roles.get(TARGET, ())] if name not in frame.columns]
    if missing:
        raise SchemaMismatch(f"the columns {missing} have a role and are not there; there are {list(frame.columns)}")
    schema = [
        {"name": str(name), "role": role_of[name], "kind": kind_of(frame[name]), "dtype": str(frame[name].dtype)}
        for name in frame.columns
        if name in role_of
    ]
    for each in schema:
        wanted = KINDS[each["role"]]
        if each["kind"] != wanted and each["role"] != "categorical":  # numbers may name categories
            raise SchemaMismatch(
                f"column {each['name']!r} has role {each['role']!r}, which takes values of kind {wanted!r}, "
                f"and holds {each['kind']!r} ({each['dtype']}); set another role or convert it"
            )
    return schema


def check(schema: Sequence[Mapping[str, str]], frame: pd.DataFrame) -> None:
    """Raise unless `frame` has the columns that a pipeline was fitted on.

    Raises
    ------
    SchemaMismatch
        Naming the column.
    """
    for each in schema:
        name = each["name"]
        if name not in frame.columns:
            raise SchemaMismatch(
                f"the pipeline was fitted on column {name!r} ({each['role']}, {each['dtype']}), which is missing; "
                f"there are {list(frame.columns)}"
            )
        kind = kind_of(frame[name])
        if kind != each["kind"] and frame[name].notna().any():
            raise SchemaMismatch(
                f"column {name!r} holds {kind!r} ({frame[name].dtype}); the pipeline was fitted on {each['kind']!r} "
                f"({each['dtype']}) there"
            )


def kind_of(column: pd.Series[Any]) -> str:
    """Return what a column holds: ``number``, ``text``, ``time`` or ``other``."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column.dtype):
        return "number"
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return "time"
    if is_text(column):
        return "text"
    return "number" if pd.api.types.infer_dtype(column, skipna=True) in ("decimal", "boolean") else "other"
