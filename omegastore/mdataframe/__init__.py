"""Lazy frames: what getl() returns.

`Plan` says where rows come from, which stages the server applies and what comes out; `MDataFrame` and `MSeries` are
thin classes over it, whose verbs stand in modules of their own as mixin classes.
"""

from __future__ import annotations

from omegastore.mdataframe.frame import MDataFrame
from omegastore.mdataframe.plan import Plan
from omegastore.mdataframe.sampled import sampled
from omegastore.mdataframe.series import MSeries
from omegastore.mdataframe.stacking import concat
from omegastore.mdataframe.stored import stored

__all__ = ["MDataFrame", "MSeries", "Plan", "concat", "sampled", "stored"]
