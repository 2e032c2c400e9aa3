"""Imports: fresh interpreters that import omegastore or run a command of it, beside ones that do as much without."""

from __future__ import annotations

import os
import subprocess
import sys

from benchmarks.case import OURS, Case, Goal, Setting

LIST = """
import os, pymongo
with pymongo.MongoClient(os.environ["OMEGA_MONGO_URL"]) as client:
    for each in client.get_database("test").omegaml.find({}, {"name": 1}):
        print(each)
"""


def cases(setting: Setting) -> list[Case]:
    """Return the cases: an import, the help and a listing of the command line."""
    environ = {**os.environ, "OMEGA_MONGO_URL": setting.url, "OMEGASTORE_CONFIG": ""}

    def fresh(*words: str) -> None:
        subprocess.run([sys.executable, *words], check=True, env=environ, stdout=subprocess.DEVNULL)

    return [
        Case(
            "imports",
            {OURS: lambda: fresh("-c", "import omegastore"), "pymongo": lambda: fresh("-c", "import pymongo")},
            (Goal("pymongo", 1.2),),
        ),
        Case(
            "command line, help",
            {OURS: lambda: fresh("-m", "omegastore.cli", "--help"), "pip": lambda: fresh("-m", "pip", "--version")},
            (Goal("pip", 1.0),),
        ),
        Case(
            "command line, ls",
            {OURS: lambda: fresh("-m", "omegastore.cli", "ls"), "pymongo": lambda: fresh("-c", LIST)},
            (Goal("pymongo", 1.0),),
        ),
    ]
