"""Data: frames with roles, and how other tables are joined to the rows that something is learned from."""

from __future__ import annotations

from omegastore.data import roles
from omegastore.data.column import Column
from omegastore.data.frame import DataFrame, load_data_frame
from omegastore.data.lookup import Bounds
from omegastore.data.star_schema import StarSchema, TimeSeries
from omegastore.data.view import View

__all__ = ["Bounds", "Column", "DataFrame", "StarSchema", "TimeSeries", "View", "load_data_frame", "roles"]
