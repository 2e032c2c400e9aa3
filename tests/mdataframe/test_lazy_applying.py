"""Functions apply to whole lazy objects, and lazy objects go to other processes."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pymongo.database import Database

from omegastore import MDataFrame, OmegaStore
from tests.mdataframe.lazy_frames import Lazily, assert_like

FRAME = pd.DataFrame({"a": [3, 1, 2], "b": ["x", None, "z"]}, index=pd.Index([7, 8, 9], name="k"))


def test_a_function_gets_the_lazy_object_and_says_what_the_server_does(lazily: Lazily) -> None:
    lazy = lazily(FRAME)
    assert_like(lazy.a.apply(lambda s, n: s * n + 1, 2).value, FRAME.a * 2 + 1)
    assert_like(lazy.apply(lambda m: m[m.a > 1].assign(c=m.a - 1)).value, FRAME[FRAME.a > 1].assign(c=FRAME.a - 1))
    assert_like(lazy.pipe(lambda m, least: m[m.a > least], least=1).value, FRAME[FRAME.a > 1])
    assert lazy.pipe((lambda n, frame: frame.a.sum() + n, "frame"), 4) == 10
    with pytest.raises(ValueError, match="frame"):
        lazy.pipe((lambda frame: frame, "frame"), frame=1)


@pytest.mark.parametrize("function", [np.sqrt, lambda s: s if s > 1 else 0, lambda s: s.sum(), lambda s: s.no_such()])
def test_a_function_that_needs_python_is_refused_with_the_remedy(lazily: Lazily, function: Any) -> None:
    with pytest.raises(TypeError, match="map_batches"):
        lazily(FRAME).a.apply(function)


def test_lazy_objects_go_to_another_process_without_the_client(store: OmegaStore, store_url: str) -> None:
    store.put(FRAME, "frame")
    lazy = store.getl("frame")
    made = lazy[lazy.a > 1].assign(c=lazy.a * 2).sort_values("a")
    code = "import pickle, sys; print([each.value.values.tolist() for each in pickle.load(sys.stdin.buffer)])"
    run = subprocess.run([sys.executable, "-c", code], input=pickle.dumps([lazy, made, made.c]), capture_output=True,
                         env={**os.environ, "OMEGA_MONGO_URL": store_url}, check=True)  # fmt: skip
    assert run.stdout.decode().strip() == str([each.values.tolist() for each in (FRAME, made.value, made.c.value)])
    again, mask = pickle.loads(pickle.dumps((lazy, lazy.a > 1)))
    assert_like(again[mask].value, FRAME[FRAME.a > 1])
    assert_like(again.persist("copy").value, FRAME)


def test_a_collection_goes_along_by_its_reference_only(
    store: OmegaStore, omegastore_database: Database[dict[str, Any]]
) -> None:
    theirs = omegastore_database["theirs"]
    theirs.insert_many([{"_id": n, "a": n} for n in range(3)])
    store.put(theirs, "theirs")
    assert pickle.loads(pickle.dumps(store.getl("theirs").query(a__gt=0))).value["a"].tolist() == [1, 2]
    with pytest.raises(TypeError, match=r"store\.put"):
        pickle.dumps(MDataFrame(theirs))
