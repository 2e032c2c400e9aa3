"""Text: its length, its parts and what it holds, by code points as Python counts them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from omegastore.expr.term import (
    BOOL,
    FLOAT,
    INT,
    MASKED_BOOL,
    MASKED_INT,
    Code,
    Term,
    Type,
    Uncomputable,
    failing,
    na,
)

WHITESPACE = "".join(map(chr, [*range(9, 14), *range(28, 33), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028,
                               0x2029, 0x202F, 0x205F, 0x3000]))  # fmt: skip
"""What Python's `str.strip` takes away; MongoDB's `$trim` has a list of its own."""
_UNLIKE = re.compile(r"\(\?|\(\*|\[\[?:|[*+?}]\+|\\[^\W_]|[{$]")
"""Parts of patterns that Python, Arrow's RE2 and MongoDB's PCRE read differently: flags, classes, ends of lines."""


def length(term: Term) -> Term:
    """Return the number of code points."""
    return _counted(term, {"$strLenCP": "$$s"})


def position(term: Term, part: str) -> Term:
    """Return where `part` first begins, -1 where it is not."""
    return _counted(term, {"$indexOfCP": ["$$s", {"$literal": part}]})


def contains(term: Term, pattern: str, *, is_regex: bool = False, absent: bool | None = None) -> Term:
    """Return whether texts hold a text, or match a regular expression somewhere.

    Parameters
    ----------
    term : Term
        Of texts.
    pattern : str
        What is looked for.
    is_regex : bool
        Whether it is a regular expression; one without special characters is looked for literally.
    absent : bool, optional
        What stands for missing texts; by default NA or False, by the dtype.

    Raises
    ------
    Uncomputable
        For patterns that MongoDB reads otherwise than Python.
    """
    if not is_regex or re.escape(pattern) == pattern:
        return _told(term, {"$gte": [{"$indexOfCP": ["$$s", {"$literal": pattern}]}, 0]}, absent)
    re.compile(pattern)  # re.error for what is no pattern
    if unlike := _UNLIKE.search(pattern):
        raise Uncomputable(
            f"the pattern {pattern!r} holds {unlike[0]!r}, which MongoDB reads otherwise than Python; "
            "pass regex=False to look for it literally, or take .value"
        )
    return _told(term, {"$regexMatch": {"input": "$$s", "regex": {"$literal": pattern}}}, absent)


def starts(term: Term, prefixes: Sequence[str], absent: bool | None = None) -> Term:
    """Return whether texts begin with one of `prefixes`."""
    heads = [{"$eq": [{"$substrCP": ["$$s", 0, len(each)]}, {"$literal": each}]} for each in prefixes]
    return _told(term, {"$or": heads}, absent)


def ends(term: Term, suffixes: Sequence[str], absent: bool | None = None) -> Term:
    """Return whether texts end with one of `suffixes`."""
    tails = [
        {"$eq": [{"$substrCP": ["$$s", _from_end(-len(each)), len(each)]}, {"$literal": each}]} for each in suffixes
    ]
    return _told(term, {"$or": tails}, absent)


def cased(term: Term, operator: str) -> Term:
    """Return texts in upper or lower case; one that is not ASCII is an error, as MongoDB knows no other case.

    Parameters
    ----------
    term : Term
        Of texts.
    operator : str
        ``$toUpper`` or ``$toLower``.
    """
    is_ascii = {"$eq": [{"$strLenBytes": "$$s"}, {"$strLenCP": "$$s"}]}
    message = failing("the server changes the case of ASCII only, so take .value; the text is", "$$s")
    return _changed(term, {"$cond": [is_ascii, {operator: "$$s"}, message]})


def stripped(term: Term, operator: str, characters: str | None = None) -> Term:
    """Return texts without characters at their ends, whitespace by default.

    Parameters
    ----------
    term : Term
        Of texts.
    operator : str
        ``$trim``, ``$ltrim`` or ``$rtrim``.
    characters : str, optional
        What is taken away.
    """
    wanted = WHITESPACE if characters is None else characters
    return _changed(term, {operator: {"input": "$$s", "chars": {"$literal": wanted}}})


def sliced(term: Term, start: int | None = None, stop: int | None = None) -> Term:
    """Return the code points from `start` to before `stop`, negative ones counted from the end, as Python does."""
    first = _from_end(start) if start is not None and start < 0 else start or 0
    if stop is None:
        count: Code = {"$strLenCP": "$$s"}
    else:
        last = _from_end(stop) if stop < 0 else stop
        count = {"$max": [0, {"$subtract": [last, first]}]}
    return _changed(term, {"$substrCP": ["$$s", first, count]})


def character(term: Term, at: int) -> Term:
    """Return the code point at a position, from the end if it is negative; missing where there is none."""
    size: Code = {"$strLenCP": "$$s"}
    is_there = {"$gt": [size, at]} if at >= 0 else {"$gte": [size, -at]}
    found = _changed(term, {"$cond": [is_there, {"$substrCP": ["$$s", at if at >= 0 else _from_end(at), 1]}, None]})
    return Term(found.code, Type("text", term.type.name, term.type.is_masked))


def replaced(term: Term, old: str, new: str) -> Term:
    """Return texts with all that is `old` replaced by `new`."""
    if not old:
        raise Uncomputable("MongoDB replaces no empty text; take .value")
    parts = {"input": "$$s", "find": {"$literal": old}, "replacement": {"$literal": new}}
    return _changed(term, {"$replaceAll": parts})


def joined(left: Term, right: Term, separator: str = "") -> Term:
    """Return two texts as one; missing where one is."""
    gaps = [found for each in (left, right) if (found := na(each)) is not False]
    code: Code = {"$concat": [left.code, {"$literal": separator}, right.code]}
    kind = Type("text", left.type.name, left.type.is_masked, bool(gaps))
    return Term({"$cond": [{"$or": gaps}, None, code]} if gaps else code, kind)


def _from_end(at: int) -> Code:
    return {"$max": [0, {"$add": [{"$strLenCP": "$$s"}, at]}]}


def _of(term: Term, code: Code, absent: Code) -> Code:
    """Return `code` of the text ``$$s``, and `absent` where it is missing."""
    told: Code = {"$let": {"vars": {"s": term.code}, "in": code}}
    return {"$cond": [na(term), absent, told]} if term.type.may_be_missing else told


def _changed(term: Term, code: Code) -> Term:
    return Term(_of(term, code, None), term.type)


def _counted(term: Term, code: Code) -> Term:
    if term.type.is_masked:
        return Term(_of(term, code, None), MASKED_INT)
    if term.type.may_be_missing:  # pandas has floats then
        return Term(_of(term, {"$toDouble": code}, {"$literal": float("nan")}), FLOAT)
    return Term(_of(term, code, None), INT)


def _told(term: Term, code: Code, absent: bool | None) -> Term:
    if term.type.is_masked:
        return Term(_of(term, code, absent), MASKED_BOOL)
    return Term(_of(term, code, bool(absent)), BOOL)
