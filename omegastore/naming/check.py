"""Check: what an object, a bucket and a prefix may be called."""

from __future__ import annotations

from omegastore.errors import InvalidName

RESERVED = "[]@^#{}*?"
"""Characters of the name syntax and of patterns, which no name may have."""

_MAX_NAME = 255


def check_name(name: object) -> str:
    """Return `name` if an object may be stored under it.

    Raises
    ------
    InvalidName
        If it is not a str of 1 to 255 bytes in UTF-8, or has a NUL or a reserved character.
    """
    return _checked(name, "name")


def check_bucket(bucket: object) -> str:
    """Return `bucket` if a bucket may be called so; the rules are those of a name."""
    return _checked(bucket, "bucket")


def check_prefix(prefix: object) -> str:
    """Return `prefix` if it may be one: empty, or by the rules of a name."""
    return "" if type(prefix) is str and not prefix else _checked(prefix, "prefix")


def check_tag(tag: object) -> str:
    """Return `tag` if a version may be called so: by the rules of a name, and not a number."""
    text = _checked(tag, "tag")
    if text.lstrip("-").isdecimal():
        raise InvalidName(f"tag {text!r} is a number, which @{text} reads as a version")
    return text


def check_text(text: object, what: str = "name") -> str:
    """Return `text` if it is a str, be it a name or a pattern."""
    # exactly str: a dict or a str subclass must never become part of a query
    if type(text) is not str:
        raise InvalidName(f"a {what} is a str, not {text!r} ({type(text).__name__})")
    return text


def _checked(given: object, what: str) -> str:
    text = check_text(given, what)
    if not text:
        raise InvalidName(f"a {what} has at least one character")
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise InvalidName(f"{what} {text!r} holds a lone surrogate, which is not text") from error
    if size > _MAX_NAME:
        raise InvalidName(f"{what} {text[:40]!r}... takes {size} bytes in UTF-8; at most {_MAX_NAME} are allowed")
    for char in text:
        if char == "\0" or char in RESERVED:
            raise InvalidName(f"{what} {text!r} holds {char!r}; reserved are NUL and {' '.join(RESERVED)}")
    return text


def is_hidden(name: str) -> bool:
    """Return whether list() shows `name` only when asked for hidden objects."""
    return name.startswith(".")


def is_temporary(name: str) -> bool:
    """Return whether `name` is that of a temporary object."""
    return name.startswith("_")
