"""Bulk Arrow: columns of Arrow dtypes as parts of all documents, and back; dates are counts like those of numpy."""

from __future__ import annotations

import numpy as np

from omegastore.codecs.bulk import BOOLEAN, DOUBLE, INT64, STRING, Fixed, Part, Text
from omegastore.codecs.bulk_text import arrow_of, text_of_arrow
from omegastore.codecs.column import Values
from omegastore.codecs.column_arrow import Arrow, extension
from omegastore.codecs.column_number import INT64_MAX

_CODES = {"text": STRING, "bool": BOOLEAN, "count": INT64, "unsigned": INT64, "number": INT64}


def arrow_code(column: Arrow) -> int | None:
    """Return the BSON type of the values of a column, None if they are of several or nested."""
    import pyarrow as pa

    return DOUBLE if pa.types.is_floating(column.arrow) else _CODES.get(column.form)


def part_of_arrow(column: Arrow, field: str, values: Values) -> Part | None:
    """Return values other than dates as a part; None if their cells have to be encoded one by one."""
    code = arrow_code(column)
    if code is None or code == STRING:
        return None if code is None else text_of_arrow(field, values)
    chunks = values.__arrow_array__().cast(column.plain)
    null = chunks.is_null().to_numpy() if chunks.null_count else None
    # of floats, numpy's NaN stands where none is; of integers it would make floats
    numbers = (
        chunks if null is None or code == DOUBLE else chunks.fill_null(False if code == BOOLEAN else 0)
    ).to_numpy()
    if column.form == "unsigned" and len(numbers) and int(numbers.max()) > INT64_MAX:
        return None
    return Fixed(field, code, numbers, null)


def values_of_arrow(column: Arrow, part: Part) -> Values:
    """Return the values of a part, the inverse of `part_of_arrow`."""
    import pyarrow as pa

    if isinstance(part, Text):
        return extension(arrow_of(part).cast(column.arrow))
    # where a row is null, there are the bytes of something else
    values = part.values if part.null is None else np.where(part.null, 0, part.values)
    if part.code == BOOLEAN:
        values = values.astype(np.bool_)
    if part.code == DOUBLE:  # Arrow does not cast to float16 everywhere
        values = values.astype(column.arrow.to_pandas_dtype())
    return extension(pa.array(values, mask=part.null, from_pandas=False).cast(column.plain).cast(column.arrow))
