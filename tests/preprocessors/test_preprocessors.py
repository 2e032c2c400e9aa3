"""The preprocessors: what each makes of a frame, and that scikit-learn takes them for transformers."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
import pytest
import sklearn.base
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks

from omegastore.preprocessors import CategoryTrimmer, EmailDomain, Imputation, Seasonal, Substring

clone: Any = sklearn.base.clone  # what it returns is of the type that it gets
CHECKS = [
    "do_not_raise_errors_in_init_or_set_params", "estimator_cloneable", "estimator_repr", "estimator_tags_renamed",
    "estimators_unfitted", "get_feature_names_out_error", "get_params_invariance", "mixin_order",
    "no_attributes_set_in_init", "parameters_default_constructible", "set_params",
    "transformer_get_feature_names_out_pandas", "transformers_unfitted", "valid_tag_types",
]  # fmt: skip
"""Checks of scikit-learn that need no rows, or rows in a DataFrame."""
CHECKS_OF_ROWS = [
    "dict_unchanged", "dont_overwrite_parameters", "estimators_dtypes", "estimators_fit_returns_self",
    "estimators_overwrite_params", "estimators_pickle", "f_contiguous_array_estimator", "fit_check_is_fitted",
    "fit_idempotent", "fit_score_takes_y", "methods_sample_order_invariance", "methods_subset_invariance",
    "n_features_in", "pipeline_consistency", "readonly_memmap_input", "set_output_transform",
    "transformer_data_not_an_array", "transformer_general",
]  # fmt: skip
"""Checks of scikit-learn that pass arrays."""
ALL = [CategoryTrimmer(1, 1), EmailDomain(), Imputation(True), Seasonal(), Substring(1, 3)]
TIMES = ["2023-12-31 23:59", "2024-01-01 00:00", None, "1969-12-28 12:30"]
FRAME = pd.DataFrame(
    {
        "n": [1.0, np.nan, 3.0, np.inf],
        "i": pd.array([1, None, 3, 4], dtype="Int64"),
        "mail": ["a@x.org", "b@Y.com", None, "nothing"],
        "city": pd.Categorical(["Rome", "Rome", "Bari", None]),
        "at": pd.Series(
            ["2023-12-31 23:59", "2024-01-01 00:00", None, "1969-12-28 12:30"], dtype="datetime64[us]"
        ).array,
        "flag": [True, False, True, False],
    },
    index=[3, 1, 4, 1],
)


@pytest.mark.parametrize("transformer", ALL, ids=lambda each: type(each).__name__)
def test_scikit_learn_takes_each_for_a_transformer(transformer: Any) -> None:
    for name in CHECKS:
        check: Any = getattr(estimator_checks, f"check_{name}")
        check(type(transformer).__name__, transformer)


class OfArrays(Imputation):
    """An Imputation that takes the arrays of scikit-learn's checks as frames."""

    def __init__(self, add_dummies: bool = False, columns: Sequence[str] | None = None) -> None:
        super().__init__(add_dummies, columns)

    def fit(self, X: Any, y: Any = None) -> Self:
        return super().fit(pd.DataFrame(np.asarray(X)).add_prefix("x"), y)

    def transform(self, X: Any) -> pd.DataFrame:
        return super().transform(pd.DataFrame(np.asarray(X)).add_prefix("x"))


@pytest.mark.filterwarnings("ignore")  # scikit-learn's own, of what it does in its checks
@pytest.mark.parametrize("name", CHECKS_OF_ROWS)
def test_numbers_are_transformed_as_scikit_learn_expects_it(name: str) -> None:
    check: Any = getattr(estimator_checks, f"check_{name}")
    check("OfArrays", OfArrays())


@pytest.mark.parametrize("transformer", ALL, ids=lambda each: type(each).__name__)
def test_set_output_gives_the_same_columns_in_another_container(transformer: Any) -> None:
    polars = pytest.importorskip("polars")
    plain = clone(transformer).fit_transform(FRAME)
    pd.testing.assert_frame_equal(clone(transformer).set_output(transform="pandas").fit_transform(FRAME), plain)
    made = clone(transformer).set_output(transform="polars").fit_transform(FRAME)
    assert isinstance(made, polars.DataFrame)
    assert made.columns == list(plain.columns)
    assert made["i"].to_list() == [None if pd.isna(each) else each for each in plain["i"]]


@pytest.mark.parametrize("transformer", ALL, ids=lambda each: type(each).__name__)
def test_rows_of_missing_and_unseen_values_and_no_rows_at_all_are_transformed(transformer: Any) -> None:
    fitted = clone(transformer).fit(FRAME)
    empty = fitted.transform(FRAME.iloc[:0])
    assert empty.shape == (0, len(fitted.get_feature_names_out()))
    nothing = FRAME.iloc[[2]].assign(n=np.nan, i=pd.array([None], dtype="Int64"), city=pd.Categorical([None]))
    unseen = nothing.assign(city=pd.Categorical(["Pisa"]), mail="new@z.net", at=pd.Timestamp("2040-01-01"))
    for rows in (nothing, unseen):
        made = fitted.transform(rows)
        assert list(made.columns) == list(empty.columns)
        assert len(made) == 1


@pytest.mark.parametrize("transformer", ALL, ids=lambda each: type(each).__name__)
def test_names_rows_and_columns_of_others_stay_and_the_frame_is_not_changed(transformer: Any) -> None:
    before = copy.deepcopy(FRAME)
    fitted = clone(transformer).fit(FRAME)
    made = fitted.transform(FRAME)
    pd.testing.assert_frame_equal(FRAME, before)
    assert list(made.columns) == list(fitted.get_feature_names_out())
    assert list(made.index) == [3, 1, 4, 1]
    others = [name for name in FRAME.columns if name not in fitted.columns_]
    assert others
    assert fitted.columns_
    pd.testing.assert_frame_equal(made[others], FRAME[others])
    # of other columns, order or further ones, the result is the same; of fewer it is none
    again = pickle.loads(pickle.dumps(fitted)).transform(FRAME[FRAME.columns[::-1]].assign(new=1))
    pd.testing.assert_frame_equal(made, again)
    with pytest.raises(ValueError, match="'flag'"):
        fitted.transform(FRAME.drop(columns="flag"))


@pytest.mark.parametrize("transformer", ALL, ids=lambda each: type(each).__name__)
def test_unknown_columns_other_types_and_arrays_are_refused(transformer: Any) -> None:
    with pytest.raises(ValueError, match="nowhere"):
        clone(transformer).set_params(columns=["nowhere"]).fit(FRAME)
    wrong = "city" if isinstance(transformer, Imputation) else "n"
    with pytest.raises(ValueError, match="does not work on"):
        clone(transformer).set_params(columns=[wrong]).fit(FRAME)
    with pytest.raises(TypeError, match="DataFrame"):
        clone(transformer).fit(np.zeros((2, 2)))


def test_imputation_takes_the_mean_of_the_training_set() -> None:
    fitted = Imputation(add_dummies=True).fit(FRAME)
    made = fitted.transform(FRAME.assign(flag=pd.array([None, True, True, True], dtype="boolean")))
    assert list(made["n"]) == [1.0, 2.0, 3.0, 2.0]
    assert list(made["n_missing"]) == [0.0, 1.0, 0.0, 1.0]
    assert list(made["i"]) == [1.0, 8 / 3, 3.0, 4.0]
    assert list(made["flag"]) == [0.5, 1.0, 1.0, 1.0]
    assert "flag_missing" not in made
    empty = pd.DataFrame({"n": [np.nan, np.nan]})
    assert list(Imputation().fit_transform(empty)["n"]) == [0.0, 0.0]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.datetimes(), min_size=2, max_size=20))
def test_seasonal_parts_are_those_of_the_calendar(times: list[Any]) -> None:
    made = Seasonal().fit_transform(pd.DataFrame({"at": pd.Series(times, dtype="datetime64[us]")}))
    expected = {
        "year": [each.year for each in times],
        "month": [each.month for each in times],
        "weekday": [each.isoweekday() % 7 for each in times],
        "hour": [each.hour for each in times],
        "minute": [each.minute for each in times],
    }
    varied = {f"at_{part}": values for part, values in expected.items() if len(set(values)) > 1}
    assert made.drop(columns="at").to_dict("list") == varied


def test_seasonal_parts_of_missing_times_are_missing_and_zones_are_kept() -> None:
    assert np.isnan(Seasonal().fit_transform(FRAME)["at_weekday"].iloc[2])
    zoned = pd.DataFrame({"at": pd.to_datetime(["2024-01-01T20:00", "2024-07-02T20:00"], utc=True)})
    zoned["at"] = zoned["at"].dt.tz_convert("Asia/Tokyo")
    assert "at_hour" not in Seasonal().fit_transform(zoned)
    assert list(Seasonal().fit_transform(zoned)["at_weekday"]) == [2.0, 3.0]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.none() | st.text(max_size=6), min_size=1, max_size=10), st.integers(0, 4), st.integers(1, 4))
def test_a_substring_is_that_of_python(texts: list[str | None], begin: int, length: int) -> None:
    frame = pd.DataFrame({"t": pd.Series(texts, dtype=object)})
    made = Substring(begin, length).fit_transform(frame)[f"t_{begin}_{begin + length}"]
    assert [None if pd.isna(each) else each for each in made] == [
        None if each is None else each[begin : begin + length] for each in texts
    ]


def test_the_domain_of_an_address_is_found_where_there_is_one() -> None:
    texts = ["a@x.org", "b@Y.com", None, "nothing", "@x.org", "a@", "a@b@c.de", "two words@x.org"]
    made = EmailDomain(columns=["mail"]).fit_transform(pd.DataFrame({"mail": texts}))["mail_domain"]
    assert [None if pd.isna(each) else each for each in made] == [
        *["x.org", "y.com", None, None, None, None, "c.de", None]
    ]
    assert EmailDomain().fit(pd.DataFrame({"t": ["a@x.org", "b", "c"]})).columns_ == []


def test_rare_and_unknown_categories_are_trimmed() -> None:
    training = pd.DataFrame({"c": [*"aaabbbccd", None]})
    fitted = CategoryTrimmer(max_num_categories=2, min_freq=2).fit(training)
    made = fitted.transform(pd.DataFrame({"c": ["b", "a", "c", "d", "new", None]}))["c"]
    assert list(made.dropna()) == ["b", "a", *["(trimmed)"] * 3]
    assert made.isna().sum() == 1
    assert CategoryTrimmer(min_freq=3).fit(training).learned_["c"] == ["a", "b"]


def test_they_stand_in_a_pipeline_of_scikit_learn() -> None:
    frame = FRAME[["n", "i", "flag"]]
    predictor = make_pipeline(Imputation(), LinearRegression()).fit(frame, [1, 2, 3, 4])
    assert predictor.predict(frame).shape == (4,)
