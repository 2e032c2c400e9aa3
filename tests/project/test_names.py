"""The table of names in docs/projects.md: what it says is the same is there, and nothing is left out."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest

import omegastore as om
from omegastore.data import Column, Container, DataFrames, Placeholder, StarSchema, View
from omegastore.pipeline import Pipelines, Scores
from omegastore.pipeline.features import Columns, Features
from omegastore.pipeline.hyperopt import Search
from omegastore.pipeline.plots import Plots
from omegastore.projects import Project

TEXT = (Path(__file__).parents[2] / "docs" / "projects.md").read_text()
ROWS = [line.strip("|").split(" | ") for line in TEXT.partition("## Names")[2].splitlines() if line.startswith("| `")]
HEADS: dict[str, Any] = {
    "project": Project, "data_frames": DataFrames, "pipelines": Pipelines, "df": om.DataFrame, "pipe": om.Pipeline,
    "column": Column, "view": View, "container": Container, "star": StarSchema, "placeholder": Placeholder,
    "scores": Scores,
    "features": Features, "columns": Columns, "plots": Plots, "search": Search,
}  # fmt: skip
"""What the first word of a name stands for; others are names of the package."""
SEED = """
engine.set_project engine.list_projects engine.delete_project project.data_frames data_frames.save_all
data_frames.load_all DataFrame.from_csv DataFrame.from_db DataFrame.from_json DataFrame.from_pandas df.add
df.refresh df.save df.load data.load_data_frame pipe.fit project.pipelines pipeline.load pipeline.list_pipelines
"""
"""The names of the API that this one follows, as its introduction has them."""
DESIGN = """
engine.launch engine.is_alive engine.list_running_projects engine.suspend_project engine.shutdown project.name
project.hyperopts project.store project.switch project.restart project.suspend project.delete project.save
project.load data_frames.in_memory data_frames.on_disk data_frames.save data_frames.load data_frames.unload
data_frames.delete data_frames.retrieve data_frames.filter data_frames.sort pipelines.filter pipelines.sort
pipelines.delete data.roles data.relationship data.Container data.DataModel data.StarSchema data.TimeSeries
placeholder.join data.split.random data.split.time data.split.concat data.random data.concat DataFrame.from_dict
DataFrame.from_arrow DataFrame.from_parquet DataFrame.from_query DataFrame.from_view df.iter_batches df.copy
df.unload df.delete df.exists df.freeze df.set_role df.to_pandas df.to_csv df.to_json df.to_dict df.to_arrow
df.to_parquet df.to_db df.where df.drop df.with_column df.with_role df.join df.group_by df.to_df
pipeline.exists pipeline.delete pipeline.cross_validation pipe.check pipe.score pipe.predict pipe.transform
pipe.refresh pipe.delete pipe.deploy pipe.tags pipe.targets pipe.metadata pipe.features pipe.columns pipe.plots
pipe.scores pipe.id preprocessors.Imputation preprocessors.Seasonal preprocessors.Substring
preprocessors.EmailDomain preprocessors.CategoryTrimmer hyperopt.RandomSearch search.best_pipeline column.contains
column.weekday
"""
"""The names of the design."""


def names(cell: str) -> list[str]:
    """Return the names in a cell, in full: one without a dot is of what the one before it is of."""
    found, head = list[str](), ""
    for quoted in re.findall(r"`([^`\[]+)`", cell):
        for word in re.sub(r"\(.*\)", "", quoted).split():
            if not re.fullmatch(r"[\w.]+", word):
                continue
            word = word.removeprefix("om.")
            head = word.rpartition(".")[0] if "." in word else head
            found.append(word if "." in word or not head else f"{head}.{word}")
    return found


def is_there(name: str) -> bool:
    first, _, rest = name.partition(".")
    if first in HEADS:
        place = HEADS[first]
    else:
        place, rest = om, name
    for part in filter(None, rest.split(".")):
        if not hasattr(place, part) and not is_set_by(place, part):
            return False
        place = getattr(place, part, None)
    return True


def is_set_by(place: Any, name: str) -> bool:
    """Return whether the methods of a class set an attribute."""
    classes = place.__mro__[:-1] if isinstance(place, type) else ()
    sources = [inspect.getsource(each) for each in classes if each.__module__.startswith("omegastore")]
    return any(re.search(rf"self\.{name}\b.* = ", source) for source in sources)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip().split("`")[1].split("(")[0])
def test_what_the_table_says_is_here_is_here(row: list[str]) -> None:
    there, here = row
    said = names(there) if "the same" in here else []
    said += names(" ".join(re.findall(r"`om\.[^`]+`", here)))
    assert said
    assert [name for name in said if not is_there(name)] == []


def test_the_table_has_each_name_of_the_seed_and_of_the_design() -> None:
    told = {name for row in ROWS for cell in row for name in names(cell)}
    told |= {name.replace("DataFrame.", "df.") for name in told}
    assert [name for name in (SEED + DESIGN).split() if name not in told] == []


def test_a_name_that_is_not_there_is_noticed() -> None:
    assert is_there("engine.launch")
    assert is_there("data.time.days")
    assert not is_there("engine.nothing")
    assert not is_there("df.nothing")
    assert names("`df.add(column)`, `copy`, `data.a b`") == ["df.add", "df.copy", "data.a", "data.b"]
