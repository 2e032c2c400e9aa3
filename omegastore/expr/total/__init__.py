"""The expressions of a project: total functions, of which none fails; what is missing or not defined is null.

They differ from what lazy frames compute, where pandas' rules hold, for the infinite and for what is missing.
"""

from __future__ import annotations

from omegastore.expr.total.conversion import TIME_FORMATS
from omegastore.expr.total.operation import OPERATIONS, operation

__all__ = ["OPERATIONS", "TIME_FORMATS", "operation"]
