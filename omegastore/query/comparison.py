"""Comparisons: eq, ne, in, nin, lt, lte, gt, gte, between and isnull as filters, exact to the nanosecond."""

from __future__ import annotations

from collections.abc import Callable

from omegastore.errors import InvalidFilter
from omegastore.query.field import Field
from omegastore.query.guard import guard
from omegastore.query.q import Raw
from omegastore.query.value import is_missing, items, refuse_operators

Filter = dict[str, object]
"""A MongoDB filter."""


def never(path: str) -> Filter:
    """Return a filter that no document matches."""
    return {path: {"$in": []}}


def any_of(filters: list[Filter]) -> Filter:
    """Return a filter that holds when one of `filters`, of which there is at least one, does."""
    return filters[0] if len(filters) == 1 else {"$or": filters}


def all_of(filters: list[Filter]) -> Filter:
    """Return a filter that holds when all of `filters` do."""
    kept = [each for each in filters if each]
    return {"$and": kept} if len(kept) > 1 else kept[0] if kept else {}


def negation(condition: Filter) -> Filter:
    """Return a filter that holds exactly when `condition` does not."""
    if len(condition) == 1:
        (path, operators), *_ = condition.items()
        if not path.startswith("$") and isinstance(operators, dict) and next(iter(operators), "")[:1] == "$":
            return {path: {"$not": operators}}  # the form that can use an index
    return {"$nor": [condition]}


def encoded(field: Field, value: object) -> object:
    """Return the stored form of one value; None if it is missing.

    Raises
    ------
    UnsafeFilter
        If an operator hides in the value.
    InvalidFilter
        If the column has no such values.
    """
    refuse_operators(value)
    if is_missing(value):
        return None
    try:
        stored = field.encode(value)
    except InvalidFilter:
        raise
    except (TypeError, ValueError, ArithmeticError) as error:
        raise InvalidFilter(f"cannot be compared with {value!r}: {error}") from error
    refuse_operators(stored)
    return None if is_missing(stored) else stored


def _split(stored: object) -> tuple[object, int]:
    """Return a stored value as its natural part and the nanoseconds beside it."""
    if isinstance(stored, tuple):
        natural, nanos = stored
        return natural, int(nanos)
    return stored, 0


def missing(field: Field) -> Filter:
    """Return the filter for rows without a value in `field`."""
    # null also stands for an absent field; an array would match by its elements
    return {field.path: {"$in": [None, float("nan")], "$not": {"$type": "array"}}}


def _nanos(field: Field, date: Filter, nanos: int) -> Filter:
    """Return the filter `date` with exactly `nanos` beside it."""
    if field.beside is None:
        return never(field.path) if nanos else date
    return {**date, field.beside: {"$eq": nanos} if nanos else {"$in": [0, None]}}


def equal(field: Field, value: object) -> Filter:
    """Return the filter for one value, for a missing one, or the operators of a `Raw`."""
    if isinstance(value, Raw):
        return {field.path: guard(value.filter)}
    stored = encoded(field, value)
    if stored is None:
        return missing(field)
    natural, nanos = _split(stored)
    return _nanos(field, {field.path: {"$eq": natural}}, nanos)


def unequal(field: Field, value: object) -> Filter:
    """Return the complement of `equal`."""
    return negation(equal(field, value))


def among(field: Field, value: object) -> Filter:
    """Return the filter for any of several values, missing ones included."""
    stored = [encoded(field, each) for each in items(value, "in")]
    by_nanos: dict[int, list[object]] = {}
    for each in stored:
        if each is not None:
            natural, nanos = _split(each)
            by_nanos.setdefault(nanos, []).append(natural)
    found = [_nanos(field, {field.path: {"$in": dates}}, nanos) for nanos, dates in by_nanos.items()]
    if any(each is None for each in stored):
        found.append(missing(field))
    return any_of(found or [never(field.path)])


def not_among(field: Field, value: object) -> Filter:
    """Return the complement of `among`."""
    return negation(among(field, value))


def order(operator: str) -> Callable[[Field, object], Filter]:
    """Return the condition for lt, lte, gt or gte."""
    strict, inclusive = f"${operator[:2]}", f"${operator[:2]}e"

    def ordered(field: Field, value: object) -> Filter:
        stored = encoded(field, value)
        if stored is None:
            return never(field.path)
        natural, nanos = _split(stored)
        if field.beside is None:
            # stored dates end at the millisecond: below a bound with nanoseconds is at most its milliseconds
            finer = inclusive if strict == "$lt" else strict
            return {field.path: {finer if nanos else f"${operator}": natural}}
        if operator in ("lt", "gte") and not nanos:
            return {field.path: {f"${operator}": natural}}
        same = {field.path: {"$eq": natural}, field.beside: _nanos_order(operator, nanos)}
        return {"$or": [{field.path: {strict: natural}}, same]}

    return ordered


def _nanos_order(operator: str, nanos: int) -> Filter:
    # an absent number means 0: less than any, so it has to match what is below, by way of $not
    if operator in ("lt", "lte"):
        return {"$not": {"$gte" if operator == "lt" else "$gt": nanos}}
    return {f"${operator}": nanos}


def between(field: Field, value: object) -> Filter:
    """Return the filter for values from the first to the second of two, both included."""
    bounds = items(value, "between")
    if len(bounds) != 2 or isinstance(value, set | frozenset):
        raise InvalidFilter(f"between takes (lowest, highest), not {value!r}")
    parts = [order("gte")(field, bounds[0]), order("lte")(field, bounds[1])]
    low, high = (part.get(field.path) for part in parts)
    if isinstance(low, dict) and isinstance(high, dict) and not set(low) & set(high):
        return {field.path: {**low, **high}}
    return all_of(parts)
