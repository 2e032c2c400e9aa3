"""Glob: patterns for names, as regular expressions that Python and MongoDB read alike."""

from __future__ import annotations

import re

_ANY = r"[\s\S]"
_END = r"(?![\s\S])"
"""The end of the text; ``$`` and its kin allow a newline after it in one of the two."""


def is_glob(name: str) -> bool:
    """Return whether `name` is a pattern."""
    return any(char in name for char in "*?[")


def glob_regex(pattern: str) -> str:
    """Return the regular expression, for `re` and for MongoDB's ``$regex``, of a glob.

    Parameters
    ----------
    pattern : str
        ``*`` is any characters, ``/`` too; ``?`` is one; ``[abc]``, ``[a-z]`` and ``[!a]`` are one of a set;
        all else is literal. As `fnmatch.fnmatchcase` reads it.
    """
    between_stars = [""]
    at = 0
    while at < len(pattern):
        char, end = pattern[at], _set_end(pattern, at)
        if char == "*":
            between_stars.append("")
        elif char == "?":
            between_stars[-1] += _ANY
        elif char == "[" and end:
            between_stars[-1] += _set(pattern[at + 1 : end])
            at = end
        else:
            between_stars[-1] += _literal(char)
        at += 1
    first, *rest = between_stars
    # the first place where a part fits is as good as any: atomic groups keep many stars from taking for ever
    middle = "".join(f"(?>{_ANY}*?{part})" for part in rest[:-1] if part)
    return f"^{first}{middle}{f'{_ANY}*{rest[-1]}' if rest else ''}{_END}"


def _set_end(pattern: str, start: int) -> int:
    """Return where the ``]`` of the set that begins at `start` is; 0 if there is none."""
    first = start + 2 if pattern[start + 1 : start + 2] == "!" else start + 1
    return max(pattern.find("]", first + 1), 0)  # a ] in first place is a member


def _set(body: str) -> str:
    negated = body.startswith("!")
    members = body[negated:]
    ranges: list[str] = []
    at = 0
    while at < len(members):
        low = high = members[at]
        if members[at + 1 : at + 2] == "-" and at + 2 < len(members):
            high = members[at + 2]
            at += 2
        if low <= high:  # a reversed range has no members
            ranges.append(_literal(low) if low == high else f"{_literal(low)}-{_literal(high)}")
        at += 1
    if not ranges:
        return _ANY if negated else "(?!)"
    return f"[{'^' if negated else ''}{''.join(ranges)}]"


def _literal(char: str) -> str:
    return r"\x00" if char == "\0" else re.escape(char)
