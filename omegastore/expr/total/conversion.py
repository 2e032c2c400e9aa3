"""Conversion: values of one kind as another; null where that is not defined."""

from __future__ import annotations

import math
import re
from dataclasses import replace

from omegastore.expr.term import Code, Term, Type, Uncomputable, failing
from omegastore.expr.text import WHITESPACE
from omegastore.expr.total.guard import BOOLEAN, FLOATING, TEXT, WHOLE, defined, let, resolved, strict, unless, whole
from omegastore.expr.total.moment import PER_SECOND, inside, seconds, unit_of, zone_of
from omegastore.expr.total.number import number

TRUE, FALSE = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")
"""Texts that are booleans, in any case."""
DIRECTIVES = {
    "%Y": "(?!0000)[0-9]{4}", "%m": "[0-9]{1,2}", "%d": "[0-9]{1,2}", "%H": "[0-9]{1,2}", "%M": "[0-9]{1,2}",
    "%S": "[0-9]{1,2}", "%L": "[0-9]{1,3}", "%z": "(Z|[+-][0-9]{2}:?[0-9]{2})", "%%": "%",
}  # fmt: skip
"""What MongoDB parses of ``strptime``'s directives, and texts that fit; ``%L`` are milliseconds."""
TIME_FORMATS = (
    "%Y-%m-%dT%H:%M:%S.%L", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S.%L", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d",
)  # fmt: skip
_PARSED = "us"


def as_number(term: Term) -> Term:
    """Return numbers: texts as floats, booleans as 0 and 1, time stamps and durations as seconds."""
    term = resolved(term)
    kind = term.type.kind
    if kind == "bool":
        return number(term)
    if kind == "text":
        return strict(
            FLOATING, lambda a: defined(_converted({"$trim": {"input": a, "chars": WHITESPACE}}, "double")), term
        )
    if kind == "decimal" or term.type.name.lower() == "uint64":
        return strict(FLOATING, lambda a: defined(_converted(a, "double")), term)
    if kind in ("date", "duration"):
        digits = Term(term.digits, replace(WHOLE, may_be_missing=False))
        return strict(FLOATING, lambda a, b: seconds(replace(term, code=a, digits=b)), term, digits)
    if kind not in ("int", "float"):
        raise Uncomputable(f"{term.type.name} is no number, and cannot be one")
    return term


def as_boolean(term: Term) -> Term:
    """Return booleans: of numbers whether they are not 0, of texts those that mean it; null for all others."""
    term = resolved(term, "bool")
    kind = term.type.kind
    if kind in ("int", "float", "decimal"):
        return strict(BOOLEAN, lambda a: {"$ne": [a, 0]}, term)
    if kind == "text":
        return strict(BOOLEAN, _meant, term)
    if kind != "bool":
        raise Uncomputable(f"{term.type.name} is neither true nor false; compare it")
    return term


def as_text(term: Term) -> Term:
    """Return texts: ``true``, ``false``, numbers as Python writes them but whole ones without a point, ISO 8601."""
    term = resolved(term)
    kind = term.type.kind
    if kind == "text":
        return term
    if kind == "date":
        return _dates(term)
    if kind not in ("bool", "int", "float", "decimal"):
        raise Uncomputable(f"{term.type.name} cannot be a text; use as_num() first")
    return strict(TEXT, _digits if kind == "float" else lambda a: {"$toString": a}, term)


def as_time(term: Term, formats: tuple[str, ...] = TIME_FORMATS) -> Term:
    """Return time stamps: of texts by the first format that fits, of numbers as seconds since 1970.

    Raises
    ------
    Uncomputable
        For a format that MongoDB does not parse, with a remedy.
    """
    term = resolved(term, "text")
    kind = term.type.kind
    if kind in ("int", "float"):
        millis = whole({"$convert": {"input": "$$t", "to": "long", "onError": None}})
        made = Type("date", f"datetime64[{_PARSED}]")
        return strict(made, lambda a: let({"t": _rounded({"$multiply": [a, 1000]})}, inside(_PARSED, millis)), term)
    if kind == "text":
        zone = ", UTC" if any("%z" in each for each in formats) else ""
        return strict(Type("date", f"datetime64[{_PARSED}{zone}]"), lambda a: _parsed(a, formats), term)
    if kind != "date":
        raise Uncomputable(f"{term.type.name} is no time")
    return term


def _parsed(text: Code, formats: tuple[str, ...]) -> Code:
    found: list[Code] = []
    for each in formats:
        parts: list[str] = re.findall("%.|[^%]+|%", each)
        unknown = [part for part in parts if part.startswith("%") and part not in DIRECTIVES]
        if unknown or not {"%Y", "%m", "%d"} <= {*parts}:
            raise Uncomputable(
                f"the server does not parse {each!r}: it takes {' '.join(DIRECTIVES)} with at least a date; "
                "use pandas.to_datetime() before the frame is imported"
            )
        pattern = "".join(DIRECTIVES.get(part, re.escape(part)) for part in parts)
        date = {"$dateFromString": {"dateString": text, "format": each, "onError": None, "onNull": None}}
        fits = {"$regexMatch": {"input": text, "regex": f"^{pattern}\\z"}}
        found.append({"$cond": [fits, date, None]})
    return {"$ifNull": found if len(found) > 1 else [*found, None]}


def _meant(a: Code) -> Code:
    word = {"$toLower": {"$trim": {"input": a, "chars": WHITESPACE}}}
    told = {"$cond": [{"$in": ["$$w", list(TRUE)]}, True, {"$cond": [{"$in": ["$$w", list(FALSE)]}, False, None]}]}
    return let({"w": word}, told)


def _digits(a: Code) -> Code:
    """Return a double of at most 15 digits as a text; others fail, as MongoDB would write them with less digits."""
    decimal = {"$toDecimal": "$$x"}
    is_plain = {"$and": [{"$lt": [{"$abs": "$$x"}, 1e15]}, {"$or": [
        {"$eq": ["$$x", {"$trunc": "$$x"}]},
        {"$and": [{"$gte": [{"$abs": "$$x"}, 1e-4]}, {"$eq": ["$$x", {"$toDouble": decimal}]}]},
    ]}]}  # fmt: skip
    text = {"$cond": [
        {"$eq": ["$$x", {"$trunc": "$$x"}]}, {"$toString": {"$toLong": "$$x"}},
        {"$rtrim": {"input": {"$toString": decimal}, "chars": "0"}},
    ]}  # fmt: skip
    message = failing("as_str() writes floats of up to 15 digits; use map_batches for", {"$toDecimal": "$$x"})
    infinite = {"$cond": [{"$lt": ["$$x", 0]}, "-inf", "inf"]}
    is_infinite = {"$eq": [{"$abs": "$$x"}, math.inf]}
    return let({"x": a}, {"$cond": [is_infinite, infinite, {"$cond": [is_plain, text, message]}]})


def _dates(term: Term) -> Term:
    """Return time stamps as numpy writes them, to their unit, and with their offset."""
    unit, zone = unit_of(term.type), zone_of(term.type)
    style = "%Y-%m-%dT%H:%M:%S" + ("" if unit == "s" else ".%L")
    where = {} if zone is None else {"timezone": zone}
    reach = [{"$lt": ["$$d", {"$toDate": _YEAR_0}]}, {"$gte": ["$$d", {"$toDate": _YEAR_9999}]}]

    def written(a: Code, digits: Code) -> Code:
        parts: list[Code] = [{"$dateToString": {"date": "$$d", "format": style, **where}}]
        if unit in ("us", "ns"):
            size = {"us": 3, "ns": 6}[unit]
            ticks = {"$toString": {"$toLong": {"$divide": [digits, 10**9 // PER_SECOND[unit]]}}}
            padded = {"$concat": ["0" * size, ticks]}
            parts.append({"$substrCP": [padded, {"$subtract": [{"$strLenCP": padded}, size]}, size]})
        if zone is not None:
            parts.append({"$dateToString": {"date": "$$d", "format": "%z", **where}})
        return let({"d": a}, unless({"$or": reach}, {"$concat": parts}))

    return strict(TEXT, written, term, Term(term.digits, replace(WHOLE, may_be_missing=False)))


_YEAR_0, _YEAR_9999 = -62167046400000, 253402128000000
"""Milliseconds of two days inside of the years that MongoDB writes, for the sake of zones."""


def _rounded(a: Code) -> Code:
    return {"$cond": [{"$lt": [a, 0]}, {"$ceil": {"$subtract": [a, 0.5]}}, {"$floor": {"$add": [a, 0.5]}}]}


def _converted(a: Code, to: str) -> Code:
    return {"$convert": {"input": a, "to": to, "onError": None, "onNull": None}}
