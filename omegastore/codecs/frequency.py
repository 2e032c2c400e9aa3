"""Frequency: the freq of a DatetimeIndex or TimedeltaIndex as a document, and back."""

from __future__ import annotations

from typing import Any

import pandas as pd

from omegastore.codecs import value as value_codec
from omegastore.errors import UnsupportedValue


def frequency_document(freq: Any, where: str) -> dict[str, Any]:
    """Return the offset `freq` as a BSON document.

    Raises
    ------
    UnsupportedValue
        For an offset that its text and its parameters do not describe, such as a calendar of holidays.
    """
    offset: Any = freq
    try:
        if pd.tseries.frequencies.to_offset(freq.freqstr) == freq:
            return {"text": freq.freqstr}
    except ValueError:
        pass  # the text of this offset cannot be read back; its parameters may
    if type(freq) is pd.DateOffset:
        natural, extra = value_codec.encode(dict(offset.kwds), f"{where}, freq")
        return {"n": offset.n, "normalize": offset.normalize, "kwds": [natural, extra]}
    raise UnsupportedValue(
        f"{where} has freq {freq!r}, which cannot be described by text; set index.freq = None, "
        "the dates stay as they are"
    )


def frequency_from(document: dict[str, Any]) -> Any:
    """Return the offset that `document` describes."""
    if "text" in document:
        return pd.tseries.frequencies.to_offset(document["text"])
    kwds: Any = value_codec.decode(*document["kwds"])
    return pd.DateOffset(n=document["n"], normalize=document["normalize"], **kwds)
