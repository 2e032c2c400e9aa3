"""Moments: parts of time stamps in their zone, and time stamps and durations added and subtracted.

A time stamp is a Date and the nanoseconds below its millisecond, a duration a count of its unit. What leaves the
range of the dtype is null.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from omegastore.expr.calendar import PARTS
from omegastore.expr.term import Code, Term, Type, Uncomputable
from omegastore.expr.total.guard import WHOLE, floored, let, strict, told, whole

UNITS = ("s", "ms", "us", "ns")
"""From the coarsest to the finest."""
PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_NAMES: dict[str, Callable[[Code, Code], Code]] = {
    "yearday": PARTS["day_of_year"],
    "weekday": lambda date, digits: {"$subtract": [{"$dayOfWeek": date}, 1]},
}
_FIELDS = {**{name: PARTS[name] for name in ("year", "month", "day", "hour", "minute", "second")}, **_NAMES}
PART_NAMES = tuple(_FIELDS)


def part(term: Term, name: str) -> Term:
    """Return a part of time stamps in their zone, one of `PART_NAMES`; Sunday is 0, the first of January 1.

    Raises
    ------
    Uncomputable
        For what are no time stamps.
    """
    if term.type.kind != "date":
        raise Uncomputable(f"{name}() takes time stamps, not {told(term.type)}; use as_ts() first")
    zone = zone_of(term.type)
    where = {} if zone is None else {"timezone": zone}
    return strict(WHOLE, lambda a: {"$toLong": _FIELDS[name]({"date": a, **where}, 0)}, term)


def plus(left: Term, right: Term, sign: int = 1) -> Term:
    """Return a time stamp or duration and a duration together, the second one `sign` times.

    Raises
    ------
    Uncomputable
        For other operands.
    """
    if sign == 1 and right.type.kind == "date":
        left, right = right, left
    kinds = (left.type.kind, right.type.kind)
    if kinds == ("duration", "duration"):
        unit = finer(left.type, right.type)
        return strict(
            Type("duration", f"timedelta64[{unit}]"),
            lambda a, b: whole(
                {"$add": [_scaled(a, left.type, unit), {"$multiply": [_scaled(b, right.type, unit), sign]}]}
            ),
            left,
            right,
        )
    if kinds != ("date", "duration"):
        raise Uncomputable(f"{kinds[0]} and {kinds[1]}: give durations as om.data.time.days(n), hours(n) and so on")
    return _moved(left, right, sign)


def minus(left: Term, right: Term) -> Term:
    """Return what lies between two time stamps as a duration, or `left` less a duration."""
    if (left.type.kind, right.type.kind) != ("date", "date"):
        return plus(left, right, -1)
    if (zone_of(left.type) is None) != (zone_of(right.type) is None):
        raise Uncomputable("a time stamp with a zone and one without have nothing between them")
    unit = finer(left.type, right.type)

    def between(a: Code, b: Code, a0: Code, b0: Code) -> Code:
        millis = {"$subtract": [{"$toLong": a}, {"$toLong": b}]}
        if unit == "s":
            return whole({"$toLong": {"$divide": [{"$toDecimal": millis}, 1000]}})
        below = {"$toLong": {"$divide": [{"$subtract": [a0, b0]}, 10**9 // PER_SECOND[unit]]}}
        ticks = {"$multiply": [millis, PER_SECOND[unit] // 1000]}
        return whole(ticks if unit == "ms" else {"$add": [ticks, below]})

    return strict(Type("duration", f"timedelta64[{unit}]"), between, left, right, _digits(left), _digits(right))


def seconds(term: Term) -> Code:
    """Return the seconds of a time stamp since 1970, or of a duration, as a double, of one that is not missing."""
    ticks, size = {"$toDecimal": term.code}, PER_SECOND[unit_of(term.type)]
    if term.type.kind == "date":
        millis = {"$multiply": [{"$toDecimal": {"$toLong": term.code}}, 10**6]}
        ticks, size = {"$add": [millis, term.digits]}, 10**9
    return {"$toDouble": {"$divide": [ticks, size]}}


def unit_of(kind: Type) -> str:
    """Return the unit of time stamps or durations."""
    found = re.search(r"\[(\w+)", kind.name)
    assert found is not None
    return found[1]


def zone_of(kind: Type) -> str | None:
    """Return what MongoDB calls the zone of time stamps; None of those without one.

    Raises
    ------
    Uncomputable
        For zones that MongoDB does not know.
    """
    found = re.search(r", (.*)\]", kind.name)
    if found is None:
        return None
    if offset := re.fullmatch(r"UTC([+-]\d\d:\d\d)", found[1]):
        return offset[1]
    if minutes := re.fullmatch(r"pytz\.FixedOffset\((-?\d+)\)", found[1]):
        hours, rest = divmod(abs(int(minutes[1])), 60)
        return f"{'-' if int(minutes[1]) < 0 else '+'}{hours:02}:{rest:02}"
    if not re.fullmatch(r"[\w+-]+(/[\w+-]+)*", found[1]):
        raise Uncomputable(
            f"MongoDB knows no zone {found[1]}; convert the column with tz_convert() before it is imported"
        )
    return found[1]


def finer(left: Type, right: Type) -> str:
    """Return the finer unit of two types."""
    return max(unit_of(left), unit_of(right), key=UNITS.index)


def inside(unit: str, millis: Code) -> Code:
    """Return the Date of milliseconds that are an int64; null where the unit does not reach."""
    reach = 2**63 // (PER_SECOND[unit] // 1000) - 1 if unit in ("us", "ns") else None
    date = {"$toDate": "$$r"}
    if reach is None:
        return let({"r": millis}, {"$cond": [{"$lte": ["$$r", None]}, None, date]})
    return let(
        {"r": millis}, {"$cond": [{"$and": [{"$gte": ["$$r", -reach]}, {"$lte": ["$$r", reach]}]}, date, None]}
    )


def _moved(date: Term, span: Term, sign: int) -> Term:
    unit = finer(date.type, span.type)
    kind = replace(date.type, name=date.type.name.replace(f"[{unit_of(date.type)}", f"[{unit}"), may_be_missing=True)
    per_milli = max(1, PER_SECOND[unit_of(span.type)] // 1000)
    factor = 1000 if unit_of(span.type) == "s" else 1

    def sum_of(span: Code, digits: Code) -> tuple[dict[str, Code], Code]:
        """Return the digits together, in nanoseconds, and the milliseconds of the span."""
        count = {"$multiply": [span, sign * factor]}
        rest = floored(count, per_milli)
        below = {"$add": [digits, {"$multiply": [rest, 10**6 // per_milli]}]}
        whole_millis: Code = "$$n"
        if per_milli > 1:
            exact = {"$toDecimal": {"$subtract": ["$$n", floored("$$n", per_milli)]}}
            whole_millis = {"$toLong": {"$divide": [exact, per_milli]}}
        return {"n": count, "d": below}, whole_millis

    def code(a: Code, b: Code, a0: Code) -> Code:
        held, millis = sum_of(b, a0)
        moved = {"$add": [{"$toLong": a}, millis, {"$cond": [{"$gte": ["$$d", 10**6]}, 1, 0]}]}
        return let(held, inside(unit, whole(moved)))

    def digits(a: Code, b: Code, a0: Code) -> Code:
        held, _ = sum_of(b, a0)
        return let(held, {"$mod": ["$$d", 10**6]})

    terms = (date, span, _digits(date))
    return replace(strict(kind, code, *terms), digits=strict(WHOLE, digits, *terms).code)


def _digits(term: Term) -> Term:
    return Term(term.digits, replace(WHOLE, may_be_missing=False))


def _scaled(code: Code, kind: Type, unit: str) -> Code:
    factor = PER_SECOND[unit] // PER_SECOND[unit_of(kind)]
    return code if factor == 1 else {"$multiply": [code, factor]}
