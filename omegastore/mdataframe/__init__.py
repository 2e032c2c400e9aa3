"""Lazy frames: what getl() returns."""

from __future__ import annotations

from omegastore.mdataframe.frame import FrameSource, MDataFrame, Selection

__all__ = ["FrameSource", "MDataFrame", "Selection"]
