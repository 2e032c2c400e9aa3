"""Imports: a fresh interpreter that imports omegastore, beside one that imports pymongo."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.case import OURS, Case, Goal, Setting


def cases(setting: Setting) -> list[Case]:
    """Return the case."""

    def fresh(code: str) -> None:
        subprocess.run([sys.executable, "-c", code], check=True)

    return [
        Case(
            "imports",
            {OURS: lambda: fresh("import omegastore"), "pymongo": lambda: fresh("import pymongo")},
            (Goal("pymongo", 1.2),),
        )
    ]
