"""Preprocessors: transformers of scikit-learn that make columns of plain tables useful to an estimator.

They take and return pandas DataFrames, work inside and outside of a `omegastore.Pipeline`, and do nothing to columns
that are not theirs.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omegastore.preprocessors.categories import CategoryTrimmer
    from omegastore.preprocessors.imputation import Imputation
    from omegastore.preprocessors.seasonal import Seasonal
    from omegastore.preprocessors.text import EmailDomain, Substring

_HOMES = {
    "CategoryTrimmer": "categories",
    "EmailDomain": "text",
    "Imputation": "imputation",
    "Seasonal": "seasonal",
    "Substring": "text",
}

__all__ = ["CategoryTrimmer", "EmailDomain", "Imputation", "Seasonal", "Substring"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"omegastore.preprocessors.{_HOMES[name]}"), name)
