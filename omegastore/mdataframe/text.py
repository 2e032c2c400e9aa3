"""Text: ``.str`` of lazy series, computed by the server."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from omegastore import expr
from omegastore.codecs.column_text import Objects, Strings
from omegastore.codecs.schema import series_labels
from omegastore.expr import text
from omegastore.expr.term import Uncomputable
from omegastore.mdataframe.lazy import Lazy
from omegastore.mdataframe.operators import computed, term_of
from omegastore.mdataframe.plan import Plan, fresh_field
from omegastore.mdataframe.row import common, may_be_missing


class TextChanges:
    """Other texts made of the texts of a lazy series.

    Parameters
    ----------
    series : MSeries
        Of a dtype of strings, or of objects that are all strings.
    """

    def __init__(self, series: Lazy) -> None:
        self._series = series
        self._term = _texts(series.plan)

    def lower(self) -> Any:
        """Return texts in lower case; a text that is not ASCII is an error when the value is asked for."""
        return _text_series(self._series, text.cased(self._term, "$toLower"))

    def upper(self) -> Any:
        """Return texts in upper case; a text that is not ASCII is an error when the value is asked for."""
        return _text_series(self._series, text.cased(self._term, "$toUpper"))

    def strip(self, to_strip: str | None = None) -> Any:
        """Return texts without whitespace, or the characters of `to_strip`, at both ends."""
        return _text_series(self._series, text.stripped(self._term, "$trim", to_strip))

    def lstrip(self, to_strip: str | None = None) -> Any:
        """Return texts without whitespace, or the characters of `to_strip`, at the beginning."""
        return _text_series(self._series, text.stripped(self._term, "$ltrim", to_strip))

    def rstrip(self, to_strip: str | None = None) -> Any:
        """Return texts without whitespace, or the characters of `to_strip`, at the end."""
        return _text_series(self._series, text.stripped(self._term, "$rtrim", to_strip))

    def slice(self, start: int | None = None, stop: int | None = None) -> Any:
        """Return the characters from `start` to before `stop`; negative positions count from the end."""
        return _text_series(self._series, text.sliced(self._term, start, stop))

    def get(self, i: int) -> Any:
        """Return the character at a position; missing where the text is shorter."""
        if self._term.type.name == "object":
            raise Uncomputable("the dtype of get() of objects depends on the values; take .value")
        return _text_series(self._series, text.character(self._term, i), has_gaps=True)

    def replace(self, pat: str, repl: str, *, regex: bool = False) -> Any:
        """Return texts with all that is `pat` replaced by `repl`.

        Parameters
        ----------
        pat, repl : str
            Literal texts.
        regex : bool
            Only False: the server replaces no patterns.
        """
        if regex:
            raise Uncomputable("the server replaces literal text only; pass regex=False, or take .value")
        return _text_series(self._series, text.replaced(self._term, pat, repl))

    def cat(self, others: Any, sep: str = "") -> Any:
        """Return the texts followed by those of a lazy series of the same rows; missing where one is.

        Parameters
        ----------
        others : MSeries
            Of texts.
        sep : str
            What stands between the two.
        """
        if not isinstance(others, Lazy) or not others.plan.schema.is_series:
            raise TypeError(f"cat() takes a lazy series of the same rows, not {type(others).__qualname__}")
        term, plan = _texts(others.plan), common(self._series.plan, others.plan, "the other series")
        if term.type.name != self._term.type.name:
            raise Uncomputable(f"cat() of {self._term.type.name} and {term.type.name}; convert one before it is put")
        both = text.joined(self._term, term, sep)
        return _text_series(self._series, both, plan=plan, has_gaps=both.type.may_be_missing)


class Text(TextChanges):
    """What ``.str`` of a lazy series gives: texts, and what is known of them."""

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            if key.step not in (None, 1):
                raise Uncomputable("the server takes no steps through text; take .value")
            return self.slice(key.start, key.stop)
        return self.get(key)

    def len(self) -> Any:
        """Return the numbers of characters."""
        return computed(self._series, text.length(self._term))

    def find(self, sub: str) -> Any:
        """Return where `sub` first begins, -1 where it is not."""
        return computed(self._series, text.position(self._term, sub))

    def contains(self, pat: str, case: bool = True, na: bool | None = None, regex: bool = True) -> Any:
        """Return whether texts hold a text, or match a regular expression somewhere.

        Parameters
        ----------
        pat : str
            The text or the pattern.
        case : bool
            Only True: the server folds the case of ASCII only.
        na : bool, optional
            What stands for missing texts.
        regex : bool
            Whether `pat` is a regular expression. Patterns that MongoDB reads otherwise than Python are refused.
        """
        if not case:
            raise Uncomputable("the server folds the case of ASCII only; use case=True, or take .value")
        return computed(self._series, text.contains(self._term, pat, is_regex=regex, absent=na))

    def startswith(self, pat: str | tuple[str, ...], na: bool | None = None) -> Any:
        """Return whether texts begin with a text, or with one of several; `na` stands for missing ones."""
        return computed(self._series, text.starts(self._term, _several(pat), na))

    def endswith(self, pat: str | tuple[str, ...], na: bool | None = None) -> Any:
        """Return whether texts end with a text, or with one of several; `na` stands for missing ones."""
        return computed(self._series, text.ends(self._term, _several(pat), na))


def _several(pat: str | tuple[str, ...]) -> tuple[str, ...]:
    found = pat if isinstance(pat, tuple) else (pat,)
    if not all(isinstance(each, str) for each in found):  # pyright: ignore[reportUnnecessaryIsInstance]  # of the caller
        raise TypeError(f"expected a string or tuple of strings, not {pat!r}")
    return found


def _texts(plan: Plan) -> expr.Term:
    entry, term = plan.schema.columns[0], term_of(plan)
    if term.type.kind != "text" or not isinstance(entry.result, Strings | Objects):
        raise AttributeError(f"Can only use .str accessor with string values, not {term.type.name}")
    if isinstance(entry.result, Objects) and may_be_missing(entry):
        raise Uncomputable(
            "the dtype of what .str gives of objects with missing texts depends on the values; "
            "convert the column with astype('string') before it is put, or take .value"
        )
    return term


def _text_series(series: Lazy, term: expr.Term, *, plan: Plan | None = None, has_gaps: bool | None = None) -> Any:
    """Return the series of texts with the codec that the column has."""
    plan = plan or series.plan
    schema = series.plan.schema
    entry = replace(schema.columns[0], field=fresh_field())
    entry = replace(entry, codecs=((0, entry.result),))
    if has_gaps is not None:
        entry = replace(entry, na="some" if has_gaps else "none")
    labels = series_labels(schema.labels[0])
    told = replace(schema, columns=(entry,), labels=labels, is_series=True)
    return series.series_type(plan.computed({entry.field: term.code}).with_schema(told))
