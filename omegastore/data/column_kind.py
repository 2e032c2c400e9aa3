"""Kind: what a stored column holds as expressions of a project know it, and how their results are kept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from omegastore.codecs.column import Column as Codec
from omegastore.codecs.column import column_of, values_of
from omegastore.codecs.column_arrow import Arrow
from omegastore.codecs.column_composite import Categories
from omegastore.codecs.column_number import Numbers
from omegastore.codecs.column_sampled import Gapped
from omegastore.codecs.column_text import Objects
from omegastore.codecs.column_time import Durations
from omegastore.codecs.schema import Entry
from omegastore.expr import Type
from omegastore.mdataframe.operators import type_of


def kind_of(entry: Entry) -> Type:
    """Return what a column holds; of objects that are not all texts it is told by what is done with them."""
    codec, found = entry.result, type_of(entry)
    if isinstance(codec, Durations):
        return Type("duration", str(codec.dtype), False, entry.na != "none")
    if isinstance(codec, Objects) and found.kind == "other":
        return Type("any", "object")
    if isinstance(codec, Categories) and codec.naturals is not None:
        inner = codec.category.categories.dtype
        kind = _codec_kind(column_of(values_of(pd.Series([], dtype=inner)), "the categories"))
        return replace(kind, may_be_missing=entry.na != "none")
    return _arrow(codec.dtype, found) if isinstance(codec, Arrow) else found


def _arrow(dtype: pd.ArrowDtype, other: Type) -> Type:
    """Return what values of an Arrow type are; results are values of numpy and pandas."""
    import pyarrow.types as arrow

    kind = dtype.pyarrow_dtype
    if arrow.is_string(kind) or arrow.is_large_string(kind):
        return Type("text", "str")
    if arrow.is_integer(kind):
        return Type("int", "UInt64" if arrow.is_uint64(kind) else "Int64", True)
    if arrow.is_floating(kind):
        return Type("float", "Float64", True)
    if arrow.is_boolean(kind):
        return Type("bool", "boolean", True)
    if arrow.is_timestamp(kind):
        return Type("date", f"datetime64[{kind.unit}{'' if kind.tz is None else f', {kind.tz}'}]")
    if arrow.is_date32(kind):
        return Type("date", "datetime64[s]")
    if arrow.is_duration(kind):
        return Type("duration", f"timedelta64[{kind.unit}]")
    return Type("decimal", "object") if arrow.is_decimal128(kind) and kind.precision <= 34 else other


def _codec_kind(codec: Codec) -> Type:
    return type_of(Entry("", ((0, codec),), codec, "some", isinstance(codec, Objects)))


def codec_of(kind: Type) -> tuple[Codec, bool]:
    """Return the codec of the values of a term, and whether they are objects that are texts."""
    if kind.kind == "decimal":
        return Objects(), False
    if kind.kind == "duration":
        return Durations(kind.name[len("timedelta64[") : -1]), False
    if kind.kind == "null":
        return Objects(), False
    if kind.kind in ("int", "bool") and kind.may_be_missing and not kind.is_masked:
        return Gapped.over(Numbers(np.dtype("int64" if kind.kind == "int" else bool))), False
    codec = column_of(values_of(pd.Series([], dtype=kind.name)), "the result")
    return codec, isinstance(codec, Objects)
