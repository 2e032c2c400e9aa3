"""A session from the import of frames to predictions, as one writes it, and another process that goes on with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

SESSION = (Path(__file__).parent / "session.txt").read_text()

AFTERWARDS = """
import json
frames = {name: om.DataFrame(name).to_pandas() for name in ("loans", "trans", "acc")}
json.dump(
    {
        "yhat": yhat.tolist(), "auc": best.auc, "test": test.to_pandas()["amount"].tolist(),
        "train": train.to_pandas()["amount"].tolist(), "month": frames["loans"]["month"].tolist(),
        "ratio": frames["loans"]["ratio"].tolist(), "n": pop.to_pandas()["n"].fillna(0).tolist(),
        "balance": pop.to_pandas()["balance"].fillna(0).tolist(), "roles": pop.roles,
        "in_memory": om.project.data_frames.in_memory, "on_disk": om.project.data_frames.on_disk,
    },
    open("told.json", "w"),
)
"""

ANOTHER = """
import json
import omegastore as om

om.engine.launch()
om.set_project("loans")
loans, acc = om.data.load_data_frame("loans"), om.data.load_data_frame("acc")
split = om.data.split.random(train=0.8, test=0.2, seed=7)
test = loans.join(acc, on="account_id", how="left")[split == "test"]
yhat = om.project.pipelines[0].predict(test)
json.dump({"yhat": yhat.tolist(), "test": test.to_pandas()["amount"].tolist()}, open("told.json", "w"))
"""
ROWS = 300


def loans() -> pd.DataFrame:
    """Return loans of which those that are large for their time are not paid back; some accounts are unknown."""
    chance = np.random.default_rng(3)
    amount = chance.integers(1_000, 100_000, ROWS)
    days = pd.Timestamp("1998-01-01") + pd.to_timedelta(chance.integers(0, 700, ROWS), "D")
    return pd.DataFrame({
        "account_id": chance.integers(0, 60, ROWS),
        "amount": amount,
        "duration": chance.choice([12, 24, 36, 48, 60], ROWS),
        "date": days.strftime("%d/%m/%Y"),
        "default": (amount > chance.normal(50_000, 8_000, ROWS)).astype("int64"),
    })  # fmt: skip


def transactions() -> pd.DataFrame:
    chance = np.random.default_rng(4)
    frame = pd.DataFrame({"account_id": chance.integers(0, 50, 900), "balance": chance.normal(0, 10, 900).round(2)})
    return frame.assign(balance=frame["balance"].where(frame["account_id"] != 7))


def run(code: str, folder: Path, url: str) -> dict[str, Any]:
    """Run Python in a process of its own, and return what it has told."""
    environ = {**os.environ, "OMEGA_MONGO_URL": url, "OMEGA_STORE_SIGNING_KEY": "the key of the tests"}
    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "-c", code],
        cwd=folder, env=environ, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads((folder / "told.json").read_text())
    return told


def test_the_session_runs_as_it_is_written_and_another_process_goes_on_with_it(
    store_url: str, tmp_path: Path
) -> None:
    frame, rows = loans(), transactions()
    frame.to_pickle(tmp_path / "loans.pkl")
    rows.to_csv(tmp_path / "trans.csv", index=False)
    told = run(
        f'import pandas as pd\npdf = pd.read_pickle("loans.pkl")\n{SESSION}\n{AFTERWARDS}', tmp_path, store_url
    )

    per_account = rows.groupby("account_id").agg(n=("balance", "size"), balance=("balance", "mean"))
    expected = frame.join(per_account, on="account_id")
    assert told["ratio"] == (frame["amount"] / frame["duration"]).tolist()
    assert told["month"] == pd.to_datetime(frame["date"], format="%d/%m/%Y").dt.month.tolist()
    assert told["n"] == expected["n"].fillna(0).tolist()
    assert told["balance"] == pytest.approx(expected["balance"].fillna(0).tolist())
    assert told["roles"] == {
        "numerical": ["amount", "ratio", "month", "n", "balance"], "target": ["default"], "time_stamp": ["date"],
        "unused_float": ["duration"], "join_key": ["account_id"],
    }  # fmt: skip
    assert sorted([*told["train"], *told["test"]]) == sorted(frame["amount"])
    assert 0.1 * ROWS < len(told["test"]) < 0.3 * ROWS
    assert (len(told["yhat"]), told["auc"] > 0.9) == (len(told["test"]), True)
    assert told["in_memory"] == told["on_disk"] == ["acc", "loans", "trans"]

    again = run(ANOTHER, tmp_path, store_url)
    assert again == {"yhat": told["yhat"], "test": told["test"]}
