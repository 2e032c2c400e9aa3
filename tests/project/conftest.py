"""Tests of projects import what other tests make."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = str(Path(__file__).parents[2])
if ROOT not in sys.path:  # it is there for `python -m pytest`, not for a plain `pytest`
    sys.path.insert(0, ROOT)
