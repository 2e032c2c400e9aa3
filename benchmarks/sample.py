"""Sample: the frame that is measured, the same in every run."""

from __future__ import annotations

import numpy as np
import pandas as pd

WORDS = ["alpha", "beta", "gamma", "delta", "eps", "zeta12", "eta", "theta_xy"]


def frame(rows: int, seed: int = 0) -> pd.DataFrame:
    """Return `rows` rows of 5 floats, 2 integers, a bool, a datetime64[ns] and a short text."""
    random = np.random.default_rng(seed)
    columns: dict[str, object] = {f"f{number}": random.standard_normal(rows) for number in range(5)}
    columns["i0"] = np.arange(rows)
    columns["i1"] = random.integers(0, 100, rows)
    columns["b0"] = random.random(rows) > 0.5
    columns["t0"] = np.datetime64("2020-01-01", "ns") + random.integers(0, 10**6, rows).astype("timedelta64[s]")
    columns["s0"] = np.array(WORDS, object)[random.integers(0, len(WORDS), rows)]
    return pd.DataFrame(columns)
