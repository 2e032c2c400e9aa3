"""Rows of lazy frames one after another are those of pandas' concat."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given

from omegastore.errors import InvalidOption
from omegastore.mdataframe import concat
from tests.mdataframe.lazy_frames import KEYS, Lazily, assert_like, few, frames


@few
@given(first=frames(), second=frames())
def test_a_concatenation_is_that_of_pandas(lazily: Lazily, first: pd.DataFrame, second: pd.DataFrame) -> None:
    first, second = first[KEYS].reset_index(drop=True), second[[*KEYS[::-1]]].reset_index(drop=True)
    a, b = lazily(first), lazily(second)
    together = pd.concat([first, second])
    if len(first) and len(second):  # pandas takes the dtype of an empty index for that of all
        assert_like(concat([a, b]).value, together)
        assert_like(concat([a, b]).iloc[1:-1].value, together.iloc[1:-1])
    assert_like(a.append(b, ignore_index=True).value, pd.concat([first, second], ignore_index=True))
    assert len(concat([a.query(i__gte=1), b])) == int((first["i"] >= 1).sum()) + len(second)


def test_what_has_no_common_dtype_is_refused(lazily: Lazily) -> None:
    numbers, texts = lazily(pd.DataFrame({"a": [1]})), lazily(pd.DataFrame({"a": ["x"]}))
    with pytest.raises(InvalidOption, match="'a'"):
        concat([numbers, texts])
    floats = pd.DataFrame({"a": [0.5]})
    assert_like(concat([numbers, lazily(floats)]).value, pd.concat([pd.DataFrame({"a": [1]}), floats]))
