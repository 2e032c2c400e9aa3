"""Estimators: put of a forest and of a small model, beside joblib and GridFS, and beside the bare wire.

The wire sends the pickle, made before the clock starts and not compressed.
"""

from __future__ import annotations

import io
import pickle
import time
from typing import Any

import bson
import gridfs
import joblib
import numpy as np
from pymongo.write_concern import WriteConcern
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from benchmarks.case import OURS, Case, Goal, Setting, Step
from benchmarks.rows import timed
from benchmarks.wire import DURABLE, Wire

JOBLIB, PICKLE, CEILING = "joblib compress=True + GridFS", "pickle in memory", "bare wire, the pickle"
CHUNK = 1 << 20


def cases(setting: Setting) -> list[Case]:
    """Return the cases; the forest grows with `setting.megabytes`."""
    random = np.random.default_rng(0)
    x = random.standard_normal((10_000, 20))
    y = x[:, 0] + x[:, 1] * x[:, 2] + random.standard_normal(10_000) / 2 > 0
    trees = max(2, min(200, setting.megabytes * 5))
    models = {f"forest of {trees}": RandomForestClassifier(trees, random_state=0).fit(x, y)}
    models["small model"] = LogisticRegression().fit(x, y)
    store, database, wire = setting.store(), setting.database(), Wire(setting.url)
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

    def bare(model: Any) -> Step:
        ready = pickle.dumps(model, 5)
        blocks = [ready[at : at + CHUNK] for at in range(0, len(ready), CHUNK)]
        message = b"".join(bson.encode({"_id": n, "data": block}) for n, block in enumerate(blocks))

        def put_bare() -> float:
            database["bare.models"].delete_many({})
            return timed(lambda: wire.insert("bare.models", message))

        return put_bare

    return [
        Case(
            f"estimators: put {name}",
            {
                OURS: lambda model=model: put(model),
                JOBLIB: lambda model=model: put_joblib(model),
                CEILING: bare(model),
                PICKLE: lambda model=model: timed(lambda: pickle.dumps(model, 5)),
            },
            (Goal(JOBLIB, 1 / 3 if "forest" in name else 1.0), Goal(CEILING, 1.8 if "forest" in name else 2.0)),
        )
        for name, model in models.items()
    ]  # fmt: skip
