"""Bulk texts: a column of strings as bytes and lengths, from Python objects or from Arrow's buffers, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from omegastore.codecs.bulk import Text
from omegastore.codecs.column import Values


def text_of_objects(field: str, texts: list[str | None]) -> Text:
    """Return strings and None as a part."""
    strings = [text or "" for text in texts]
    joined = "".join(strings)
    encoded = strings if joined.isascii() else [text.encode() for text in strings]
    lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
    null = np.fromiter((text is None for text in texts), np.bool_, len(texts)) if None in texts else None
    return Text(field, np.frombuffer(joined.encode(), np.uint8), lengths, null)


def text_of_arrow(field: str, values: Values) -> Text:
    """Return strings that Arrow holds as a part, without an object for each."""
    import pyarrow as pa

    array: Any = pa.chunked_array(values.__arrow_array__()).cast(pa.large_string()).combine_chunks()
    null = array.is_null().to_numpy(zero_copy_only=False) if array.null_count else None
    if null is not None:
        array = array.fill_null("")
    offsets = np.zeros(1, np.int64)
    if len(array):
        offsets = np.frombuffer(array.buffers()[1], np.int64)[array.offset : array.offset + len(array) + 1]
    data = np.frombuffer(array.buffers()[2] or b"", np.uint8)[offsets[0] : offsets[-1]]
    return Text(field, data, np.diff(offsets), null)


def arrow_of(part: Text) -> Any:
    """Return the strings of a part as an Arrow array.

    Raises
    ------
    pyarrow.ArrowInvalid
        For bytes that are no UTF-8; it is a ValueError, as the one that Python raises.
    """
    import pyarrow as pa

    offsets = np.zeros(len(part.lengths) + 1, np.int64)
    np.cumsum(part.lengths, out=offsets[1:])
    valid = None if part.null is None else pa.py_buffer(np.packbits(~part.null, bitorder="little").tobytes())
    buffers = [valid, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(part.data))]
    array: Any = pa.Array.from_buffers(pa.large_string(), len(part.lengths), buffers)
    array.validate(full=True)
    return array


def strings_of(part: Text, dtype: Any) -> Values | None:
    """Return the inverse of `text_of_arrow` for pandas' strings; None where this pandas has no such dtype."""
    if not isinstance(dtype, pd.StringDtype):
        return None
    # the protocol of https://pandas.pydata.org/docs/development/extending.html, which the stubs leave out
    maker: Any = dtype
    return maker.__from_arrow__(arrow_of(part))


def texts_of(part: Text) -> list[str | None]:
    """Return the inverse of `text_of_objects`."""
    raw, ends = part.data.tobytes(), np.cumsum(part.lengths)
    cuts = zip((ends - part.lengths).tolist(), ends.tolist(), strict=True)
    if raw.isascii():
        joined = raw.decode("ascii")
        texts: list[str | None] = [joined[start:end] for start, end in cuts]
    else:
        texts = [raw[start:end].decode() for start, end in cuts]
    for at in [] if part.null is None else np.flatnonzero(part.null).tolist():
        texts[at] = None
    return texts
