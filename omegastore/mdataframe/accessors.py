"""Accessors: ``.str`` and ``.dt`` of lazy series."""

from __future__ import annotations

from omegastore.mdataframe.dates import Calendar
from omegastore.mdataframe.lazy import Lazy
from omegastore.mdataframe.text import Text


class SeriesAccessors(Lazy):
    """What is said of texts and of dates."""

    @property
    def str(self) -> Text:
        """What the server does with texts."""
        return Text(self)

    @property
    def dt(self) -> Calendar:
        """The parts of dates."""
        return Calendar(self)
