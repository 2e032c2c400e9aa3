"""Calendar: the parts of dates, in their time zone, and dates cut to a unit; before 1970 too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from omegastore.expr.term import BOOL, Code, Term, Type, Uncomputable, missing

Part = Callable[[Code, Code], Code]
"""Makes the part of a date, given with its zone, and of the nanoseconds below its millisecond."""
UNITS = {"D": "day", "h": "hour", "min": "minute", "s": "second"}
"""MongoDB's names of the units that dates are cut to."""


def _field(operator: str) -> Part:
    return lambda date, digits: {operator: date}


def _less(operator: str) -> Part:
    return lambda date, digits: {"$subtract": [{operator: date}, 1]}


def _quarter(date: Code, digits: Code) -> Code:
    return {"$add": [{"$floor": {"$divide": [{"$subtract": [{"$month": date}, 1]}, 3]}}, 1]}


def _microsecond(date: Code, digits: Code) -> Code:
    below = {"$floor": {"$divide": [digits, 1000]}}
    return {"$add": [{"$multiply": [{"$millisecond": date}, 1000]}, below]}


def _is_leap(date: Code, digits: Code) -> Code:
    year = {"$year": date}
    century = {"$eq": [{"$mod": [year, 100]}, 0]}
    return {"$eq": [{"$mod": [year, {"$cond": [century, 400, 4]}]}, 0]}


def _days_in_month(date: Code, digits: Code) -> Code:
    days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    usual = {"$arrayElemAt": [{"$literal": days}, {"$subtract": [{"$month": date}, 1]}]}
    is_leap_february = {"$and": [{"$eq": [{"$month": date}, 2]}, _is_leap(date, digits)]}
    return {"$cond": [is_leap_february, 29, usual]}


PARTS: dict[str, Part] = {
    "year": _field("$year"),
    "quarter": _quarter,
    "month": _field("$month"),
    "day": _field("$dayOfMonth"),
    "day_of_year": _field("$dayOfYear"),
    "day_of_week": _less("$isoDayOfWeek"),
    "days_in_month": _days_in_month,
    "hour": _field("$hour"),
    "minute": _field("$minute"),
    "second": _field("$second"),
    "microsecond": _microsecond,
    "nanosecond": lambda date, digits: {"$mod": [digits, 1000]},
}
"""By name: the parts that are numbers."""


def part(term: Term, name: str, zone: str | None = None) -> Term:
    """Return a part of dates: int32, or float64 where dates may be missing, as pandas has them.

    Parameters
    ----------
    term : Term
        Of dates.
    name : str
        One of `PARTS`; the week begins with Monday, which is 0.
    zone : str, optional
        The time zone of the dates, by name or as an offset; UTC by default.
    """
    _check(term)
    code = PARTS[name](_in(term, zone), term.digits)
    if term.type.may_be_missing:
        return Term(_present(term, {"$toDouble": code}, {"$literal": float("nan")}), Type("float", "float64"))
    return Term({"$toInt": code}, Type("int", "int32", may_be_missing=False))


def is_leap_year(term: Term, zone: str | None = None) -> Term:
    """Return whether dates are in a leap year; false where they are missing."""
    _check(term)
    return Term(_present(term, _is_leap(_in(term, zone), term.digits), False), BOOL)


def floor(term: Term, unit: str) -> Term:
    """Return dates cut to a unit, of those in UTC or without a zone.

    Parameters
    ----------
    term : Term
        Of dates.
    unit : str
        One of `UNITS`.
    """
    _check(term)
    if unit not in UNITS:
        raise Uncomputable(f"dates are cut to one of {list(UNITS)} by the server, not to {unit!r}; take .value")
    code = {"$dateTrunc": {"date": term.code, "unit": UNITS[unit]}}
    return replace(term, code=_present(term, code, None), digits=0)


def _check(term: Term) -> None:
    if term.type.kind != "date":
        raise Uncomputable(f"{term.type.name} has no parts of dates")


def _in(term: Term, zone: str | None) -> Code:
    return {"date": term.code, **({} if zone is None else {"timezone": zone})}


def _present(term: Term, code: Code, absent: Code) -> Code:
    return {"$cond": [missing(term), absent, code]} if term.type.may_be_missing else code
