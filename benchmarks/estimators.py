"""Estimators: put of a forest and of a small model, beside joblib and GridFS."""

from __future__ import annotations

import io
import pickle
import time
from typing import Any

import gridfs
import joblib
import numpy as np
from pymongo.write_concern import WriteConcern
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from benchmarks.case import OURS, Case, Goal, Setting
from benchmarks.rows import timed
from benchmarks.wire import DURABLE

JOBLIB, PICKLE = "joblib compress=True + GridFS", "pickle in memory"


def cases(setting: Setting) -> list[Case]:
    """Return the cases; the forest grows with `setting.megabytes`."""
    random = np.random.default_rng(0)
    x = random.standard_normal((10_000, 20))
    y = x[:, 0] + x[:, 1] * x[:, 2] + random.standard_normal(10_000) / 2 > 0
    trees = max(2, min(200, setting.megabytes * 5))
    models = {f"forest of {trees}": RandomForestClassifier(trees, random_state=0).fit(x, y)}
    models["small model"] = LogisticRegression().fit(x, y)
    store, database = setting.store(), setting.database()
    files = gridfs.GridFS(
        database.client.get_database(database.name, write_concern=WriteConcern(**DURABLE)), "models"
    )

    def put(model: Any) -> float:
        spent = timed(lambda: store.put(model, "model"))
        store.drop("model")
        return spent

    def put_joblib(model: Any) -> float:
        start = time.perf_counter()
        target = io.BytesIO()
        joblib.dump(model, target, compress=True)
        file = files.put(target.getvalue())
        spent = time.perf_counter() - start
        files.delete(file)
        return spent

    return [
        Case(
            f"estimators: put {name}",
            {
                OURS: lambda model=model: put(model),
                JOBLIB: lambda model=model: put_joblib(model),
                PICKLE: lambda model=model: timed(lambda: pickle.dumps(model, 5)),
            },
            (Goal(JOBLIB, 1 / 3 if "forest" in name else 1.0),),
        )
        for name, model in models.items()
    ]  # fmt: skip
