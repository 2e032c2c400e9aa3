"""Pandas values: Timestamp, Timedelta, Period, Interval, NaT and NA, told as in `scalar`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from omegastore.codecs.moment import date_of, decode_zone, encode_zone, milliseconds_of
from omegastore.codecs.scalar import Simpler

if TYPE_CHECKING:
    import pandas as pd

_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def encode_pandas(value: Any) -> Simpler | None:
    """Return the pandas scalar `value` as a simpler value, or None for what cannot be restored."""
    import pandas as pd

    if value is pd.NaT:
        return "NaT", None, ()
    if value is pd.NA:
        return "NA", None, ()
    kind = type(value)
    if kind is pd.Timestamp:
        return _timestamp(value)
    if kind is pd.Timedelta:
        return _timedelta(value)
    if kind is pd.Period:
        return _period(value)
    if kind is pd.Interval:
        return "Interval", {"left": value.left, "right": value.right, "closed": value.closed}, ()
    return None


def _timestamp(value: pd.Timestamp) -> Simpler:
    count, per_second = int(value.asm8.astype("int64")), _PER_SECOND[value.unit]
    milliseconds = count * 1000 // per_second
    moment = date_of(milliseconds)
    zone = None if value.tzinfo is None else encode_zone(value.tzinfo, value)
    if moment is None:
        return "Timestamp", str(value.asm8), (value.unit, count, zone, value.fold)
    return "Timestamp", moment, (value.unit, count - milliseconds * per_second // 1000, zone, value.fold)


def _timestamp_back(
    simpler: datetime | str, unit: Any, rest: int, zone: dict[str, Any] | None, fold: Any
) -> pd.Timestamp:
    import numpy as np
    import pandas as pd

    count = rest if isinstance(simpler, str) else milliseconds_of(simpler) * _PER_SECOND[unit] // 1000 + rest
    value = pd.Timestamp(np.datetime64(count, unit))
    if zone is not None:
        return value.tz_localize("UTC").tz_convert(decode_zone(zone))
    return value.replace(fold=fold) if fold else value


def _timedelta(value: pd.Timedelta) -> Simpler:
    count, per_second = int(value.asm8.astype("int64")), _PER_SECOND[value.unit]
    micros = count * 10**6 // per_second
    return "Timedelta", micros, (value.unit, count - micros * per_second // 10**6)


def _timedelta_back(simpler: int, unit: Any, rest: int) -> pd.Timedelta:
    import numpy as np
    import pandas as pd

    return pd.Timedelta(np.timedelta64(simpler * _PER_SECOND[unit] // 10**6 + rest, unit))


def _period(value: pd.Period) -> Simpler:
    # by way of milliseconds: a Timestamp of nanoseconds would end in the year 2262
    start = date_of(value.asfreq("ms", "start").ordinal)
    return "Period", start or str(value), (value.ordinal, value.freqstr)


def _period_back(simpler: object, ordinal: int, freq: str) -> pd.Period:
    import pandas as pd

    return pd.Period(ordinal=ordinal, freq=freq)


def _interval_back(parts: dict[str, Any]) -> object:
    import pandas as pd

    return pd.Interval(**parts)


def _missing(name: str) -> Callable[[None], object]:
    def back(simpler: None) -> object:
        import pandas as pd

        return getattr(pd, name)

    return back


DECODERS: dict[str, Callable[..., object]] = {
    "Timestamp": _timestamp_back,
    "Timedelta": _timedelta_back,
    "Period": _period_back,
    "Interval": _interval_back,
    "NaT": _missing("NaT"),
    "NA": _missing("NA"),
}
