"""Rows of several frames one after another, and the parts that rows are divided into."""

from __future__ import annotations

import pandas as pd
import pytest

import omegastore as om


def test_frames_and_views_are_concatenated_on_the_server_with_the_roles_of_the_first(shared_project: None) -> None:
    one = om.DataFrame.from_pandas(pd.DataFrame({"a": [1, 2], "b": ["x", None]}), "one", {"numerical": ["a"]})
    two = om.DataFrame.from_pandas(pd.DataFrame({"b": ["y", "z"], "a": [3, 4]}), "two", {"target": ["a"]})
    made = om.data.concat("all", [one, two[two.a > 3], one])
    assert (made.name, made.roles) == ("all", {"numerical": ["a"], "unused_string": ["b"]})
    found = made.to_pandas()
    assert (found["a"].tolist(), found.index.tolist()) == ([1, 2, 4, 1, 2], [0, 1, 2, 3, 4])
    assert found["b"].fillna("-").tolist() == ["x", "-", "z", "x", "-"]
    with pytest.raises(TypeError, match="different columns"):
        om.data.concat("all", [one, two[["a"]]])
    with pytest.raises(ValueError, match="one frame or view at least"):
        om.data.concat("all", [])
