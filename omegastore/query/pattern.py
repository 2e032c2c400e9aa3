"""Patterns: literal text and Python regular expressions as MongoDB's ``$regex`` reads them (PCRE)."""

from __future__ import annotations

import re

from omegastore.errors import InvalidFilter

_OPTIONS = {re.IGNORECASE: "i", re.MULTILINE: "m", re.DOTALL: "s", re.VERBOSE: "x"}
_UNICODE_CLASS = re.compile(r"\\[wWdDsSbB]")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))|\0", re.DOTALL)


def literal(text: object, operator: str) -> str:
    """Return the pattern that matches `text` and nothing else.

    Raises
    ------
    InvalidFilter
        If `text` is not a str.
    """
    if not isinstance(text, str):
        raise InvalidFilter(f"{operator!r} takes the literal text to look for as a str, not {text!r}")
    # BSON ends a pattern at a NUL
    return re.escape(_checked(str(text))).replace("\0", r"\x00")


def regex(pattern: object) -> dict[str, object]:
    r"""Return the operators for a Python regular expression.

    Parameters
    ----------
    pattern : str or re.Pattern
        It is searched anywhere in the value, as by ``Series.str.contains``. Classes such as ``\w`` know
        Unicode unless the pattern was compiled with ``re.ASCII``. One thing stays as PCRE has it: ``^`` under
        ``re.MULTILINE`` does not match after a newline that ends the text.

    Raises
    ------
    InvalidFilter
        If it is not a regular expression.
    """
    try:
        compiled = re.compile(str(pattern)) if isinstance(pattern, str) else pattern
    except (re.error, OverflowError, RecursionError) as error:
        raise InvalidFilter(f"{pattern!r} is not a regular expression: {error}") from error
    if not isinstance(compiled, re.Pattern) or not isinstance(compiled.pattern, str):
        raise InvalidFilter(f"'regex' takes a str or a compiled pattern of str, not {pattern!r}")
    translated = _ESCAPE.sub(_translated, _checked(str(compiled.pattern)))
    if compiled.flags & re.VERBOSE:
        translated += "\n"  # the server appends to the pattern, which must not fall into a comment
    if not compiled.flags & re.ASCII and _UNICODE_CLASS.search(translated):
        translated = "(*UCP)" + translated
    options = "".join(letter for flag, letter in _OPTIONS.items() if compiled.flags & flag)
    return {"$regex": translated, "$options": options} if options else {"$regex": translated}


def _translated(match: re.Match[str]) -> str:
    short, long, char = match.groups()
    if short or long:
        return f"\\x{{{short or long}}}"
    if char == "Z":  # in PCRE, \Z would also match before a newline at the end
        return r"\z"
    return r"\x00" if char in ("\0", None) else match[0]


def _checked(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidFilter(f"{text!r} is not text that can be stored: {error}") from error
    return text
