"""Data: frames with roles, and how other tables are joined to the rows that something is learned from."""

from __future__ import annotations

from omegastore.data import relationship, roles, split, time
from omegastore.data.column import Column
from omegastore.data.container import Container, Subset
from omegastore.data.data_model import DataModel, to_placeholder
from omegastore.data.frame import DataFrame, load_data_frame
from omegastore.data.frames import DataFrames, delete, exists, list_data_frames
from omegastore.data.placeholder import Placeholder
from omegastore.data.position import random, rowid
from omegastore.data.roles import Roles
from omegastore.data.stack import concat
from omegastore.data.star_schema import StarSchema, TimeSeries
from omegastore.data.view import View

__all__ = [
    "Column",
    "Container",
    "DataFrame",
    "DataFrames",
    "DataModel",
    "Placeholder",
    "Roles",
    "StarSchema",
    "Subset",
    "TimeSeries",
    "View",
    "concat",
    "delete",
    "exists",
    "list_data_frames",
    "load_data_frame",
    "random",
    "relationship",
    "roles",
    "rowid",
    "split",
    "time",
    "to_placeholder",
]
