"""Columns of time: datetimes (with and without zone), durations and periods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from bson.datetime_ms import DatetimeMS
from numpy.typing import NDArray

from omegastore.codecs.column import Cells, Column, Values, filled, refused
from omegastore.codecs.frame_zone import zone_document, zone_from
from omegastore.errors import UnsupportedValue

NAT = np.iinfo(np.int64).min
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def _check_dates(ticks: NDArray[np.int64], unit: str, where: str) -> int:
    """Return the size of a Date and its digits; raise for ticks that no count of milliseconds holds."""
    if unit == "s":
        wide = np.flatnonzero((ticks != NAT) & ((ticks > 2**53) | (ticks < -(2**53))))
        if len(wide):
            raise UnsupportedValue(
                f"{where}, row {wide[0]}: {ticks[wide[0]]} seconds from 1970 are beyond what a MongoDB date "
                "can hold; store the column as integers"
            )
    return 8 if unit in ("s", "ms") else 13


def _dates(ticks: NDArray[np.int64], unit: str) -> Cells:
    """Return Dates and, by position, the nanoseconds below their millisecond."""
    is_na = ticks == NAT
    extras: dict[int, int] = {}
    if unit in ("us", "ns"):
        per_ms = _PER_SECOND[unit] // 1000
        millis, digits = np.divmod(ticks, per_ms)
        millis[is_na] = NAT
        digits[is_na] = 0
        at = np.flatnonzero(digits)
        extras = dict(zip(at.tolist(), (digits[at] * (10**6 // per_ms)).tolist(), strict=True))
    else:
        millis = ticks if unit == "ms" else np.where(is_na, NAT, ticks * 1000)
    naturals: list[Any] = millis.view("datetime64[ms]").tolist()
    if any(type(n) is int for n in naturals):
        naturals = [DatetimeMS(n) if type(n) is int else n for n in naturals]
    return Cells(naturals, extras)


def _ticks(cells: Cells, unit: str) -> NDArray[np.int64]:
    """Return the ticks of Dates; the inverse of `_dates`."""
    naturals = cells.naturals
    if any(isinstance(n, DatetimeMS) for n in naturals):
        naturals = [np.datetime64(int(n), "ms") if isinstance(n, DatetimeMS) else n for n in naturals]
    millis = np.array(naturals, "datetime64[ms]").view(np.int64)
    is_na = millis == NAT
    if unit == "s":
        return np.where(is_na, NAT, millis // 1000)
    if unit == "ms":
        return millis
    per_ms = _PER_SECOND[unit] // 1000
    ticks = np.where(is_na, NAT, millis * per_ms)
    if cells.extras:
        at = np.fromiter(cells.extras.keys(), np.int64, len(cells.extras))
        digits = np.fromiter(cells.extras.values(), np.int64, len(cells.extras))
        ticks[at] += digits // (10**6 // per_ms)
    return ticks


@dataclass(frozen=True)
class Dates(Column):
    """datetime64 of any unit, with or without a time zone: Dates in UTC, digits below the millisecond beside."""

    tag: ClassVar[str] = "datetime"
    sample: ClassVar[Any] = datetime(2000, 1, 1)
    has_digits: ClassVar[bool] = True
    unit: str
    zone: tzinfo | None

    @classmethod
    def of(cls, values: Values) -> Self | None:
        """Return the codec of datetime64[unit] or datetime64[unit, zone]."""
        dtype = values.dtype
        if isinstance(dtype, pd.DatetimeTZDtype):
            return cls(dtype.unit, dtype.tz)
        is_naive = isinstance(dtype, np.dtype) and dtype.kind == "M"
        return cls(np.datetime_data(dtype)[0], None) if is_naive else None

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Return the codec of the stored unit and zone."""
        return cls(document["unit"], zone_from(document["zone"]) if "zone" in document else None)

    def to_document(self) -> dict[str, Any]:
        """Return the unit and the zone."""
        zone = {} if self.zone is None else {"zone": zone_document(self.zone, "a column")}
        return {"unit": self.unit, **zone}

    @property
    def dtype(self) -> Any:
        """The numpy dtype, or pandas' own if there is a zone."""
        if self.zone is None:
            return np.dtype(f"M8[{self.unit}]")
        unit: Any = self.unit
        return pd.DatetimeTZDtype(unit, self.zone)

    @property
    def family(self) -> str:
        """Datetimes of different zones are different things."""
        return "datetime" if self.zone is None else f"datetime in {self.zone}"

    def check(self, values: Values, where: str) -> int:
        """Return the size of a Date and its digits."""
        if self.zone is not None:
            zone_document(self.zone, where)
        return _check_dates(self.ticks(values), self.unit, where)

    def ticks(self, values: Values) -> NDArray[np.int64]:
        """Return the counts of the unit since 1970, in UTC."""
        return values.view(np.int64) if isinstance(values, np.ndarray) else values.asi8

    def cells(self, values: Values) -> Cells:
        """Return the Dates in UTC."""
        return _dates(self.ticks(values), self.unit)

    def array(self, cells: Cells) -> Values:
        """Return a numpy array, or pandas' own if there is a zone."""
        return self.from_ticks(_ticks(cells, self.unit))

    def from_ticks(self, ticks: NDArray[np.int64]) -> Values:
        """Return the array of counts of the unit since 1970, in UTC."""
        naive = ticks.view(f"M8[{self.unit}]")
        if self.zone is None:
            return naive
        return pd.DatetimeIndex(naive).tz_localize("UTC").tz_convert(self.zone).array

    def term(self, value: Any) -> Any:
        """Return the Date of `value` and its digits."""
        try:
            stamp: Any = pd.Timestamp(value)
        except (TypeError, ValueError) as error:
            raise refused(value, "datetimes") from error
        if stamp is pd.NaT or isinstance(value, bool | int | float):
            raise refused(value, "datetimes")
        if isinstance(value, str) and stamp.tz is None and self.zone is not None:
            stamp = stamp.tz_localize(self.zone)
        if (stamp.tz is None) != (self.zone is None):
            kind = "without" if self.zone is None else "with"
            raise refused(value, f"datetimes {kind} a time zone")
        cells = _dates(np.array([stamp.asm8.view(np.int64)], np.int64), stamp.unit)
        return cells.naturals[0], cells.extras.get(0, 0)


@dataclass(frozen=True)
class Durations(Column):
    """timedelta64, as a count of its unit."""

    tag: ClassVar[str] = "timedelta"
    unit: str

    @classmethod
    def of(cls, values: Values) -> Self | None:
        """Return the codec of timedelta64[unit]."""
        dtype = values.dtype
        is_duration = isinstance(dtype, np.dtype) and dtype.kind == "m"
        return cls(np.datetime_data(dtype)[0]) if is_duration else None

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Return the codec of the stored unit."""
        return cls(document["unit"])

    def to_document(self) -> dict[str, Any]:
        """Return the unit."""
        return {"unit": self.unit}

    @property
    def dtype(self) -> Any:
        """The numpy dtype."""
        return np.dtype(f"m8[{self.unit}]")

    @property
    def family(self) -> str:
        """Counts of different units do not compare."""
        return f"timedelta64[{self.unit}]"

    def check(self, values: Values, where: str) -> int:
        """Return the size of an int64."""
        return 8

    def cells(self, values: Values) -> Cells:
        """Return the counts, None for NaT."""
        ticks = np.asarray(values).view(np.int64)
        naturals: list[Any] = ticks.tolist()
        for at in np.flatnonzero(ticks == NAT).tolist():
            naturals[at] = None
        return Cells(naturals)

    def array(self, cells: Cells) -> Values:
        """Return the numpy array."""
        return self.from_ticks(np.array(filled(cells.naturals, NAT), np.int64))

    def from_ticks(self, ticks: NDArray[np.int64]) -> Values:
        """Return the array of counts of the unit."""
        return ticks.view(f"m8[{self.unit}]")

    def term(self, value: Any) -> Any:
        """Return the count, a fraction if `value` lies between two ticks."""
        try:
            duration: Any = pd.Timedelta(value)
        except (TypeError, ValueError) as error:
            raise refused(value, "durations") from error
        if duration is pd.NaT or isinstance(value, bool | int | float):
            raise refused(value, "durations")
        unit = np.timedelta64(1, self.unit)  # type: ignore[call-overload]  # the unit is one of pandas' four
        ticks = duration.to_timedelta64() / unit
        count = int(duration.to_timedelta64() // unit)
        return count if ticks == count or self.unit == "ns" else float(ticks)


@dataclass(frozen=True)
class Periods(Column):
    """Periods, as the Date at which each starts."""

    tag: ClassVar[str] = "period"
    sample: ClassVar[Any] = datetime(2000, 1, 1)
    has_digits: ClassVar[bool] = True
    period: pd.PeriodDtype

    @classmethod
    def of(cls, values: Values) -> Self | None:
        """Return the codec of a period dtype."""
        return cls(values.dtype) if isinstance(values.dtype, pd.PeriodDtype) else None

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Return the codec of the stored frequency."""
        return cls(pd.PeriodDtype(document["freq"]))

    def to_document(self) -> dict[str, Any]:
        """Return the frequency."""
        return {"freq": self.period.name[len("period[") : -1]}

    @property
    def dtype(self) -> Any:
        """The period dtype."""
        return self.period

    @property
    def family(self) -> str:
        """Periods of different frequencies are different things."""
        return self.period.name

    @property
    def unit(self) -> str:
        """The coarsest unit that has a tick at each start of a period."""
        base = self.period.name[len("period[") : -1].lstrip("0123456789")
        return base if base in _PER_SECOND else "s"

    def ticks(self, values: Values) -> NDArray[np.int64]:
        """Return the starts, as counts of the unit since 1970."""
        index = pd.PeriodIndex(values)
        return index.asfreq(self.unit, how="S").asi8

    def check(self, values: Values, where: str) -> int:
        """Return the size of a Date and its digits; raise where the start does not give the period back."""
        size = _check_dates(self.ticks(values), self.unit, where)
        wrong = np.flatnonzero(self.array(self.cells(values)).asi8 != values.asi8)
        if len(wrong):
            raise UnsupportedValue(
                f"{where}, row {wrong[0]}: period {values[wrong[0]]!s} has no start that a date can hold; "
                "store the column as str"
            )
        return size

    def cells(self, values: Values) -> Cells:
        """Return the Dates of the starts."""
        return _dates(self.ticks(values), self.unit)

    def array(self, cells: Cells) -> Values:
        """Return the period array."""
        return self.from_ticks(_ticks(cells, self.unit))

    def from_ticks(self, ticks: NDArray[np.int64]) -> Values:
        """Return the array of periods that start at these ticks."""
        maker: Any = pd.PeriodIndex  # from_ordinals() is public, and unknown to the stubs
        starts = maker.from_ordinals(ticks, freq=self.unit)
        return starts.asfreq(self.period.freq).array

    def term(self, value: Any) -> Any:
        """Return the Date at which the period `value` starts, and its digits."""
        try:
            freq: Any = self.period.freq
            period: Any = pd.Period(value, freq=freq)
        except (TypeError, ValueError) as error:
            raise refused(value, f"periods of frequency {self.period.name}") from error
        if period is pd.NaT:
            raise refused(value, "periods")
        cells = self.cells(pd.PeriodIndex([period]).array)
        return cells.naturals[0], cells.extras.get(0, 0)
