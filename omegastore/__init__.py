"""omegastore: put any DataFrame, array, estimator or Python object into MongoDB and get back exactly that.

Names are imported on first use: ``import omegastore`` itself imports nothing that costs time.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from omegastore.backend import Backend, BackendContext, BackendSpec, Options
    from omegastore.data import DataFrame
    from omegastore.engine import set_project
    from omegastore.mdataframe import MDataFrame
    from omegastore.metadata import Metadata
    from omegastore.pipeline import Pipeline
    from omegastore.projects import project
    from omegastore.query import Q, raw
    from omegastore.store import OmegaStore

__version__ = "0.1.0"

__all__ = [
    "Backend",
    "BackendContext",
    "BackendSpec",
    "DataFrame",
    "MDataFrame",
    "Metadata",
    "OmegaStore",
    "Options",
    "Pipeline",
    "Q",
    "project",
    "raw",
    "set_project",
]

_HOMES = {
    "Backend": "backend",
    "BackendContext": "backend",
    "BackendSpec": "backend",
    "DataFrame": "data",
    "MDataFrame": "mdataframe",
    "Metadata": "metadata",
    "OmegaStore": "store",
    "Pipeline": "pipeline",
    "Options": "backend",
    "Q": "query",
    "project": "projects",
    "raw": "query",
    "set_project": "engine",
}
_MODULES = {
    "data": "data",
    "database": "database",
    "engine": "engine",
    "hyperopt": "pipeline.hyperopt",
    "pipeline": "pipeline",
    "preprocessors": "preprocessors",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"omegastore.{_MODULES[name]}")
    if name not in _HOMES:
        raise AttributeError(f"module 'omegastore' has no attribute {name!r}")
    return getattr(importlib.import_module(f"omegastore.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
