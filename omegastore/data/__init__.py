"""Data models: how other tables are joined to the rows that something is learned from."""

from __future__ import annotations

from omegastore.data.lookup import Bounds
from omegastore.data.star_schema import StarSchema, TimeSeries

__all__ = ["Bounds", "StarSchema", "TimeSeries"]
